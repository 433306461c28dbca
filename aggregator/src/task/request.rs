//! What may be asked.

use domain::hash;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serde_json::json;
use wire::Id128;

use crate::deletion::{Person, Plan};
use crate::ledger::{self, LedgerError};

/// Something to do, for the site that the task names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Request {
    /// Judge a frame again that was set aside.
    Replay {
        /// Hash of it.
        hash: Id128,
    },
    /// Make rollups anew from raw events.
    Rebuild {
        /// Start of the first day, Unix milliseconds.
        from_ms: u64,
        /// Start of the last day.
        to_ms: u64,
        /// Whether anything is written.
        dry_run: bool,
    },
    /// Compare what was delivered, kept and counted; of all sites, where the task names none.
    Reconcile,
    /// Erase a person.
    Erase {
        /// Who.
        person: Person,
        /// What is to be done, once it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan: Option<Plan>,
    },
    /// Delete the site.
    DeleteSite,
}

impl Request {
    /// Its kind, as tasks are listed by.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Replay { .. } => "replay",
            Self::Rebuild { .. } => "rebuild",
            Self::Reconcile => RECONCILE,
            Self::Erase { .. } => ERASE,
            Self::DeleteSite => "delete_site",
        }
    }

    /// As it is stored.
    ///
    /// # Errors
    /// Never for a value of this type; the encoder's signature allows for it.
    pub fn to_json(&self) -> Result<String, LedgerError> {
        serde_json::to_string(self).map_err(|e| LedgerError::Damaged(format!("a task: {e}")))
    }

    /// As it was stored.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] when it cannot be read any more.
    pub fn of_json(json: &str) -> Result<Self, LedgerError> {
        serde_json::from_str(json).map_err(|e| LedgerError::Damaged(format!("a task: {e}")))
    }

    /// What stays of it in the record. Of a person that is how they were looked for, and a hash under this instance's
    /// key: whoever asks about the same person again can see that it is them, nobody can see who it is.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn record(&self, connection: &Connection) -> Result<String, LedgerError> {
        match self {
            Self::Erase { person, .. } => Ok(subject(connection, person)?.to_string()),
            _ => self.to_json(),
        }
    }
}

/// Kind of [`Request::Reconcile`].
pub const RECONCILE: &str = "reconcile";

/// Kind of [`Request::Erase`].
pub const ERASE: &str = "erase";

fn subject(connection: &Connection, person: &Person) -> Result<serde_json::Value, LedgerError> {
    let key = ledger::deletion::subject_key(connection)?;
    let fields = person.fields();
    let mut all: Vec<&[u8]> = vec![&key];
    all.extend(fields.iter().map(String::as_bytes));
    Ok(json!({ "kind": ERASE, "by": person.by(), "subject": hash::of_fields(&all) }))
}

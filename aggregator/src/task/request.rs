//! What may be asked.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use wire::Id128;

use crate::ledger::LedgerError;

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Request {
    /// Judge a frame again that was set aside.
    Replay {
        /// Hash of it.
        hash: Id128,
    },
}

impl Request {
    /// Its kind, as tasks are listed by.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Replay { .. } => "replay",
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

    /// What stays of it in the record: nothing that tells who a person is.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn record(&self, _connection: &Connection) -> Result<String, LedgerError> {
        match self {
            Self::Replay { .. } => self.to_json(),
        }
    }
}

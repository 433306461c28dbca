//! One-time links: each lets its holder do one thing, once, for a short time.

use rusqlite::{Connection, OptionalExtension, params};

use super::user::UserKey;
use super::{LedgerError, stored};
use crate::secret::SecretHash;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signing in as the operator.
    SignIn,
    /// Becoming the first owner.
    Setup,
    /// Setting a new password.
    Reset,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Setup => "setup",
            Self::Reset => "reset",
        }
    }
}

/// Adds a link that is valid until `expires_at_ms`. Expired ones are dropped, and so is what it takes the place of: there
/// is one link for setting up, and one for each password.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(
    connection: &Connection,
    hash: SecretHash,
    purpose: Purpose,
    user: Option<UserKey>,
    now_ms: u64,
    expires_at_ms: u64,
) -> Result<(), LedgerError> {
    let sql = "DELETE FROM links WHERE expires_at_ms <= ?1
               OR (purpose = ?2 AND purpose <> 'sign_in' AND user IS ?3)";
    connection.execute(sql, params![stored(now_ms), purpose.name(), user.map(|user| user.0)])?;
    let sql = "INSERT INTO links (hash, expires_at_ms, purpose, user) VALUES (?1, ?2, ?3, ?4)";
    connection.execute(sql, params![hash.0, stored(expires_at_ms), purpose.name(), user.map(|user| user.0)])?;
    Ok(())
}

/// Whose link this is, if it is valid: nobody's, where it is not a person's.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn find(
    connection: &Connection,
    hash: SecretHash,
    purpose: Purpose,
    now_ms: u64,
) -> Result<Option<Option<UserKey>>, LedgerError> {
    let sql = "SELECT user FROM links WHERE hash = ?1 AND purpose = ?2 AND expires_at_ms > ?3";
    let parameters = params![hash.0, purpose.name(), stored(now_ms)];
    let found = connection.prepare_cached(sql)?.query_row(parameters, |row| row.get::<_, Option<i64>>(0)).optional()?;
    Ok(found.map(|user| user.map(UserKey)))
}

/// Takes a link, so that it is not valid any more. Answers as [`find`]. Belongs in a transaction with what it is for.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn take(
    connection: &Connection,
    hash: SecretHash,
    purpose: Purpose,
    now_ms: u64,
) -> Result<Option<Option<UserKey>>, LedgerError> {
    let found = find(connection, hash, purpose, now_ms)?;
    if found.is_some() {
        connection.prepare_cached("DELETE FROM links WHERE hash = ?1")?.execute([hash.0])?;
    }
    Ok(found)
}

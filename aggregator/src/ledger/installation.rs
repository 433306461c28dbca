//! What this ledger is, and which bucket its segments are in.

use rusqlite::Connection;
use wire::Id128;

use super::LedgerError;

/// A ledger by itself. Copies of it are the same one: a backup, and what is restored from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Drawn once.
    pub id: Id128,
    /// The bucket that its segments were last left to, as people read it.
    pub bucket: Option<String>,
}

/// Reads it.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn read(connection: &Connection) -> Result<Installation, LedgerError> {
    let mut all = connection.prepare_cached("SELECT id, bucket FROM installation")?;
    Ok(all.query_row([], |row| Ok(Installation { id: Id128(row.get(0)?), bucket: row.get(1)? }))?)
}

/// Notes the bucket that segments are left to from now on, if they are.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn set_bucket(connection: &Connection, bucket: Option<&str>) -> Result<(), LedgerError> {
    connection.prepare_cached("UPDATE installation SET bucket = ?1")?.execute([bucket])?;
    Ok(())
}

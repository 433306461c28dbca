//! Frames that were signed but not counted, kept for a person to look at.

use rusqlite::{Connection, OptionalExtension, params};
use wire::Id128;

use super::{LedgerError, stored, unstored};

/// Frames kept; the oldest go first. At 256 KB each they take 256 MB at most.
pub const QUARANTINE_FRAMES_MAX: i64 = 1000;

/// A frame that was set aside.
#[derive(Clone, Debug)]
pub struct SetAside {
    /// Hash of its bytes.
    pub hash: Id128,
    /// Why it was set aside.
    pub reason: String,
    /// When it came, Unix milliseconds.
    pub received_at_ms: u64,
    /// Length of it.
    pub length: u64,
}

/// Keeps a frame; one that is there already is not kept twice.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn keep(connection: &Connection, hash: Id128, reason: &str, bytes: &[u8], now_ms: u64) -> Result<(), LedgerError> {
    let sql = "INSERT INTO quarantine (hash, reason, received_at_ms, bytes) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT DO NOTHING";
    connection.prepare_cached(sql)?.execute(params![hash.0, reason, stored(now_ms), bytes])?;
    let sql = "DELETE FROM quarantine WHERE position <= (SELECT max(position) FROM quarantine) - ?1";
    connection.prepare_cached(sql)?.execute([QUARANTINE_FRAMES_MAX])?;
    Ok(())
}

/// All frames that are set aside, oldest first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn list(connection: &Connection) -> Result<Vec<SetAside>, LedgerError> {
    let sql = "SELECT hash, reason, received_at_ms, length(bytes) FROM quarantine ORDER BY position";
    let mut all = connection.prepare_cached(sql)?;
    let rows = all.query_map([], |row| {
        let (hash, reason) = (Id128(row.get(0)?), row.get(1)?);
        Ok(SetAside { hash, reason, received_at_ms: unstored(row.get(2)?), length: unstored(row.get(3)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The bytes of a frame that is set aside, and why it is.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn find(connection: &Connection, hash: Id128) -> Result<Option<(Vec<u8>, String)>, LedgerError> {
    let mut found = connection.prepare_cached("SELECT bytes, reason FROM quarantine WHERE hash = ?1")?;
    Ok(found.query_row([hash.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Forgets a frame. Answers whether it was there.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn forget(connection: &Connection, hash: Id128) -> Result<bool, LedgerError> {
    Ok(connection.prepare_cached("DELETE FROM quarantine WHERE hash = ?1")?.execute([hash.0])? == 1)
}

//! Frames that were signed but not counted, kept for a person to look at.

use rusqlite::{Connection, params};
use wire::Id128;

use super::{LedgerError, stored};

/// Frames kept; the oldest go first. At 256 KB each they take 256 MB at most.
pub const QUARANTINE_FRAMES_MAX: i64 = 1000;

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

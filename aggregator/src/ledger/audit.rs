//! Who did what, when: a bounded memory.

use rusqlite::{Connection, params};
use wire::account::AuditEntry;

use super::{LedgerError, stored, unstored};

/// Entries that are kept; the oldest goes when one more comes. 200 B each are 4 MB.
pub const ENTRIES_MAX: i64 = 20_000;

/// Entries of one answer.
pub const ANSWERED_MAX: i64 = 500;

/// Notes that somebody did something. Belongs in the transaction in which it is done.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn note(connection: &Connection, who: &str, action: &str, about: &str, now_ms: u64) -> Result<(), LedgerError> {
    let sql = "INSERT INTO audit (at_ms, who, action, about) VALUES (?1, ?2, ?3, ?4)";
    connection.prepare_cached(sql)?.execute(params![stored(now_ms), who, action, about])?;
    let oldest = connection.last_insert_rowid() - ENTRIES_MAX;
    connection.prepare_cached("DELETE FROM audit WHERE entry <= ?1")?.execute([oldest])?;
    Ok(())
}

/// The latest entries before `before`, newest first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn list(connection: &Connection, before: Option<i64>) -> Result<Vec<AuditEntry>, LedgerError> {
    let mut latest = connection.prepare_cached(
        "SELECT entry, at_ms, who, action, about FROM audit WHERE ?1 IS NULL OR entry < ?1 ORDER BY entry DESC LIMIT ?2",
    )?;
    let entries = latest.query_map(params![before, ANSWERED_MAX], |row| {
        Ok(AuditEntry {
            entry: row.get(0)?,
            at_ms: unstored(row.get(1)?),
            who: row.get(2)?,
            action: row.get(3)?,
            about: row.get(4)?,
        })
    })?;
    Ok(entries.collect::<Result<_, _>>()?)
}

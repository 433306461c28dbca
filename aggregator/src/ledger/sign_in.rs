//! One-time sign-in links and the sessions they open.

use rusqlite::{Connection, params};

use super::{LedgerError, stored};
use crate::secret::SecretHash;

/// Sessions kept; the oldest ends when one more begins. An owner has a handful of browsers.
pub const SESSIONS_MAX: i64 = 1000;

/// Adds a link that is valid until `expires_at_ms`. Expired ones are dropped.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add_link(connection: &Connection, hash: SecretHash, now_ms: u64, expires_at_ms: u64) -> Result<(), LedgerError> {
    connection.execute("DELETE FROM links WHERE expires_at_ms <= ?1", [stored(now_ms)])?;
    let sql = "INSERT INTO links (hash, expires_at_ms) VALUES (?1, ?2)";
    connection.execute(sql, params![hash.0, stored(expires_at_ms)])?;
    Ok(())
}

/// Trades a link for a session. Answers false when the link is not valid, or not any more. Belongs in a
/// transaction: the link is gone when and only when the session is there.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn redeem(
    connection: &Connection,
    link: SecretHash,
    session: SecretHash,
    now_ms: u64,
    expires_at_ms: u64,
) -> Result<bool, LedgerError> {
    let sql = "DELETE FROM links WHERE hash = ?1 AND expires_at_ms > ?2";
    if connection.prepare_cached(sql)?.execute(params![link.0, stored(now_ms)])? == 0 {
        return Ok(false);
    }
    let sql = "DELETE FROM sessions WHERE expires_at_ms <= ?1 OR hash IN
               (SELECT hash FROM sessions ORDER BY created_at_ms DESC LIMIT -1 OFFSET ?2)";
    connection.prepare_cached(sql)?.execute([stored(now_ms), SESSIONS_MAX - 1])?;
    let sql = "INSERT INTO sessions (hash, created_at_ms, expires_at_ms) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(sql)?.execute(params![session.0, stored(now_ms), stored(expires_at_ms)])?;
    Ok(true)
}

/// Whether a session is valid.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn is_signed_in(connection: &Connection, session: SecretHash, now_ms: u64) -> Result<bool, LedgerError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sessions WHERE hash = ?1 AND expires_at_ms > ?2)";
    Ok(connection.prepare_cached(sql)?.query_row(params![session.0, stored(now_ms)], |row| row.get(0))?)
}

/// Ends a session, if it is there.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn sign_out(connection: &Connection, session: SecretHash) -> Result<(), LedgerError> {
    connection.prepare_cached("DELETE FROM sessions WHERE hash = ?1")?.execute([session.0])?;
    Ok(())
}

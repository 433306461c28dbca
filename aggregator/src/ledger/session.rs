//! Signed-in browsers.

use domain::window::DAY_MS;
use rusqlite::{Connection, params};
use wire::account::Session;

use super::user::UserKey;
use super::{LedgerError, stored, unstored};
use crate::secret::SecretHash;

/// How long a session lasts, used or not.
pub const SESSION_DAYS: u64 = 30;

/// How long a session lasts unused.
pub const IDLE_DAYS: u64 = 7;

/// Sessions of one person, and of the operator, that are kept; the oldest ends when one more begins. People have a
/// handful of browsers.
pub const SESSIONS_MAX: i64 = 100;

/// Begins a session. Expired ones are dropped.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn begin(
    connection: &Connection,
    hash: SecretHash,
    user: Option<UserKey>,
    browser: &str,
    now_ms: u64,
) -> Result<(), LedgerError> {
    let user = user.map(|user| user.0);
    let sql = "DELETE FROM sessions WHERE expires_at_ms <= ?1 OR seen_at_ms <= ?2 OR session IN
               (SELECT session FROM sessions WHERE user IS ?3 ORDER BY session DESC LIMIT -1 OFFSET ?4)";
    let parameters = params![stored(now_ms), stored(idle_since(now_ms)), user, SESSIONS_MAX - 1];
    connection.prepare_cached(sql)?.execute(parameters)?;
    let sql = "INSERT INTO sessions (hash, user, browser, created_at_ms, seen_at_ms, expires_at_ms)
               VALUES (?1, ?2, ?3, ?4, ?4, ?5)";
    let expires_at_ms = now_ms + SESSION_DAYS * DAY_MS;
    let parameters = params![hash.0, user, browser, stored(now_ms), stored(expires_at_ms)];
    connection.prepare_cached(sql)?.execute(parameters)?;
    Ok(())
}

/// Sessions that were last used at this time or before have ended.
pub(super) fn idle_since(now_ms: u64) -> u64 {
    now_ms.saturating_sub(IDLE_DAYS * DAY_MS)
}

/// Notes that a session was used.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn seen(connection: &Connection, hash: SecretHash, now_ms: u64) -> Result<(), LedgerError> {
    let sql = "UPDATE sessions SET seen_at_ms = ?2 WHERE hash = ?1 AND seen_at_ms < ?2";
    connection.prepare_cached(sql)?.execute(params![hash.0, stored(now_ms)])?;
    Ok(())
}

/// The sessions of a person, or of the operator, last used first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn list(
    connection: &Connection,
    user: Option<UserKey>,
    current: SecretHash,
    now_ms: u64,
) -> Result<Vec<Session>, LedgerError> {
    let mut all = connection.prepare_cached(
        "SELECT session, browser, created_at_ms, seen_at_ms, expires_at_ms, hash = ?2 FROM sessions
         WHERE user IS ?1 AND expires_at_ms > ?3 AND seen_at_ms > ?4 ORDER BY seen_at_ms DESC, session DESC",
    )?;
    let parameters = params![user.map(|user| user.0), current.0, stored(now_ms), stored(idle_since(now_ms))];
    let sessions = all.query_map(parameters, |row| {
        Ok(Session {
            session: row.get(0)?,
            browser: row.get(1)?,
            created_at_ms: unstored(row.get(2)?),
            seen_at_ms: unstored(row.get(3)?),
            expires_at_ms: unstored(row.get(4)?),
            is_current: row.get(5)?,
        })
    })?;
    Ok(sessions.collect::<Result<_, _>>()?)
}

/// Ends a session, if it is there.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn end(connection: &Connection, hash: SecretHash) -> Result<(), LedgerError> {
    connection.prepare_cached("DELETE FROM sessions WHERE hash = ?1")?.execute([hash.0])?;
    Ok(())
}

/// Ends one session of a person, or of the operator. Answers whether there was one.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn end_numbered(connection: &Connection, user: Option<UserKey>, number: i64) -> Result<bool, LedgerError> {
    let sql = "DELETE FROM sessions WHERE session = ?1 AND user IS ?2";
    Ok(connection.prepare_cached(sql)?.execute(params![number, user.map(|user| user.0)])? == 1)
}

/// Ends all sessions of a person, or of the operator, but `kept`.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn end_all(connection: &Connection, user: Option<UserKey>, kept: Option<SecretHash>) -> Result<(), LedgerError> {
    let sql = "DELETE FROM sessions WHERE user IS ?1 AND (?2 IS NULL OR hash <> ?2)";
    connection.prepare_cached(sql)?.execute(params![user.map(|user| user.0), kept.map(|kept| kept.0)])?;
    Ok(())
}

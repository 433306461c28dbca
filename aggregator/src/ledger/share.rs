//! Links by which anybody reads one site.

use domain::window::DAY_MS;
use rusqlite::{Connection, OptionalExtension, Row, params};
use wire::filter::Filter;

use super::site::SiteKey;
use super::{LedgerError, stored, unstored};
use crate::secret::SecretHash;

/// Shared links of one site.
pub const SHARES_MAX: i64 = 1_000;

/// How long a browser is let in by a shared link's password.
pub const SHARED_SESSION_DAYS: u64 = 7;

/// Browsers that are let in by passwords at once; the oldest gives it again when one more comes. 200 B each are 2 MB.
pub const SHARED_SESSIONS_MAX: i64 = 10_000;

/// A shared link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its name in the address.
    pub slug: String,
    /// Which site it shows.
    pub site: SiteKey,
    /// What it is for.
    pub name: String,
    /// Hash of its password.
    pub password: Option<String>,
    /// What every question is narrowed to.
    pub lock: Option<Filter>,
    /// The dashboard that it shows, else the overview.
    pub dashboard: Option<i64>,
    /// When it was made.
    pub created_at_ms: u64,
    /// When it ends.
    pub expires_at_ms: Option<u64>,
}

const COLUMNS: &str =
    "slug, shares.site, shares.name, password, lock, shares.created_at_ms, shares.expires_at_ms, dashboard";

/// Adds a shared link. Answers whether there was room.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(connection: &Connection, share: &Stored) -> Result<bool, LedgerError> {
    let lock = share.lock.as_ref().map(serde_json::to_string).transpose();
    let lock = lock.map_err(|e| LedgerError::Damaged(format!("a lock: {e}")))?;
    let sql = "INSERT INTO shares (slug, site, name, password, lock, created_at_ms, expires_at_ms, dashboard)
               SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE (SELECT count(*) FROM shares WHERE site = ?2) < ?9";
    let parameters = params![
        share.slug,
        share.site.0,
        share.name,
        share.password,
        lock,
        stored(share.created_at_ms),
        share.expires_at_ms.map(stored),
        share.dashboard,
        SHARES_MAX
    ];
    Ok(connection.execute(sql, parameters)? == 1)
}

/// The shared links of a site, oldest first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, or holds a lock that cannot be read: it is never taken for none.
pub fn list(connection: &Connection, site: SiteKey) -> Result<Vec<Stored>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM shares WHERE site = ?1 ORDER BY created_at_ms, slug");
    let mut all = connection.prepare_cached(&sql)?;
    let mut rows = all.query([site.0])?;
    let mut shares = Vec::new();
    while let Some(row) = rows.next()? {
        shares.push(read(row)?);
    }
    Ok(shares)
}

fn read(row: &Row<'_>) -> Result<Stored, LedgerError> {
    let lock: Option<String> = row.get(4)?;
    let lock = lock.map(|json| serde_json::from_str(&json)).transpose();
    Ok(Stored {
        slug: row.get(0)?,
        site: SiteKey(row.get(1)?),
        name: row.get(2)?,
        password: row.get(3)?,
        lock: lock.map_err(|e| LedgerError::Damaged(format!("a lock: {e}")))?,
        dashboard: row.get(7)?,
        created_at_ms: unstored(row.get(5)?),
        expires_at_ms: row.get::<_, Option<i64>>(6)?.map(unstored),
    })
}

/// A shared link, if it is valid.
///
/// # Errors
/// As [`list`].
pub fn find(connection: &Connection, slug: &str, now_ms: u64) -> Result<Option<Stored>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM shares WHERE slug = ?1 AND (expires_at_ms IS NULL OR expires_at_ms > ?2)");
    one(connection, &sql, params![slug, stored(now_ms)])
}

/// The shared link whose password a browser gave, if both are valid.
///
/// # Errors
/// As [`list`].
pub fn of_session(connection: &Connection, hash: SecretHash, now_ms: u64) -> Result<Option<Stored>, LedgerError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM shared_sessions JOIN shares USING (slug)
         WHERE hash = ?1 AND shared_sessions.expires_at_ms > ?2
           AND (shares.expires_at_ms IS NULL OR shares.expires_at_ms > ?2)"
    );
    one(connection, &sql, params![hash.0, stored(now_ms)])
}

fn one(connection: &Connection, sql: &str, parameters: &[&dyn rusqlite::ToSql]) -> Result<Option<Stored>, LedgerError> {
    let mut found = connection.prepare_cached(sql)?;
    found.query_row(parameters, |row| Ok(read(row))).optional()?.transpose()
}

/// Removes a shared link, and with it everybody who came by it. Answers whether there was one.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn revoke(connection: &Connection, site: SiteKey, slug: &str) -> Result<bool, LedgerError> {
    Ok(connection.execute("DELETE FROM shares WHERE site = ?1 AND slug = ?2", params![site.0, slug])? == 1)
}

/// Lets a browser in that gave the password. Answers whether the link is still there.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn let_in(connection: &Connection, slug: &str, hash: SecretHash, now_ms: u64) -> Result<bool, LedgerError> {
    let sql = "DELETE FROM shared_sessions WHERE expires_at_ms <= ?1 OR hash IN
               (SELECT hash FROM shared_sessions ORDER BY created_at_ms DESC LIMIT -1 OFFSET ?2)";
    connection.prepare_cached(sql)?.execute([stored(now_ms), SHARED_SESSIONS_MAX - 1])?;
    let sql = "INSERT INTO shared_sessions (hash, slug, created_at_ms, expires_at_ms)
               SELECT ?1, slug, ?3, ?4 FROM shares WHERE slug = ?2";
    let expires_at_ms = stored(now_ms + SHARED_SESSION_DAYS * DAY_MS);
    Ok(connection.prepare_cached(sql)?.execute(params![hash.0, slug, stored(now_ms), expires_at_ms])? == 1)
}

/// Forgets that a browser gave a password.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn let_out(connection: &Connection, hash: SecretHash) -> Result<(), LedgerError> {
    connection.prepare_cached("DELETE FROM shared_sessions WHERE hash = ?1")?.execute([hash.0])?;
    Ok(())
}

//! Bearer tokens: each reads one site.

use rusqlite::{Connection, OptionalExtension, params};

use super::site::SiteKey;
use super::{LedgerError, stored};
use crate::secret::SecretHash;

/// A token as it is listed; the secret itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Number to revoke it by.
    pub number: i64,
    /// Tracking id of its site.
    pub tracking_id: String,
    /// What its owner calls it.
    pub name: String,
}

/// Adds a token.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(
    connection: &Connection,
    hash: SecretHash,
    site: SiteKey,
    name: &str,
    now_ms: u64,
) -> Result<(), LedgerError> {
    let sql = "INSERT INTO tokens (hash, site, name, created_at_ms) VALUES (?1, ?2, ?3, ?4)";
    connection.execute(sql, params![hash.0, site.0, name, stored(now_ms)])?;
    Ok(())
}

/// The site that a token reads, if it is valid.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn site(connection: &Connection, hash: SecretHash) -> Result<Option<SiteKey>, LedgerError> {
    let mut found = connection.prepare_cached("SELECT site FROM tokens WHERE hash = ?1")?;
    Ok(found.query_row([hash.0], |row| row.get(0).map(SiteKey)).optional()?)
}

/// All tokens, oldest first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn list(connection: &Connection) -> Result<Vec<Listed>, LedgerError> {
    let mut all = connection
        .prepare("SELECT token, tracking_id, tokens.name FROM tokens JOIN sites USING (site) ORDER BY token")?;
    let tokens =
        all.query_map([], |row| Ok(Listed { number: row.get(0)?, tracking_id: row.get(1)?, name: row.get(2)? }))?;
    Ok(tokens.collect::<Result<_, _>>()?)
}

/// Makes a token invalid. Answers whether there was one.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn revoke(connection: &Connection, number: i64) -> Result<bool, LedgerError> {
    Ok(connection.execute("DELETE FROM tokens WHERE token = ?1", [number])? == 1)
}

//! The sites, and the version of each site's data.

use rusqlite::{Connection, OptionalExtension, params};
use wire::session::Site;

use super::{LedgerError, stored, unstored};

/// A site within this ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteKey(pub(super) i64);

impl SiteKey {
    /// Its number within this ledger, above zero.
    pub fn number(self) -> u64 {
        unstored(self.0)
    }
}

/// Adds a site. Answers whether it is new; an existing one is left as it is.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(connection: &Connection, site: &Site, now_ms: u64) -> Result<bool, LedgerError> {
    let sql = "INSERT INTO sites (tracking_id, name, created_at_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    Ok(connection.execute(sql, params![site.tracking_id, site.name, stored(now_ms)])? == 1)
}

/// Finds a site by its tracking id.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn find(connection: &Connection, tracking_id: &str) -> Result<Option<SiteKey>, LedgerError> {
    let mut found =
        connection.prepare_cached("SELECT site FROM sites WHERE tracking_id = ?1 AND deleted_at_ms IS NULL")?;
    Ok(found.query_row([tracking_id], |row| row.get(0).map(SiteKey)).optional()?)
}

/// Whether a site is there still.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn exists(connection: &Connection, site: SiteKey) -> Result<bool, LedgerError> {
    let mut exists = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM sites WHERE site = ?1)")?;
    Ok(exists.query_row([site.0], |row| row.get(0))?)
}

/// Finds a site by its tracking id, even one that is marked as deleted.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn find_deleted_too(connection: &Connection, tracking_id: &str) -> Result<Option<SiteKey>, LedgerError> {
    let mut found = connection.prepare_cached("SELECT site FROM sites WHERE tracking_id = ?1")?;
    Ok(found.query_row([tracking_id], |row| row.get(0).map(SiteKey)).optional()?)
}

/// All sites, or one of them, by name.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn list(connection: &Connection, only: Option<SiteKey>) -> Result<Vec<Site>, LedgerError> {
    let mut all = connection.prepare_cached(
        "SELECT tracking_id, name FROM sites WHERE (?1 IS NULL OR site = ?1) AND deleted_at_ms IS NULL
         ORDER BY name, tracking_id",
    )?;
    let sites =
        all.query_map([only.map(|site| site.0)], |row| Ok(Site { tracking_id: row.get(0)?, name: row.get(1)? }))?;
    Ok(sites.collect::<Result<_, _>>()?)
}

/// The tracking id of a site.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn tracking_id(connection: &Connection, site: SiteKey) -> Result<String, LedgerError> {
    let mut found = connection.prepare_cached("SELECT tracking_id FROM sites WHERE site = ?1")?;
    Ok(found.query_row([site.0], |row| row.get(0))?)
}

/// What a site is called.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn name(connection: &Connection, site: SiteKey) -> Result<String, LedgerError> {
    let mut name = connection.prepare_cached("SELECT name FROM sites WHERE site = ?1")?;
    Ok(name.query_row([site.0], |row| row.get(0))?)
}

/// Calls a site otherwise.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn rename(connection: &Connection, site: SiteKey, name: &str) -> Result<(), LedgerError> {
    connection.execute("UPDATE sites SET name = ?2 WHERE site = ?1", params![site.0, name])?;
    Ok(())
}

/// Removes a site that was added in the same transaction, and that nothing knows of yet.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn remove_new(connection: &Connection, site: SiteKey) -> Result<(), LedgerError> {
    connection.execute("DELETE FROM site_settings WHERE site = ?1", [site.0])?;
    connection.execute("DELETE FROM sites WHERE site = ?1", [site.0])?;
    Ok(())
}

/// Marks a site as deleted: it is found no more, and nobody's. Its data is still there. Belongs in a transaction.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn mark_deleted(connection: &Connection, site: SiteKey, now_ms: u64) -> Result<(), LedgerError> {
    for access in [
        "DELETE FROM members WHERE site = ?1",
        "DELETE FROM invitations WHERE site = ?1",
        "DELETE FROM keys WHERE site = ?1",
        "DELETE FROM shares WHERE site = ?1",
    ] {
        connection.execute(access, [site.0])?;
    }
    connection.execute("UPDATE sites SET deleted_at_ms = ?2 WHERE site = ?1", params![site.0, stored(now_ms)])?;
    Ok(())
}

/// The keys of all sites.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn keys(connection: &Connection) -> Result<Vec<SiteKey>, LedgerError> {
    let mut all = connection.prepare_cached("SELECT site FROM sites ORDER BY site")?;
    let keys = all.query_map([], |row| row.get(0).map(SiteKey))?;
    Ok(keys.collect::<Result<_, _>>()?)
}

/// Versions of the data of all sites that have any.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn versions(connection: &Connection) -> Result<Vec<(SiteKey, u64)>, LedgerError> {
    let mut all = connection.prepare("SELECT site, version FROM site_versions")?;
    let versions = all.query_map([], |row| Ok((SiteKey(row.get(0)?), unstored(row.get(1)?))))?;
    Ok(versions.collect::<Result<_, _>>()?)
}

/// Notes that a site's data changed. Answers its version then.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn advance_version(connection: &Connection, site: SiteKey) -> Result<u64, LedgerError> {
    let sql = "INSERT INTO site_versions (site, version) VALUES (?1, 1)
               ON CONFLICT DO UPDATE SET version = version + 1 RETURNING version";
    Ok(connection.prepare_cached(sql)?.query_row([site.0], |row| row.get(0).map(unstored))?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::SiteKey;

    /// A site of that number.
    pub fn key(number: i64) -> SiteKey {
        SiteKey(number)
    }
}

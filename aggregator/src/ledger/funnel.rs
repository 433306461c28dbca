//! Funnels that are kept of a site.

use rusqlite::{Connection, OptionalExtension, Row, params};
use wire::analysis::FunnelDefinition;
use wire::limits::FUNNELS_MAX;

use super::site::SiteKey;
use super::{LedgerError, stored, unstored};

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is done, to the funnel of this number.
    Done(i64),
    /// Another funnel of the site has this name.
    NameTaken,
    /// The site has as many as it may.
    Full,
    /// There is no such funnel.
    Missing,
}

/// A funnel that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its number.
    pub funnel: i64,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub definition: FunnelDefinition,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: u64,
    /// When it was last changed, Unix milliseconds.
    pub changed_at_ms: u64,
}

const COLUMNS: &str = "funnel, name, definition, created_at_ms, changed_at_ms";

/// The funnels of a site, by name.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, or holds a definition that cannot be read any more.
pub fn list(connection: &Connection, site: SiteKey) -> Result<Vec<Kept>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM funnels WHERE site = ?1 ORDER BY name");
    let mut all = connection.prepare_cached(&sql)?;
    let mut rows = all.query([site.0])?;
    let mut funnels = Vec::new();
    while let Some(row) = rows.next()? {
        funnels.push(read(row)?);
    }
    Ok(funnels)
}

/// One of a site's funnels.
///
/// # Errors
/// As [`list`].
pub fn find(connection: &Connection, site: SiteKey, funnel: i64) -> Result<Option<Kept>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM funnels WHERE site = ?1 AND funnel = ?2");
    let mut found = connection.prepare_cached(&sql)?;
    found.query_row(params![site.0, funnel], |row| Ok(read(row))).optional()?.transpose()
}

/// Keeps one more.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(
    connection: &Connection,
    site: SiteKey,
    name: &str,
    definition: &str,
    now_ms: u64,
) -> Result<Change, LedgerError> {
    if is_taken(connection, site, name, None)? {
        return Ok(Change::NameTaken);
    }
    let sql = "INSERT INTO funnels (site, name, definition, created_at_ms, changed_at_ms)
               SELECT ?1, ?2, ?3, ?4, ?4 WHERE (SELECT count(*) FROM funnels WHERE site = ?1) < ?5";
    let most = i64::try_from(FUNNELS_MAX).unwrap_or(i64::MAX);
    let parameters = params![site.0, name, definition, stored(now_ms), most];
    let is_added = connection.prepare_cached(sql)?.execute(parameters)? == 1;
    Ok(if is_added { Change::Done(connection.last_insert_rowid()) } else { Change::Full })
}

/// Gives a funnel another name and definition.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn change(
    connection: &Connection,
    site: SiteKey,
    funnel: i64,
    name: &str,
    definition: &str,
    now_ms: u64,
) -> Result<Change, LedgerError> {
    if is_taken(connection, site, name, Some(funnel))? {
        return Ok(Change::NameTaken);
    }
    let sql = "UPDATE funnels SET name = ?3, definition = ?4, changed_at_ms = ?5 WHERE site = ?1 AND funnel = ?2";
    let parameters = params![site.0, funnel, name, definition, stored(now_ms)];
    let is_there = connection.prepare_cached(sql)?.execute(parameters)? == 1;
    Ok(if is_there { Change::Done(funnel) } else { Change::Missing })
}

/// Keeps it no longer. Answers whether there was one.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn remove(connection: &Connection, site: SiteKey, funnel: i64) -> Result<bool, LedgerError> {
    let sql = "DELETE FROM funnels WHERE site = ?1 AND funnel = ?2";
    Ok(connection.prepare_cached(sql)?.execute(params![site.0, funnel])? == 1)
}

fn is_taken(connection: &Connection, site: SiteKey, name: &str, but: Option<i64>) -> Result<bool, LedgerError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM funnels WHERE site = ?1 AND name = ?2 AND funnel IS NOT ?3)";
    Ok(connection.prepare_cached(sql)?.query_row(params![site.0, name, but], |row| row.get(0))?)
}

fn read(row: &Row<'_>) -> Result<Kept, LedgerError> {
    let definition: String = row.get(2)?;
    Ok(Kept {
        funnel: row.get(0)?,
        name: row.get(1)?,
        definition: serde_json::from_str(&definition).map_err(|e| LedgerError::Damaged(format!("a funnel: {e}")))?,
        created_at_ms: unstored(row.get(3)?),
        changed_at_ms: unstored(row.get(4)?),
    })
}

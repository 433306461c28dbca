//! Questions that are kept of a site.

use rusqlite::{Connection, OptionalExtension, Row, params};
use wire::report::{REPORTS_MAX, Report};

use super::site::SiteKey;
use super::{LedgerError, stored, unstored};

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is done, to the report of this number.
    Done(i64),
    /// Another report of the site has this name.
    NameTaken,
    /// The site has as many as it may.
    Full,
    /// There is no such report.
    Missing,
}

const COLUMNS: &str = "report, name, query, created_at_ms, changed_at_ms";

/// The reports of a site, by name.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, or holds a question that cannot be read any more.
pub fn list(connection: &Connection, site: SiteKey) -> Result<Vec<Report>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM reports WHERE site = ?1 ORDER BY name");
    let mut all = connection.prepare_cached(&sql)?;
    let mut rows = all.query([site.0])?;
    let mut reports = Vec::new();
    while let Some(row) = rows.next()? {
        reports.push(read(row)?);
    }
    Ok(reports)
}

/// One of a site's reports.
///
/// # Errors
/// As [`list`].
pub fn find(connection: &Connection, site: SiteKey, report: i64) -> Result<Option<Report>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM reports WHERE site = ?1 AND report = ?2");
    let mut found = connection.prepare_cached(&sql)?;
    found.query_row(params![site.0, report], |row| Ok(read(row))).optional()?.transpose()
}

/// Keeps one more.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(
    connection: &Connection,
    site: SiteKey,
    name: &str,
    query: &str,
    now_ms: u64,
) -> Result<Change, LedgerError> {
    if is_taken(connection, site, name, None)? {
        return Ok(Change::NameTaken);
    }
    let sql = "INSERT INTO reports (site, name, query, created_at_ms, changed_at_ms)
               SELECT ?1, ?2, ?3, ?4, ?4 WHERE (SELECT count(*) FROM reports WHERE site = ?1) < ?5";
    let most = i64::try_from(REPORTS_MAX).unwrap_or(i64::MAX);
    let parameters = params![site.0, name, query, stored(now_ms), most];
    let is_added = connection.prepare_cached(sql)?.execute(parameters)? == 1;
    Ok(if is_added { Change::Done(connection.last_insert_rowid()) } else { Change::Full })
}

/// Gives a report another name, another question, or both.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn change(
    connection: &Connection,
    site: SiteKey,
    report: i64,
    name: Option<&str>,
    query: Option<&str>,
    now_ms: u64,
) -> Result<Change, LedgerError> {
    if let Some(name) = name
        && is_taken(connection, site, name, Some(report))?
    {
        return Ok(Change::NameTaken);
    }
    let sql = "UPDATE reports SET name = coalesce(?3, name), query = coalesce(?4, query), changed_at_ms = ?5
               WHERE site = ?1 AND report = ?2";
    let parameters = params![site.0, report, name, query, stored(now_ms)];
    let is_there = connection.prepare_cached(sql)?.execute(parameters)? == 1;
    Ok(if is_there { Change::Done(report) } else { Change::Missing })
}

/// Keeps it no longer. Answers whether there was one.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn remove(connection: &Connection, site: SiteKey, report: i64) -> Result<bool, LedgerError> {
    let sql = "DELETE FROM reports WHERE site = ?1 AND report = ?2";
    Ok(connection.prepare_cached(sql)?.execute(params![site.0, report])? == 1)
}

fn is_taken(connection: &Connection, site: SiteKey, name: &str, but: Option<i64>) -> Result<bool, LedgerError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM reports WHERE site = ?1 AND name = ?2 AND report IS NOT ?3)";
    Ok(connection.prepare_cached(sql)?.query_row(params![site.0, name, but], |row| row.get(0))?)
}

fn read(row: &Row<'_>) -> Result<Report, LedgerError> {
    let query: String = row.get(2)?;
    Ok(Report {
        report: row.get(0)?,
        name: row.get(1)?,
        query: serde_json::from_str(&query).map_err(|e| LedgerError::Damaged(format!("a report: {e}")))?,
        created_at_ms: unstored(row.get(3)?),
        changed_at_ms: unstored(row.get(4)?),
    })
}

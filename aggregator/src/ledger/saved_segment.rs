//! Filters that are kept of a site.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use wire::filter::Filters;
use wire::saved_segment::{SAVED_SEGMENTS_MAX, SavedSegment};

use super::report::Change;
use super::site::SiteKey;
use super::{LedgerError, stored, unstored};

/// What makes a segment.
#[derive(Serialize, Deserialize)]
struct Definition {
    /// Which events.
    filters: Filters,
}

const COLUMNS: &str = "segment, name, definition, created_at_ms, changed_at_ms";

/// The segments of a site, by name.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, or holds filters that cannot be read any more.
pub fn list(connection: &Connection, site: SiteKey) -> Result<Vec<SavedSegment>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM saved_segments WHERE site = ?1 ORDER BY name");
    let mut all = connection.prepare_cached(&sql)?;
    let mut rows = all.query([site.0])?;
    let mut segments = Vec::new();
    while let Some(row) = rows.next()? {
        segments.push(read(row)?);
    }
    Ok(segments)
}

/// One of a site's segments.
///
/// # Errors
/// As [`list`].
pub fn find(connection: &Connection, site: SiteKey, segment: i64) -> Result<Option<SavedSegment>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM saved_segments WHERE site = ?1 AND segment = ?2");
    let mut found = connection.prepare_cached(&sql)?;
    found.query_row(params![site.0, segment], |row| Ok(read(row))).optional()?.transpose()
}

/// Those of a site's segments that are named by their numbers as texts; what is not there is left out.
///
/// # Errors
/// As [`list`].
pub fn named<'a>(
    connection: &Connection,
    site: SiteKey,
    names: impl Iterator<Item = &'a String>,
) -> Result<Vec<SavedSegment>, LedgerError> {
    let numbers = names.filter_map(|name| name.parse().ok());
    numbers.filter_map(|segment| find(connection, site, segment).transpose()).collect()
}

/// Keeps one more.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(
    connection: &Connection,
    site: SiteKey,
    name: &str,
    filters: &Filters,
    now_ms: u64,
) -> Result<Change, LedgerError> {
    if is_taken(connection, site, name, None)? {
        return Ok(Change::NameTaken);
    }
    let sql = "INSERT INTO saved_segments (site, name, definition, created_at_ms, changed_at_ms)
               SELECT ?1, ?2, ?3, ?4, ?4 WHERE (SELECT count(*) FROM saved_segments WHERE site = ?1) < ?5";
    let most = i64::try_from(SAVED_SEGMENTS_MAX).unwrap_or(i64::MAX);
    let parameters = params![site.0, name, written(filters)?, stored(now_ms), most];
    let is_added = connection.prepare_cached(sql)?.execute(parameters)? == 1;
    Ok(if is_added { Change::Done(connection.last_insert_rowid()) } else { Change::Full })
}

/// Gives a segment another name, other filters, or both.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn change(
    connection: &Connection,
    site: SiteKey,
    segment: i64,
    name: Option<&str>,
    filters: Option<&Filters>,
    now_ms: u64,
) -> Result<Change, LedgerError> {
    if let Some(name) = name
        && is_taken(connection, site, name, Some(segment))?
    {
        return Ok(Change::NameTaken);
    }
    let sql = "UPDATE saved_segments
               SET name = coalesce(?3, name), definition = coalesce(?4, definition), changed_at_ms = ?5
               WHERE site = ?1 AND segment = ?2";
    let parameters = params![site.0, segment, name, filters.map(written).transpose()?, stored(now_ms)];
    let is_there = connection.prepare_cached(sql)?.execute(parameters)? == 1;
    Ok(if is_there { Change::Done(segment) } else { Change::Missing })
}

/// Keeps it no longer. Answers whether there was one.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn remove(connection: &Connection, site: SiteKey, segment: i64) -> Result<bool, LedgerError> {
    let sql = "DELETE FROM saved_segments WHERE site = ?1 AND segment = ?2";
    Ok(connection.prepare_cached(sql)?.execute(params![site.0, segment])? == 1)
}

fn is_taken(connection: &Connection, site: SiteKey, name: &str, but: Option<i64>) -> Result<bool, LedgerError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM saved_segments WHERE site = ?1 AND name = ?2 AND segment IS NOT ?3)";
    Ok(connection.prepare_cached(sql)?.query_row(params![site.0, name, but], |row| row.get(0))?)
}

fn written(filters: &Filters) -> Result<String, LedgerError> {
    serde_json::to_string(&Definition { filters: filters.clone() }).map_err(damaged)
}

fn read(row: &Row<'_>) -> Result<SavedSegment, LedgerError> {
    let definition: String = row.get(2)?;
    let Definition { filters } = serde_json::from_str(&definition).map_err(damaged)?;
    Ok(SavedSegment {
        segment: row.get(0)?,
        name: row.get(1)?,
        filters,
        created_at_ms: unstored(row.get(3)?),
        changed_at_ms: unstored(row.get(4)?),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "called by map_err")]
fn damaged(error: serde_json::Error) -> LedgerError {
    LedgerError::Damaged(format!("a saved segment: {error}"))
}

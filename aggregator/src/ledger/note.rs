//! What people noted about moments of a site.

use rusqlite::{Connection, OptionalExtension, Row, params};
use wire::note::{NOTES_MAX, Note};

use super::site::SiteKey;
use super::{LedgerError, stored, unstored};

const COLUMNS: &str = "note, at_ms, text, author, created_at_ms, changed_at_ms";

/// The notes of a site, by the moments they are about.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn list(connection: &Connection, site: SiteKey) -> Result<Vec<Note>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM notes WHERE site = ?1 ORDER BY at_ms, note");
    let mut all = connection.prepare_cached(&sql)?;
    Ok(all.query_map([site.0], read)?.collect::<Result<_, _>>()?)
}

/// One of a site's notes.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn find(connection: &Connection, site: SiteKey, note: i64) -> Result<Option<Note>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM notes WHERE site = ?1 AND note = ?2");
    Ok(connection.prepare_cached(&sql)?.query_row(params![site.0, note], read).optional()?)
}

/// Writes one more. Answers its number; none when the site has as many as it may.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(
    connection: &Connection,
    site: SiteKey,
    at_ms: u64,
    text: &str,
    author: &str,
    now_ms: u64,
) -> Result<Option<i64>, LedgerError> {
    let sql = "INSERT INTO notes (site, at_ms, text, author, created_at_ms, changed_at_ms)
               SELECT ?1, ?2, ?3, ?4, ?5, ?5 WHERE (SELECT count(*) FROM notes WHERE site = ?1) < ?6";
    let most = i64::try_from(NOTES_MAX).unwrap_or(i64::MAX);
    let parameters = params![site.0, stored(at_ms), text, author, stored(now_ms), most];
    let is_added = connection.prepare_cached(sql)?.execute(parameters)? == 1;
    Ok(is_added.then(|| connection.last_insert_rowid()))
}

/// Moves a note to another moment, gives it another text, or both. Answers whether there is one.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn change(
    connection: &Connection,
    site: SiteKey,
    note: i64,
    at_ms: Option<u64>,
    text: Option<&str>,
    now_ms: u64,
) -> Result<bool, LedgerError> {
    let sql = "UPDATE notes SET at_ms = coalesce(?3, at_ms), text = coalesce(?4, text), changed_at_ms = ?5
               WHERE site = ?1 AND note = ?2";
    let parameters = params![site.0, note, at_ms.map(stored), text, stored(now_ms)];
    Ok(connection.prepare_cached(sql)?.execute(parameters)? == 1)
}

/// Keeps it no longer. Answers whether there was one.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn remove(connection: &Connection, site: SiteKey, note: i64) -> Result<bool, LedgerError> {
    let sql = "DELETE FROM notes WHERE site = ?1 AND note = ?2";
    Ok(connection.prepare_cached(sql)?.execute(params![site.0, note])? == 1)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Note> {
    Ok(Note {
        note: row.get(0)?,
        at_ms: unstored(row.get(1)?),
        text: row.get(2)?,
        author: Some(row.get(3)?),
        created_at_ms: unstored(row.get(4)?),
        changed_at_ms: unstored(row.get(5)?),
    })
}

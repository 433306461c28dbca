//! Parts: minutes as checkpoints wrote them, until blocks absorb them ([`super::absorb`]). Part and block of a
//! window add up, as several parts of it do.

use std::ops::Range;

use domain::rollup::Block;
use domain::window::Granularity;
use rusqlite::{Connection, params};
use wire::frame::RollupDimension;

use super::block::{dimension, number};
use super::site::SiteKey;
use super::{LedgerError, stored, unstored};

/// What a site counts apart: a dimension, or a declared property or pair by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// The site.
    pub site: SiteKey,
    /// What is counted apart.
    pub dimension: RollupDimension,
    /// The declared property or pair; empty for the rest.
    pub name: Box<str>,
}

/// Adds a part; belongs in the transaction that moves the checkpoint to `position`.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(
    connection: &Connection,
    series: &Series,
    start_ms: u64,
    position: i64,
    block: &Block,
) -> Result<(), LedgerError> {
    let sql = "INSERT INTO parts (site, dimension, name, start_ms, position, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let Series { site, dimension, name } = series;
    let row = params![site.0, number(*dimension), name, stored(start_ms), position, block.bytes()];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Hands the parts of minutes within `span` to `take`, in the order of time: each with the start of the window of that
/// length which it belongs to.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, a part is damaged, or `take` fails.
pub fn each(
    connection: &Connection,
    site: SiteKey,
    granularity: Granularity,
    (dimension, name): (RollupDimension, &str),
    span: Range<u64>,
    mut take: impl FnMut(u64, Block) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let sql = "SELECT start_ms, bytes FROM parts WHERE site = ?1 AND dimension = ?2 AND name = ?3
                 AND start_ms >= ?4 AND start_ms < ?5 ORDER BY start_ms";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![site.0, number(dimension), name, stored(span.start), stored(span.end)])?;
    while let Some(row) = rows.next()? {
        take(granularity.start_of(unstored(row.get(0)?)), Block::open(row.get(1)?)?)?;
    }
    Ok(())
}

/// Start of a dimension's first part, Unix milliseconds.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn first(connection: &Connection, site: SiteKey, dimension: RollupDimension) -> Result<Option<u64>, LedgerError> {
    let sql = "SELECT min(start_ms) FROM parts WHERE site = ?1 AND dimension = ?2 AND name = ''";
    let first: Option<i64> =
        connection.prepare_cached(sql)?.query_row(params![site.0, number(dimension)], |row| row.get(0))?;
    Ok(first.map(unstored))
}

/// All that there are parts of, of one site or of all.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or holds a dimension that is not known.
pub fn series(connection: &Connection, only: Option<SiteKey>) -> Result<Vec<Series>, LedgerError> {
    let sql = match only {
        Some(_) => "SELECT DISTINCT site, dimension, name FROM parts WHERE site = ?1 ORDER BY site, dimension, name",
        None => "SELECT DISTINCT site, dimension, name FROM parts WHERE ?1 IS NULL ORDER BY site, dimension, name",
    };
    let mut all = connection.prepare_cached(sql)?;
    let mut rows = all.query([only.map(|site| site.0)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Series { site: SiteKey(row.get(0)?), dimension: dimension(row.get(1)?)?, name: row.get(2)? });
    }
    Ok(found)
}

/// Drops the parts of a series that checkpoints through `position` wrote; belongs in the transaction that absorbs them.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn remove(connection: &Connection, series: &Series, position: i64) -> Result<(), LedgerError> {
    let sql = "DELETE FROM parts WHERE site = ?1 AND dimension = ?2 AND name = ?3 AND position <= ?4";
    let Series { site, dimension, name } = series;
    connection.prepare_cached(sql)?.execute(params![site.0, number(*dimension), name, position])?;
    Ok(())
}

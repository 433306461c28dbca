//! What became of events that were not counted, by minute.

use domain::page;
use domain::window::Granularity;
use rusqlite::{Connection, params};
use wire::frame::OutcomeRow;
use wire::limits::VALUE_BYTES_MAX;
use wire::query::OutcomeCount;

use super::site::SiteKey;
use super::{LedgerError, stored, unstored};

/// Pairs of outcome and reason that are answered; an edge knows a few dozen.
const COUNTS_MAX: i64 = 1000;

/// Adds what a frame says of a site.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(connection: &Connection, site: SiteKey, rows: &[OutcomeRow]) -> Result<(), LedgerError> {
    // A sum stops at the largest number that is stored.
    let sql = "INSERT INTO outcomes (site, start_ms, outcome, reason, events) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT DO UPDATE SET events = min(events, 9223372036854775807 - excluded.events) + excluded.events";
    let mut add = connection.prepare_cached(sql)?;
    for row in rows {
        let start_ms = stored(Granularity::Minute.start_of(row.start_ms));
        let (outcome, reason) = (page::cut(&row.outcome, VALUE_BYTES_MAX), page::cut(&row.reason, VALUE_BYTES_MAX));
        add.execute(params![site.0, start_ms, outcome, reason, stored(row.events)])?;
    }
    Ok(())
}

/// What became of a site's events that arrived in a span of time, most frequent first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn count(
    connection: &Connection,
    site: SiteKey,
    start_ms: u64,
    end_ms: u64,
) -> Result<Vec<OutcomeCount>, LedgerError> {
    let sql = "SELECT outcome, reason, sum(events) FROM outcomes WHERE site = ?1 AND start_ms >= ?2 AND start_ms < ?3
               GROUP BY outcome, reason ORDER BY 3 DESC, outcome, reason LIMIT ?4";
    let mut counted = connection.prepare_cached(sql)?;
    let span = params![site.0, stored(start_ms), stored(end_ms), COUNTS_MAX];
    let counts = counted.query_map(span, |row| {
        Ok(OutcomeCount { outcome: row.get(0)?, reason: row.get(1)?, events: unstored(row.get(2)?) })
    })?;
    Ok(counts.collect::<Result<_, _>>()?)
}

//! Counters and sketches by minute, hour and day.

use std::collections::BTreeMap;

use domain::query::{Coverage, Evaluation, Pieces, StoredRow};
use domain::rollup::{Horizon, Rollup, VisitSums};
use domain::sketch::{Sketch, SketchError};
use domain::window::Granularity;
use rusqlite::{Connection, OptionalExtension, Row, params};
use wire::frame::RollupDimension;

use super::site::SiteKey;
use super::{LedgerError, stored, unstored};

/// Rows one query may read. A row takes ~300 bytes to keep apart, so a query stays within ~300 MB.
pub const QUERY_ROWS_MAX: u64 = 1_000_000;

/// Names a row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The site.
    pub site: SiteKey,
    /// Length of its window.
    pub granularity: Granularity,
    /// What is counted apart.
    pub dimension: RollupDimension,
    /// Start of its window, Unix milliseconds.
    pub start_ms: u64,
    /// The dimension's value.
    pub value: String,
}

/// What is to be added to the ledger's rows. Sorted, so that neighbours in the ledger are written together.
#[derive(Debug, Default)]
pub struct Additions(BTreeMap<Key, Rollup>);

/// One minute of a site, as [`recent`] reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct RecentRow {
    /// Start of the minute, Unix milliseconds.
    pub start_ms: u64,
    /// What is counted apart.
    pub dimension: RollupDimension,
    /// The dimension's value.
    pub value: String,
    /// What is counted.
    pub rollup: Rollup,
}

impl Additions {
    /// Adds a minute's rollup, to its minute, hour and day alike.
    pub fn add(&mut self, site: SiteKey, dimension: RollupDimension, start_ms: u64, value: &str, rollup: &Rollup) {
        for granularity in Granularity::ALL {
            let start_ms = granularity.start_of(start_ms);
            let key = Key { site, granularity, dimension, start_ms, value: value.to_owned() };
            self.0.entry(key).or_default().merge(rollup);
        }
    }

    /// Merges everything into the ledger's rows: read, merge, write.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails or holds a damaged sketch.
    pub fn write(&self, connection: &Connection) -> Result<(), LedgerError> {
        let mut read = connection.prepare_cached(
            "SELECT pageviews, events, visitors, sessions,
                    visits, bounces, visit_ms, engaged_ms, converted, quality, revenue FROM rollups
             WHERE site = ?1 AND granularity = ?2 AND dimension = ?3 AND start_ms = ?4 AND value = ?5",
        )?;
        let mut write = connection.prepare_cached(
            "INSERT INTO rollups (site, granularity, dimension, start_ms, value, pageviews, events, visitors, sessions,
                                  visits, bounces, visit_ms, engaged_ms, converted, quality, revenue)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
             ON CONFLICT DO UPDATE SET pageviews = excluded.pageviews, events = excluded.events,
                                       visitors = excluded.visitors, sessions = excluded.sessions,
                                       visits = excluded.visits, bounces = excluded.bounces,
                                       visit_ms = excluded.visit_ms, engaged_ms = excluded.engaged_ms,
                                       converted = excluded.converted, quality = excluded.quality,
                                       revenue = excluded.revenue",
        )?;
        for (key, added) in &self.0 {
            let (granularity, dimension) = (key.granularity.name(), key.dimension.name());
            let start_ms = stored(key.start_ms);
            let names = params![key.site.0, granularity, dimension, start_ms, key.value];
            let before = read.query_row(names, |row| Ok(rollup(row, 0))).optional()?;
            let mut sum = before.transpose()?.unwrap_or_default();
            sum.merge(added);
            let VisitSums { visits, bounces, visit_ms, engaged_ms, converted, quality } = sum.visits;
            write.execute(params![
                key.site.0,
                granularity,
                dimension,
                start_ms,
                key.value,
                stored(sum.pageviews),
                stored(sum.events),
                sum.visitors.encode(),
                sum.sessions.encode(),
                visits,
                bounces,
                visit_ms,
                engaged_ms,
                converted,
                quality,
                revenue_text(&sum.revenue),
            ])?;
        }
        Ok(())
    }
}

/// Hands the rows of a rollup's windows to an evaluation.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, was interrupted, holds a damaged row, or has more than
/// [`QUERY_ROWS_MAX`] rows to read.
pub fn evaluate(
    connection: &Connection,
    site: SiteKey,
    coverage: &Coverage,
    pieces: &Pieces,
    evaluation: &mut Evaluation<'_>,
) -> Result<(), LedgerError> {
    // A sketch is read from the disk only where its row is wanted.
    let sql = "SELECT start_ms, value, pageviews, events, CASE WHEN ?9 THEN visitors ELSE x'' END,
                      visits, bounces, visit_ms, engaged_ms, converted, quality, revenue FROM rollups
               WHERE site = ?1 AND granularity = ?2 AND dimension = ?3 AND start_ms >= ?4 AND start_ms < ?5
                 AND (?6 IS NULL OR value IN (SELECT value FROM json_each(?6)))
                 AND (?7 IS NULL OR (value >= ?7 AND value < ?8))";
    let mut statement = connection.prepare_cached(sql)?;
    let prefix = coverage.prefix();
    let values = evaluation.values().map(|values| {
        let values: Vec<_> = values.iter().map(|value| format!("{prefix}{value}")).collect();
        serde_json::json!(values).to_string()
    });
    // A space comes right behind the sign that parts.
    let (first, end) = (!prefix.is_empty()).then(|| (prefix.clone(), format!("{} ", coverage.name))).unzip();
    for piece in &pieces.pieces {
        let mut rows = statement.query(params![
            site.0,
            piece.granularity.name(),
            coverage.dimension.name(),
            stored(piece.start_ms),
            stored(piece.end_ms),
            values,
            first,
            end,
            evaluation.wants_visitors(),
        ])?;
        while let Some(row) = rows.next()? {
            if evaluation.rows_read() >= QUERY_ROWS_MAX {
                return Err(LedgerError::TooManyRows(QUERY_ROWS_MAX));
            }
            let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
            let value = text(1)?;
            evaluation.add(&StoredRow {
                start_ms: unstored(row.get(0)?),
                value: value.strip_prefix(prefix.as_str()).unwrap_or(value),
                pageviews: unstored(row.get(2)?),
                events: unstored(row.get(3)?),
                visitors: row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?,
                visits: visits(row, 5)?,
                revenue: revenue(text(11)?)?,
            });
        }
    }
    Ok(())
}

/// From when on windows of each length are kept: here all of them as long as any.
pub fn horizon() -> Horizon {
    Horizon { minute_from_ms: 0, hour_from_ms: 0, day_from_ms: 0 }
}

/// Start of the first day that a site has anything of, Unix milliseconds.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn first(connection: &Connection, site: SiteKey) -> Result<Option<u64>, LedgerError> {
    let sql = "SELECT min(start_ms) FROM rollups WHERE site = ?1 AND granularity = ?2 AND dimension = ?3";
    let names = params![site.0, Granularity::Day.name(), RollupDimension::Total.name()];
    let first: Option<i64> = connection.prepare_cached(sql)?.query_row(names, |row| row.get(0))?;
    Ok(first.map(unstored))
}

/// A site's last minutes: total rows from `since_ms` on, and those of the other dimensions that
/// [`domain::realtime`] shows from `active_since_ms` on.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or holds a damaged sketch.
pub fn recent(
    connection: &Connection,
    site: SiteKey,
    since_ms: u64,
    active_since_ms: u64,
) -> Result<Vec<RecentRow>, LedgerError> {
    let sql = "SELECT start_ms, value, pageviews, events, visitors, sessions,
                      visits, bounces, visit_ms, engaged_ms, converted, quality, revenue FROM rollups
               WHERE site = ?1 AND granularity = ?2 AND dimension = ?3 AND start_ms >= ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let mut recent = Vec::new();
    for (dimension, since_ms) in [
        (RollupDimension::Total, since_ms),
        (RollupDimension::Page, active_since_ms),
        (RollupDimension::Channel, active_since_ms),
        (RollupDimension::Device, active_since_ms),
    ] {
        let names = params![site.0, Granularity::Minute.name(), dimension.name(), stored(since_ms)];
        let mut rows = statement.query(names)?;
        while let Some(row) = rows.next()? {
            recent.push(RecentRow {
                start_ms: unstored(row.get(0)?),
                dimension,
                value: row.get(1)?,
                rollup: rollup(row, 2)?,
            });
        }
    }
    Ok(recent)
}

/// The eleven columns of a rollup, from `first` on.
fn rollup(row: &Row<'_>, first: usize) -> Result<Rollup, LedgerError> {
    let sketch = |column| -> Result<Sketch, LedgerError> {
        Sketch::decode(row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?).map_err(damaged)
    };
    Ok(Rollup {
        pageviews: unstored(row.get(first)?),
        events: unstored(row.get(first + 1)?),
        visitors: sketch(first + 2)?,
        sessions: sketch(first + 3)?,
        visits: visits(row, first + 4)?,
        revenue: revenue(row.get_ref(first + 10)?.as_str().map_err(rusqlite::Error::from)?)?,
    })
}

/// The six sums over visits, from `first` on.
fn visits(row: &Row<'_>, first: usize) -> Result<VisitSums, LedgerError> {
    Ok(VisitSums {
        visits: row.get(first)?,
        bounces: row.get(first + 1)?,
        visit_ms: row.get(first + 2)?,
        engaged_ms: row.get(first + 3)?,
        converted: row.get(first + 4)?,
        quality: row.get(first + 5)?,
    })
}

/// Revenue as it is stored: a JSON object of millionths by currency; nothing where there is none, as on most rows.
fn revenue_text(revenue: &BTreeMap<String, i64>) -> String {
    if revenue.values().all(|micros| *micros == 0) { String::new() } else { serde_json::json!(revenue).to_string() }
}

fn revenue(text: &str) -> Result<BTreeMap<String, i64>, LedgerError> {
    if text.is_empty() {
        return Ok(BTreeMap::new());
    }
    serde_json::from_str(text).map_err(|e| LedgerError::Damaged(format!("revenue: {e}")))
}

/// A sketch that this program never writes.
pub fn damaged(error: SketchError) -> LedgerError {
    LedgerError::Damaged(error.to_string())
}

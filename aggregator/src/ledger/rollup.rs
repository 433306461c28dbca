//! Counters and sketches by minute, hour and day: the blocks of the ledger, and what is hot before them.

use std::collections::BTreeMap;
use std::ops::Range;

use domain::query::{Evaluation, Plan, StoredRow};
use domain::rollup::{Block, BlockRow, Rollup};
use domain::seal;
use domain::sketch::SketchError;
use domain::window::Granularity;
use rusqlite::Connection;
use wire::frame::RollupDimension;

use super::hot::{self, Hot, Older, View};
use super::site::SiteKey;
use super::{LedgerError, block, frame, site};

/// Rows one query may read. A row takes ~300 bytes to keep apart, so a query stays within ~300 MB.
pub const QUERY_ROWS_MAX: u64 = 1_000_000;

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

/// What the frames behind the ledger's checkpoint say: all that a server had in memory when it ended.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or a stored frame cannot be read any more.
pub fn replayed(connection: &Connection) -> Result<Hot, LedgerError> {
    let position = block::checkpoint(connection)?.position;
    let hot = Hot::behind(position, site::versions(connection)?);
    frame::each_behind(connection, position, |position, site, frame| {
        let rollups = seal::rollups_of(frame).map_err(|e| LedgerError::Damaged(e.to_string()))?;
        hot.add(site, position, hot::pieces(frame.rows.iter().zip(rollups)));
        Ok(())
    })?;
    Ok(hot)
}

/// Hands the blocks of a dimension (and of a declared property or pair by name, as [`domain::rollup::named`] tells it)
/// whose windows begin within `span` to `take`, with the start of each. Stored windows come first, in the order of time;
/// then those that are hot, which may be the same windows again: what several say of one adds up.
///
/// `hot`: taken before `connection` opened its snapshot of the ledger
///
/// # Errors
/// [`LedgerError`] when the ledger fails, a block is damaged, or `take` fails.
pub fn each_block(
    connection: &Connection,
    hot: &View,
    site: SiteKey,
    granularity: Granularity,
    (dimension, name): (RollupDimension, &str),
    span: Range<u64>,
    mut take: impl FnMut(u64, &Block) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let position = block::checkpoint(connection)?.position;
    let layers = hot.behind(position)?;
    block::each(connection, site, granularity, (dimension, name), span.clone(), &mut take)?;
    for minutes in layers {
        hot::windows(minutes, (dimension, name), granularity, span.clone(), &mut take)?;
    }
    Ok(())
}

/// Hands the rows that a plan asks for to its evaluation.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, was interrupted, holds a damaged sketch, or has more than
/// [`QUERY_ROWS_MAX`] rows to read.
pub fn evaluate(
    connection: &Connection,
    hot: &View,
    site: SiteKey,
    plan: &Plan,
    evaluation: &mut Evaluation<'_>,
) -> Result<(), LedgerError> {
    let coverage = &plan.coverage;
    let name = coverage.prefix.strip_suffix(wire::frame::PART).unwrap_or_default();
    let wanted = coverage.values();
    // As the whole value is written, the name of what it is a value of included.
    let mut whole = coverage.prefix.clone();
    let mut add = |start_ms: u64, row: BlockRow<'_>| {
        if evaluation.rows_read() >= QUERY_ROWS_MAX {
            return Err(LedgerError::TooManyRows(QUERY_ROWS_MAX));
        }
        whole.truncate(coverage.prefix.len());
        whole.push_str(row.value());
        let revenue: BTreeMap<_, _> = row.revenue().map(|(currency, micros)| (currency.to_owned(), micros)).collect();
        let read = StoredRow {
            start_ms,
            value: &whole,
            pageviews: row.pageviews(),
            events: row.events(),
            visitors: row.visitors(),
            visits: row.visits(),
            revenue,
        };
        evaluation.add(read).map_err(damaged)
    };
    let dimension = (coverage.dimension, name);
    each_block(connection, hot, site, plan.granularity, dimension, plan.start_ms..plan.end_ms, |start_ms, block| {
        let Some(wanted) = &wanted else { return block.iter().try_for_each(|row| add(start_ms, row)) };
        let values = wanted.iter().filter_map(|value| value.strip_prefix(coverage.prefix.as_str()));
        values.filter_map(|value| block.find(value)).try_for_each(|row| add(start_ms, row))
    })
}

/// A site's last minutes: total rows from `since_ms` on, and those of the other dimensions that
/// [`domain::realtime`] shows from `active_since_ms` on. A minute may come in several parts.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or holds a damaged sketch.
pub fn recent(
    connection: &Connection,
    hot: &View,
    site: SiteKey,
    since_ms: u64,
    active_since_ms: u64,
) -> Result<Vec<RecentRow>, LedgerError> {
    let mut recent = Vec::new();
    for (dimension, since_ms) in [
        (RollupDimension::Total, since_ms),
        (RollupDimension::Page, active_since_ms),
        (RollupDimension::Channel, active_since_ms),
        (RollupDimension::Device, active_since_ms),
    ] {
        let span = since_ms..u64::MAX;
        each_block(connection, hot, site, Granularity::Minute, (dimension, ""), span, |start_ms, block| {
            for row in block.iter() {
                let rollup = row.rollup().map_err(damaged)?;
                recent.push(RecentRow { start_ms, dimension, value: row.value().to_owned(), rollup });
            }
            Ok(())
        })?;
    }
    Ok(recent)
}

impl From<Older> for LedgerError {
    fn from(_: Older) -> Self {
        Self::Damaged("a snapshot is older than the hot rows it is read with".to_owned())
    }
}

fn damaged(error: SketchError) -> LedgerError {
    LedgerError::Damaged(error.to_string())
}

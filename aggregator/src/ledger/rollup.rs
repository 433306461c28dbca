//! Counters and sketches by minute, hour and day: the blocks of the ledger, and what is hot before them.

use std::ops::Range;

use domain::query::{Coverage, Evaluation, Piece};
use domain::rollup::{Block, Rollup};
use domain::seal;
use domain::sketch::SketchError;
use domain::window::Granularity;
use rusqlite::Connection;
use wire::frame::RollupDimension;

use super::block::Stretch;
use super::hot::{self, Hot, Older, Pieces, View};
use super::site::SiteKey;
use super::{LedgerError, block, frame, part, site};

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
    frame::each_behind(connection, position, |position, site, bytes, frame| {
        seal::check(frame).map_err(|e| LedgerError::Damaged(e.to_string()))?;
        hot.add(site, position, &Pieces::of(bytes, &frame.rows));
        Ok(())
    })?;
    Ok(hot)
}

/// Hands the blocks of a dimension (and of a declared property or pair by name, as [`domain::rollup::named`] tells it)
/// whose windows begin within `span` to `take`, with the start of each. Stored windows come first, in the order of time;
/// then what is not absorbed yet and what is hot, which may be the same windows again: what several say of one adds up.
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
    dimension: (RollupDimension, &str),
    span: Range<u64>,
    mut take: impl FnMut(u64, &Block) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let position = block::checkpoint(connection)?.position;
    let layers = hot.behind(position)?;
    let stretch = Stretch { site, granularity, dimension, span: span.clone() };
    block::each_kept(connection, &stretch, &mut take)?;
    part::each(connection, site, granularity, dimension, span.clone(), |start_ms, part| take(start_ms, &part))?;
    for minutes in layers {
        hot::windows(minutes, dimension, granularity, span.clone(), &mut take)?;
    }
    Ok(())
}

/// Hands the blocks of consecutive windows of a rollup to an evaluation.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, was interrupted, holds a damaged block, or has more than
/// [`QUERY_ROWS_MAX`] rows to read.
pub fn evaluate(
    connection: &Connection,
    hot: &View,
    site: SiteKey,
    (coverage, piece): (&Coverage, &Piece),
    evaluation: &mut Evaluation<'_>,
) -> Result<(), LedgerError> {
    let dimension = (coverage.dimension, coverage.name.as_str());
    let span = piece.start_ms..piece.end_ms;
    each_block(connection, hot, site, piece.granularity, dimension, span, |start_ms, block| {
        evaluation.add_block(start_ms, block)?;
        within_limit(evaluation)
    })
}

/// Whether an evaluation has read no more than it may.
///
/// # Errors
/// [`LedgerError::TooManyRows`] where it has.
pub fn within_limit(evaluation: &Evaluation<'_>) -> Result<(), LedgerError> {
    match evaluation.rows_read() <= QUERY_ROWS_MAX {
        true => Ok(()),
        false => Err(LedgerError::TooManyRows(QUERY_ROWS_MAX)),
    }
}

/// Start of the first day that a site has anything of, Unix milliseconds; of what is hot alone, nothing is said.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn first(connection: &Connection, site: SiteKey) -> Result<Option<u64>, LedgerError> {
    let block = block::first(connection, site, Granularity::Day, RollupDimension::Total)?;
    let part =
        part::first(connection, site, RollupDimension::Total)?.map(|start_ms| Granularity::Day.start_of(start_ms));
    Ok(block.into_iter().chain(part).min())
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
    let active = domain::realtime::ACTIVE_DIMENSIONS.map(|dimension| (dimension, active_since_ms));
    for (dimension, since_ms) in [(RollupDimension::Total, since_ms)].into_iter().chain(active) {
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

/// A sketch that this program never writes.
pub fn damaged(error: SketchError) -> LedgerError {
    LedgerError::Damaged(error.to_string())
}

//! Blocks of counters and sketches by minute, hour and day, and how far in the log they reach.

use std::ops::Range;

use domain::rollup::{BLOCK_VALUES_MAX, Block, BlockError, MergeError};
use domain::window::Granularity;
use rusqlite::{Connection, OptionalExtension, params};
use wire::frame::RollupDimension;

use super::site::SiteKey;
use super::{LedgerError, stored, unstored};

/// Names a block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockKey {
    /// The site.
    pub site: SiteKey,
    /// Length of its window.
    pub granularity: Granularity,
    /// What is counted apart.
    pub dimension: RollupDimension,
    /// The declared property or pair; empty for the rest.
    pub name: Box<str>,
    /// Start of its window, Unix milliseconds.
    pub start_ms: u64,
}

/// How far the blocks reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// Blocks and parts hold all frames through this position, and none behind it.
    pub position: i64,
    /// How often blocks were changed in another way than by a checkpoint. What was merged from blocks that have
    /// changed since is wrong.
    pub changes: i64,
}

/// How far the blocks reach.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn checkpoint(connection: &Connection) -> Result<Checkpoint, LedgerError> {
    let mut read = connection.prepare_cached("SELECT position, changes FROM checkpoint")?;
    Ok(read.query_row([], |row| Ok(Checkpoint { position: row.get(0)?, changes: row.get(1)? }))?)
}

/// Moves the checkpoint; belongs in the transaction that writes its blocks.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn move_checkpoint(connection: &Connection, position: i64) -> Result<(), LedgerError> {
    connection.prepare_cached("UPDATE checkpoint SET position = ?1")?.execute([position])?;
    Ok(())
}

/// Notes that blocks were changed in another way than by a checkpoint; belongs in the transaction that does.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn note_change(connection: &Connection) -> Result<(), LedgerError> {
    connection.prepare_cached("UPDATE checkpoint SET changes = changes + 1")?.execute([])?;
    Ok(())
}

/// A block; one without rows if there is none.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or the block is damaged.
pub fn read(connection: &Connection, key: &BlockKey) -> Result<Block, LedgerError> {
    let sql = "SELECT bytes FROM blocks
               WHERE site = ?1 AND granularity = ?2 AND dimension = ?3 AND name = ?4 AND start_ms = ?5";
    let names = params![key.site.0, length(key.granularity), number(key.dimension), key.name, stored(key.start_ms)];
    let bytes: Option<Vec<u8>> = connection.prepare_cached(sql)?.query_row(names, |row| row.get(0)).optional()?;
    bytes.map_or_else(|| Ok(Block::default()), |bytes| Ok(Block::open(bytes)?))
}

/// Start of a dimension's first window of that length, Unix milliseconds.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn first(
    connection: &Connection,
    site: SiteKey,
    granularity: Granularity,
    dimension: RollupDimension,
) -> Result<Option<u64>, LedgerError> {
    let sql = "SELECT min(start_ms) FROM blocks WHERE site = ?1 AND granularity = ?2 AND dimension = ?3 AND name = ''";
    let names = params![site.0, length(granularity), number(dimension)];
    let first: Option<i64> = connection.prepare_cached(sql)?.query_row(names, |row| row.get(0))?;
    Ok(first.map(unstored))
}

/// Puts a block in place of the one that is there; one without rows is none.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn write(connection: &Connection, key: &BlockKey, block: &Block) -> Result<(), LedgerError> {
    let sql = "INSERT INTO blocks (site, granularity, dimension, name, start_ms, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT DO UPDATE SET bytes = excluded.bytes";
    let (length, dimension, start_ms) = (length(key.granularity), number(key.dimension), stored(key.start_ms));
    if block.is_empty() {
        let sql = "DELETE FROM blocks
                   WHERE site = ?1 AND granularity = ?2 AND dimension = ?3 AND name = ?4 AND start_ms = ?5";
        connection.prepare_cached(sql)?.execute(params![key.site.0, length, dimension, key.name, start_ms])?;
        return Ok(());
    }
    let row = params![key.site.0, length, dimension, key.name, start_ms, block.bytes()];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Consecutive blocks of a site.
#[derive(Clone, Debug)]
pub struct Stretch<'a> {
    /// The site.
    pub site: SiteKey,
    /// Length of their windows.
    pub granularity: Granularity,
    /// What is counted apart, and the declared property or pair.
    pub dimension: (RollupDimension, &'a str),
    /// Their windows begin within, Unix milliseconds.
    pub span: Range<u64>,
}

/// Hands the blocks of a dimension (and name) whose windows begin within `span` to `take`, in the order of time.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, a block is damaged, or `take` fails.
pub fn each(
    connection: &Connection,
    site: SiteKey,
    granularity: Granularity,
    dimension: (RollupDimension, &str),
    span: Range<u64>,
    take: impl FnMut(u64, &Block) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    each_opened(connection, &Stretch { site, granularity, dimension, span }, Block::open, take)
}

/// As [`each`], for who looks at some of the rows and keeps none: [`Block::open_kept`].
///
/// # Errors
/// As [`each`].
pub fn each_kept(
    connection: &Connection,
    stretch: &Stretch<'_>,
    take: impl FnMut(u64, &Block) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    each_opened(connection, stretch, Block::open_kept, take)
}

fn each_opened(
    connection: &Connection,
    stretch: &Stretch<'_>,
    open: impl Fn(Vec<u8>) -> Result<Block, BlockError>,
    mut take: impl FnMut(u64, &Block) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let sql = "SELECT start_ms, bytes FROM blocks WHERE site = ?1 AND granularity = ?2 AND dimension = ?3 AND name = ?4
                 AND start_ms >= ?5 AND start_ms < ?6 ORDER BY start_ms";
    let mut statement = connection.prepare_cached(sql)?;
    let Stretch { site, granularity, dimension: (dimension, name), span } = stretch;
    let (start, end) = (stored(span.start), stored(span.end));
    let mut rows = statement.query(params![site.0, length(*granularity), number(*dimension), name, start, end])?;
    // One block's bytes make room for the next one's.
    let mut room = Vec::new();
    while let Some(row) = rows.next()? {
        room.clear();
        room.extend_from_slice(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?);
        let block = open(room)?;
        take(unstored(row.get(0)?), &block)?;
        room = block.into_bytes();
    }
    Ok(())
}

/// All that a site counts apart by windows of that length: dimensions, and declared properties and pairs by name.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or holds a dimension that is not known.
pub fn series(
    connection: &Connection,
    site: SiteKey,
    granularity: Granularity,
) -> Result<Vec<(RollupDimension, Box<str>)>, LedgerError> {
    // From one to the next, over the blocks between.
    let sql = "SELECT dimension, name FROM blocks WHERE site = ?1 AND granularity = ?2 AND (dimension, name) > (?3, ?4)
               ORDER BY dimension, name LIMIT 1";
    let mut next = connection.prepare_cached(sql)?;
    let mut found = Vec::new();
    let mut last: (i64, Box<str>) = (-1, Box::default());
    let pair = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    while let Some((number, name)) =
        next.query_row(params![site.0, length(granularity), last.0, last.1], pair).optional()?
    {
        found.push((dimension(number)?, Box::clone(&name)));
        last = (number, name);
    }
    Ok(found)
}

/// Drops blocks of a site and length that begin before `from_ms`, at most `blocks_max` of them, and notes the events of
/// days that are gone. Answers how many blocks.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or a block is damaged.
pub fn drop_before(
    connection: &Connection,
    site: SiteKey,
    granularity: Granularity,
    from_ms: u64,
    blocks_max: usize,
) -> Result<usize, LedgerError> {
    let sql = "DELETE FROM blocks WHERE site = ?1 AND granularity = ?2 AND dimension = ?3 AND name = ?4 AND start_ms IN
                 (SELECT start_ms FROM blocks WHERE site = ?1 AND granularity = ?2 AND dimension = ?3 AND name = ?4
                    AND start_ms < ?5 ORDER BY start_ms LIMIT ?6)
               RETURNING bytes";
    let (mut dropped, mut events) = (0, 0u64);
    for (dimension, name) in series(connection, site, granularity)? {
        let mut statement = connection.prepare_cached(sql)?;
        let most = stored((blocks_max - dropped) as u64);
        let (length, number) = (length(granularity), number(dimension));
        let mut rows = statement.query(params![site.0, length, number, name, stored(from_ms), most])?;
        while let Some(row) = rows.next()? {
            dropped += 1;
            if (dimension, granularity) == (RollupDimension::Total, Granularity::Day) {
                let block = Block::open(row.get(0)?)?;
                events = block.iter().fold(events, |sum, row| sum.saturating_add(row.events()));
            }
        }
        if dropped >= blocks_max {
            break;
        }
    }
    if events > 0 {
        note_dropped(connection, site, events)?;
    }
    Ok(dropped)
}

/// Adds to the events of a site that are in no block any more.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn note_dropped(connection: &Connection, site: SiteKey, events: u64) -> Result<(), LedgerError> {
    let sql = "INSERT INTO dropped_events (site, events) VALUES (?1, ?2)
               ON CONFLICT DO UPDATE SET events = events + excluded.events";
    connection.prepare_cached(sql)?.execute(params![site.0, stored(events)])?;
    Ok(())
}

/// Values that a window of that length keeps apart. What a minute keeps apart, the edges decide.
pub fn values_max(granularity: Granularity) -> usize {
    match granularity {
        Granularity::Minute => usize::MAX,
        Granularity::Hour | Granularity::Day => BLOCK_VALUES_MAX,
    }
}

/// How a length of windows is stored.
pub(super) fn length(granularity: Granularity) -> i64 {
    granularity as i64
}

/// How a dimension is stored: its place in [`RollupDimension::ALL`], which never changes.
pub(super) fn number(dimension: RollupDimension) -> i64 {
    dimension as i64
}

/// The dimension that is stored so.
pub(super) fn dimension(number: i64) -> Result<RollupDimension, LedgerError> {
    let found = RollupDimension::ALL.into_iter().find(|known| self::number(*known) == number);
    found.ok_or_else(|| LedgerError::Damaged(format!("a block of dimension {number}")))
}

impl From<BlockError> for LedgerError {
    fn from(error: BlockError) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<MergeError> for LedgerError {
    fn from(error: MergeError) -> Self {
        Self::Damaged(error.to_string())
    }
}

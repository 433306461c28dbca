//! Blocks of a day as rows, rows in place of a day's blocks, and which frames bear on a day.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use domain::rebuild::Rows;
use domain::rollup::{Block, Horizon, Rollup, joined, named};
use domain::window::Granularity;
use rusqlite::{Connection, OptionalExtension, params};
use wire::Id128;
use wire::frame::{Frame, RollupDimension};

use super::block::{self, BlockKey};
use super::site::SiteKey;
use super::{LedgerError, stored};

/// How far the log had come, and how far the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Blocks hold all frames through this position.
    pub blocks: i64,
    /// Position of the site's last frame.
    pub log: i64,
}

/// How far log and blocks are.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn reach(connection: &Connection, site: SiteKey) -> Result<Reach, LedgerError> {
    let mut last = connection.prepare_cached("SELECT coalesce(max(position), 0) FROM frames WHERE site = ?1")?;
    let log = last.query_row([site.0], |row| row.get(0))?;
    Ok(Reach { blocks: block::checkpoint(connection)?.position, log })
}

/// Ids of the events of a site's frames that the blocks do not hold yet.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or a stored frame cannot be read any more.
pub fn hot_events(connection: &Connection, site: SiteKey, reach: Reach) -> Result<BTreeSet<Id128>, LedgerError> {
    let mut ids = BTreeSet::new();
    each_frame(connection, site, reach.blocks, reach.log, |frame| {
        ids.extend(frame.into_iter().flat_map(|frame| frame.events).map(|event| event.id));
        true
    })?;
    Ok(ids)
}

/// Whether a frame of a site behind `after` and up to `through` says something of a span of days, or may have: one whose
/// bytes are gone may.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or a stored frame cannot be read any more.
pub fn is_touched(
    connection: &Connection,
    site: SiteKey,
    span: &Range<u64>,
    after: i64,
    through: i64,
) -> Result<bool, LedgerError> {
    let mut is_touched = false;
    each_frame(connection, site, after, through, |frame| {
        is_touched |= frame.is_none_or(|frame| frame.rows.iter().any(|row| span.contains(&row.start_ms)));
        !is_touched
    })?;
    Ok(is_touched)
}

/// The blocks of a span, as rows.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or a block is damaged.
pub fn rows(
    connection: &Connection,
    site: SiteKey,
    granularity: Granularity,
    span: &Range<u64>,
) -> Result<Rows, LedgerError> {
    let mut rows = Rows::new();
    for (dimension, name) in dimensions(connection, site, granularity)? {
        block::each(connection, site, granularity, (dimension, &name), span.clone(), |start_ms, block| {
            for row in block.iter().filter(|row| !row.is_zero()) {
                let rollup = row.rollup().map_err(|e| LedgerError::Damaged(e.to_string()))?;
                let value = if name.is_empty() { row.value().to_owned() } else { joined([name.as_str(), row.value()]) };
                rows.insert((start_ms, dimension, value), rollup);
            }
            Ok(())
        })?;
    }
    Ok(rows)
}

/// Events of a span's days by their total blocks.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or a block is damaged.
pub fn day_events(connection: &Connection, site: SiteKey, span: &Range<u64>) -> Result<u64, LedgerError> {
    let mut events = 0u64;
    let total = (RollupDimension::Total, "");
    block::each(connection, site, Granularity::Day, total, span.clone(), |_, block| {
        events = block.iter().fold(events, |sum, row| sum.saturating_add(row.events()));
        Ok(())
    })?;
    Ok(events)
}

/// Puts rows of minutes in the place of a span's blocks of every length that is kept. Belongs in a transaction, and makes
/// what was merged from these blocks out of date.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn replace(
    connection: &Connection,
    site: SiteKey,
    span: &Range<u64>,
    minutes: &Rows,
    horizon: Horizon,
) -> Result<(), LedgerError> {
    for granularity in Granularity::ALL {
        delete(connection, site, granularity, span)?;
        if span.start < horizon.of(granularity) {
            continue;
        }
        for (key, values) in blocks(site, granularity, minutes) {
            let block = Block::of(values.iter().map(|(value, rollup)| (*value, rollup)))?;
            let block = Block::default().merge_capped(&block, block::values_max(granularity))?;
            block::write(connection, &key, &block)?;
        }
    }
    block::note_change(connection)
}

type Values<'a> = BTreeMap<&'a str, Rollup>;

fn blocks(site: SiteKey, granularity: Granularity, minutes: &Rows) -> BTreeMap<BlockKey, Values<'_>> {
    let mut blocks: BTreeMap<BlockKey, Values<'_>> = BTreeMap::new();
    for ((start_ms, dimension, whole), rollup) in minutes {
        let (name, value) = named(*dimension, whole);
        let (dimension, name, start_ms) = (*dimension, name.into(), granularity.start_of(*start_ms));
        let key = BlockKey { site, granularity, dimension, name, start_ms };
        blocks.entry(key).or_default().entry(value).or_default().merge(rollup);
    }
    blocks
}

fn delete(
    connection: &Connection,
    site: SiteKey,
    granularity: Granularity,
    span: &Range<u64>,
) -> Result<(), LedgerError> {
    let sql = "DELETE FROM blocks WHERE site = ?1 AND granularity = ?2 AND dimension = ?3 AND name = ?4
                 AND start_ms >= ?5 AND start_ms < ?6";
    let mut delete = connection.prepare_cached(sql)?;
    for (dimension, name) in dimensions(connection, site, granularity)? {
        let (length, dimension) = (block::length(granularity), block::number(dimension));
        delete.execute(params![site.0, length, dimension, name, stored(span.start), stored(span.end)])?;
    }
    Ok(())
}

/// All that a site counts apart, by name. Each is sought behind the one before, so that no block is read for it.
fn dimensions(
    connection: &Connection,
    site: SiteKey,
    granularity: Granularity,
) -> Result<Vec<(RollupDimension, String)>, LedgerError> {
    let sql = "SELECT dimension, name FROM blocks WHERE site = ?1 AND granularity = ?2 AND (dimension, name) > (?3, ?4)
               ORDER BY dimension, name LIMIT 1";
    let mut next = connection.prepare_cached(sql)?;
    let mut found = Vec::new();
    let (mut number, mut name) = (-1i64, String::new());
    loop {
        let after = params![site.0, block::length(granularity), number, name];
        let Some((following, its_name)) = next.query_row(after, |row| Ok((row.get(0)?, row.get(1)?))).optional()?
        else {
            return Ok(found);
        };
        (number, name) = (following, its_name);
        let dimension = RollupDimension::ALL.into_iter().find(|known| block::number(*known) == number);
        let dimension = dimension.ok_or_else(|| LedgerError::Damaged(format!("a block of dimension {number}")))?;
        found.push((dimension, name.clone()));
    }
}

/// Hands a site's frames behind `after` and up to `through` to `take`, as long as it says so; none for one whose bytes
/// are gone.
fn each_frame(
    connection: &Connection,
    site: SiteKey,
    after: i64,
    through: i64,
    mut take: impl FnMut(Option<Frame>) -> bool,
) -> Result<(), LedgerError> {
    let sql = "SELECT bytes FROM frames LEFT JOIN frame_bytes USING (position)
               WHERE site = ?1 AND position > ?2 AND position <= ?3 ORDER BY position";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![site.0, after, through])?;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(0)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
        let frame = bytes.map(Frame::decode).transpose().map_err(|e| LedgerError::Damaged(e.to_string()))?;
        if !take(frame) {
            break;
        }
    }
    Ok(())
}

/// Notes the events of a day that were counted and are in its blocks no more.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn note_fewer(connection: &Connection, site: SiteKey, before: u64, after: u64) -> Result<(), LedgerError> {
    if before > after { block::note_dropped(connection, site, before - after) } else { Ok(()) }
}

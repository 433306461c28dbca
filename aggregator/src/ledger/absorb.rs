//! From parts to blocks: minutes as checkpoints wrote them are merged into the blocks of their minutes, hours and days.
//!
//! Blocks of an hour and a day are written anew when they absorb parts, and not with each checkpoint; a reader adds up
//! blocks and parts. Blocks are put in place and parts dropped in one transaction, so that nothing is in both or in
//! neither.

use std::collections::BTreeMap;

use domain::rollup::{Block, Horizon};
use domain::window::Granularity;
use rusqlite::Connection;
use wire::frame::RollupDimension;

use super::block::{self, BlockKey, Checkpoint};
use super::part::{self, Series};
use super::site::SiteKey;
use super::{LedgerError, settings};

/// Bytes of blocks that are put in place in one transaction, as far as a series can be parted: it takes some ten
/// milliseconds, in which no frame is counted.
const ABSORBED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Blocks that are ready to be put in place.
pub struct Absorbed {
    /// What they were merged from.
    on: Checkpoint,
    blocks: Vec<(BlockKey, Block)>,
    bytes: usize,
    /// Events of days that are not kept any more.
    dropped: BTreeMap<SiteKey, u64>,
    /// What they hold all parts of.
    series: Vec<Series>,
}

/// Merges the parts of some series with their blocks: of as many of `rest` as make a transaction. Belongs in a
/// transaction, so that parts and blocks are of one instant.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or a block is damaged.
pub fn prepare(
    connection: &Connection,
    rest: &mut impl Iterator<Item = Series>,
    now_ms: u64,
) -> Result<Absorbed, LedgerError> {
    let on = block::checkpoint(connection)?;
    let mut absorbed = Absorbed { on, blocks: Vec::new(), bytes: 0, dropped: BTreeMap::new(), series: Vec::new() };
    let mut horizon: Option<(SiteKey, Horizon)> = None;
    while absorbed.bytes < ABSORBED_BYTES_MAX
        && let Some(series) = rest.next()
    {
        let of_site = match horizon {
            Some((site, horizon)) if site == series.site => horizon,
            // What there was of a site that is deleted went with it.
            _ if !super::site::exists(connection, series.site)? => continue,
            _ => Horizon::at(now_ms, settings::read(connection, series.site)?.rollup_retention_days),
        };
        horizon = Some((series.site, of_site));
        absorbed.add(connection, series, of_site)?;
    }
    Ok(absorbed)
}

/// Puts blocks in place and drops the parts that they hold; belongs in a transaction. Answers false, and does nothing,
/// where the blocks that they were merged from have changed.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn write(connection: &Connection, absorbed: &Absorbed) -> Result<bool, LedgerError> {
    if block::checkpoint(connection)?.changes != absorbed.on.changes {
        return Ok(false);
    }
    for (key, block) in &absorbed.blocks {
        block::write(connection, key, block)?;
    }
    for (site, events) in &absorbed.dropped {
        block::note_dropped(connection, *site, *events)?;
    }
    for series in &absorbed.series {
        part::remove(connection, series, absorbed.on.position)?;
    }
    Ok(true)
}

/// Absorbs all parts of a site, or of all sites; belongs in a transaction.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or a block is damaged.
pub fn all(connection: &Connection, only: Option<SiteKey>, now_ms: u64) -> Result<(), LedgerError> {
    let mut rest = part::series(connection, only)?.into_iter().peekable();
    while rest.peek().is_some() {
        write(connection, &prepare(connection, &mut rest, now_ms)?)?;
    }
    Ok(())
}

impl Absorbed {
    /// Merges the parts of a series among themselves first: each block that is stored is read and written once.
    fn add(&mut self, connection: &Connection, series: Series, horizon: Horizon) -> Result<(), LedgerError> {
        let Series { site, dimension, name } = &series;
        let mut parts: BTreeMap<u64, Vec<Block>> = BTreeMap::new();
        part::each(connection, *site, Granularity::Minute, (*dimension, name), 0..u64::MAX, |start_ms, block| {
            parts.entry(start_ms).or_default().push(block);
            Ok(())
        })?;
        let mut sums: BTreeMap<u64, Block> = BTreeMap::new();
        for (start_ms, parts) in parts {
            sums.insert(start_ms, Block::of_all(&parts)?);
        }
        for granularity in Granularity::ALL {
            if granularity != Granularity::Minute {
                sums = longer(&sums, granularity)?;
            }
            for (start_ms, sum) in &sums {
                let (dimension, name, start_ms) = (*dimension, name.clone(), *start_ms);
                self.merge(connection, BlockKey { site: *site, granularity, dimension, name, start_ms }, sum, horizon)?;
            }
        }
        self.series.push(series);
        Ok(())
    }

    /// Merges what is new of a window with what is stored.
    fn merge(
        &mut self,
        connection: &Connection,
        place: BlockKey,
        new: &Block,
        horizon: Horizon,
    ) -> Result<(), LedgerError> {
        if place.start_ms < horizon.of(place.granularity) {
            if (place.granularity, place.dimension) == (Granularity::Day, RollupDimension::Total) {
                *self.dropped.entry(place.site).or_default() += new.iter().map(|row| row.events()).sum::<u64>();
            }
            return Ok(());
        }
        let stored = block::read(connection, &place)?;
        let values_max = block::values_max(place.granularity);
        let merged = match stored.is_empty() && new.len() <= values_max {
            true => new.clone(),
            false => stored.merge_capped(new, values_max)?,
        };
        self.bytes += merged.bytes().len();
        self.blocks.push((place, merged));
        Ok(())
    }
}

/// Shorter windows as longer ones.
fn longer(shorter: &BTreeMap<u64, Block>, granularity: Granularity) -> Result<BTreeMap<u64, Block>, LedgerError> {
    let mut windows: BTreeMap<u64, Vec<&Block>> = BTreeMap::new();
    for (start_ms, block) in shorter {
        windows.entry(granularity.start_of(*start_ms)).or_default().push(block);
    }
    let mut sums = BTreeMap::new();
    for (start_ms, blocks) in windows {
        sums.insert(start_ms, Block::of_all(blocks)?);
    }
    Ok(sums)
}

#[cfg(test)]
mod tests;

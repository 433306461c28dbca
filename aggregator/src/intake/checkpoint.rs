//! From what is hot to the blocks of the ledger.
//!
//! A checkpoint reads the blocks that a frozen layer adds to, merges, and hands the merged blocks to the writer, which
//! puts them in place and moves the checkpoint in one transaction. All but that last step happens beside the writer, on
//! a thread and a connection of its own. Where blocks were changed otherwise meanwhile, it begins anew.
//!
//! | killed | then |
//! |---|---|
//! | before the transaction is durable | the frames behind the old checkpoint are replayed |
//! | after | those behind the new one are |

use std::collections::BTreeMap;

use domain::rollup::{Block, Horizon};
use domain::window::Granularity;
use rusqlite::Connection;
use wire::frame::RollupDimension;

use crate::ledger::block::{self, BlockKey, Checkpoint};
use crate::ledger::hot::{self, Layer, Minutes};
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError, begin};

/// Blocks that are ready to be put in place.
pub struct Prepared {
    /// What they were merged from.
    on: Checkpoint,
    /// How far they reach.
    through: i64,
    blocks: Vec<(BlockKey, Block)>,
    /// Events of days that are not kept any more.
    dropped: BTreeMap<SiteKey, u64>,
}

/// Merges a layer with the blocks of the ledger.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or a block is damaged.
pub(super) fn prepare(connection: &mut Connection, layer: &Layer, now_ms: u64) -> Result<Prepared, LedgerError> {
    let instant = connection.transaction()?;
    let on = block::checkpoint(&instant)?;
    let mut prepared = Prepared { on, through: layer.through, blocks: Vec::new(), dropped: BTreeMap::new() };
    let mut sites: Vec<_> = layer.sites.iter().collect();
    sites.sort_by_key(|(site, _)| **site);
    for (site, minutes) in sites {
        // What is hot of a site that was deleted meanwhile goes with it.
        if !ledger::site::exists(&instant, *site)? {
            continue;
        }
        let retention_days = ledger::settings::read(&instant, *site)?.rollup_retention_days;
        prepared.add(&instant, *site, minutes, Horizon::at(now_ms, retention_days))?;
    }
    Ok(prepared)
}

impl Prepared {
    fn add(
        &mut self,
        connection: &Connection,
        site: SiteKey,
        minutes: &Minutes,
        horizon: Horizon,
    ) -> Result<(), LedgerError> {
        let mut last = None;
        for key in minutes.keys() {
            if last.as_ref().is_some_and(|last| *last == (key.dimension, &key.name)) {
                continue;
            }
            last = Some((key.dimension, &key.name));
            let mut windows: [BTreeMap<u64, Block>; 3] = Default::default();
            let [minutes_new, hours, days] = &mut windows;
            let dimension = (key.dimension, &*key.name);
            hot::windows(minutes, dimension, Granularity::Minute, 0..u64::MAX, |start_ms, block| {
                minutes_new.insert(start_ms, block.clone());
                Ok::<_, LedgerError>(())
            })?;
            sum_up(minutes_new, hours, Granularity::Hour)?;
            sum_up(hours, days, Granularity::Day)?;
            for (granularity, windows) in Granularity::ALL.into_iter().zip(windows) {
                for (start_ms, block) in windows {
                    let (dimension, name) = (key.dimension, key.name.clone());
                    let place = BlockKey { site, granularity, dimension, name, start_ms };
                    self.merge(connection, place, block, horizon)?;
                }
            }
        }
        Ok(())
    }

    /// Merges what is new of a window with what is stored.
    fn merge(
        &mut self,
        connection: &Connection,
        place: BlockKey,
        new: Block,
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
        let merged =
            if stored.is_empty() && new.len() <= values_max { new } else { stored.merge_capped(&new, values_max)? };
        self.blocks.push((place, merged));
        Ok(())
    }
}

/// Merges shorter windows to longer ones.
fn sum_up(
    shorter: &BTreeMap<u64, Block>,
    longer: &mut BTreeMap<u64, Block>,
    granularity: Granularity,
) -> Result<(), LedgerError> {
    for (start_ms, block) in shorter {
        let sum = longer.entry(granularity.start_of(*start_ms)).or_default();
        *sum = if sum.is_empty() { block.clone() } else { sum.merge(block)? };
    }
    Ok(())
}

/// Puts blocks in place, moves the checkpoint, and lets go of the bytes of frames that hold no events. Answers false, and
/// does nothing, where the blocks that they were merged from have changed.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub(super) fn write(connection: &mut Connection, prepared: &Prepared) -> Result<bool, LedgerError> {
    let transaction = begin(connection)?;
    if block::checkpoint(&transaction)? != prepared.on {
        return Ok(false);
    }
    for (key, block) in &prepared.blocks {
        block::write(&transaction, key, block)?;
    }
    for (site, events) in &prepared.dropped {
        block::note_dropped(&transaction, *site, *events)?;
    }
    block::move_checkpoint(&transaction, prepared.through)?;
    ledger::frame::drop_bytes_without_events(&transaction, prepared.on.position, prepared.through)?;
    transaction.commit()?;
    Ok(true)
}

//! From what is hot to the parts of the ledger.
//!
//! A checkpoint writes a frozen layer's minutes as parts, and moves the checkpoint in the same transaction. Blocks of
//! minutes, hours and days are made of parts by and by ([`super::absorbing`]): to write them anew with each checkpoint
//! would be most of what intake costs. What is encoded is encoded beside the writer, on a thread of its own. Where a site
//! was deleted meanwhile, it begins anew.
//!
//! | killed | then |
//! |---|---|
//! | before the transaction is durable | the frames behind the old checkpoint are replayed |
//! | after | those behind the new one are |

use std::sync::Arc;

use domain::rollup::Block;
use rusqlite::Connection;

use crate::ledger::block::{self, Checkpoint};
use crate::ledger::hot::{Layer, MinuteKey};
use crate::ledger::part::{self, Series};
use crate::ledger::{self, LedgerError, begin};

/// Parts that are ready to be written.
pub struct Prepared {
    /// What the ledger was when they were made.
    on: Checkpoint,
    /// How far they reach.
    through: i64,
    parts: Vec<(Series, u64, Arc<Block>)>,
}

/// Makes parts of a layer.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or there are too many rows.
pub(super) fn prepare(connection: &mut Connection, layer: &Layer) -> Result<Prepared, LedgerError> {
    let instant = connection.transaction()?;
    let mut prepared = Prepared { on: block::checkpoint(&instant)?, through: layer.through, parts: Vec::new() };
    let mut sites: Vec<_> = layer.sites.iter().collect();
    sites.sort_by_key(|(site, _)| **site);
    for (site, minutes) in sites {
        // What is hot of a site that was deleted meanwhile goes with it.
        if !ledger::site::exists(&instant, *site)? {
            continue;
        }
        for (MinuteKey { dimension, name, start_ms }, counts) in minutes.iter() {
            let block = counts.block()?;
            if !block.is_empty() {
                let series = Series { site: *site, dimension: *dimension, name: name.clone() };
                prepared.parts.push((series, *start_ms, block));
            }
        }
    }
    Ok(prepared)
}

impl Prepared {
    /// Bytes of its parts.
    pub(super) fn bytes(&self) -> usize {
        self.parts.iter().map(|(_, _, block)| block.bytes().len()).sum()
    }
}

/// Writes parts, moves the checkpoint, and lets go of the bytes of frames that hold no events. Answers false, and does
/// nothing, where the ledger has changed otherwise.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub(super) fn write(connection: &mut Connection, prepared: &Prepared) -> Result<bool, LedgerError> {
    let transaction = begin(connection)?;
    if block::checkpoint(&transaction)? != prepared.on {
        return Ok(false);
    }
    for (series, start_ms, block) in &prepared.parts {
        part::add(&transaction, series, *start_ms, prepared.through, block)?;
    }
    block::move_checkpoint(&transaction, prepared.through)?;
    ledger::frame::drop_bytes_without_events(&transaction, prepared.on.position, prepared.through)?;
    transaction.commit()?;
    Ok(true)
}

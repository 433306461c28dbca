//! Dropping what is too old, by and by: of the rollups minutes before hours, and hours before days; then the memory of
//! frames and erased events that nobody can send again.

use domain::delta::intake::COMES_AGAIN_MS;
use domain::rollup::Horizon;
use domain::window::Granularity;
use rusqlite::Connection;

use crate::config::StableAfter;
use crate::ledger::{self, LedgerError, begin, block, forget};

/// Blocks dropped in one transaction: it takes a few milliseconds, in which no frame is counted.
const BLOCKS_AT_ONCE: usize = 500;

/// Ids dropped in one transaction.
const IDS_AT_ONCE: usize = 2000;

/// What is dropped where, a step at a time.
pub(super) struct Retention {
    stable_after: StableAfter,
    frames: forget::Pass,
}

impl Retention {
    /// Begins at the oldest.
    pub fn new(stable_after: StableAfter) -> Self {
        Self { stable_after, frames: forget::Pass::default() }
    }

    /// Drops a part of what is too old. Answers whether there may be more.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails; what is too old then goes later.
    pub fn step(&mut self, connection: &mut Connection, now_ms: u64) -> Result<bool, LedgerError> {
        if step(connection, now_ms)? {
            return Ok(true);
        }
        let transaction = begin(connection)?;
        let before_ms = now_ms.saturating_sub(COMES_AGAIN_MS);
        let mut has_more = ledger::deletion::forget_erased(&transaction, before_ms, IDS_AT_ONCE)? == IDS_AT_ONCE;
        if !has_more {
            has_more = self.frames.step(&transaction, self.stable_after, now_ms)?;
        }
        transaction.commit()?;
        Ok(has_more)
    }
}

/// Drops at most [`BLOCKS_AT_ONCE`] blocks. Answers whether there may be more.
///
/// # Errors
/// [`LedgerError`] when the ledger fails; what is too old then goes later.
pub(super) fn step(connection: &mut Connection, now_ms: u64) -> Result<bool, LedgerError> {
    let transaction = begin(connection)?;
    let mut room = BLOCKS_AT_ONCE;
    for site in ledger::site::keys(&transaction)? {
        let retention_days = ledger::settings::read(&transaction, site)?.rollup_retention_days;
        let horizon = Horizon::at(now_ms, retention_days);
        for granularity in Granularity::ALL {
            room -= block::drop_before(&transaction, site, granularity, horizon.of(granularity), room)?;
            if room == 0 {
                break;
            }
        }
        if room == 0 {
            break;
        }
    }
    if room < BLOCKS_AT_ONCE {
        // What a checkpoint has merged meanwhile may be of blocks that are gone.
        block::note_change(&transaction)?;
        transaction.commit()?;
    }
    Ok(room == 0)
}

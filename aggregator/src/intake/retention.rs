//! Dropping what is too old of the rollups, by and by: minutes go before hours, and hours before days.

use domain::rollup::Horizon;
use domain::window::Granularity;
use rusqlite::Connection;

use crate::ledger::{self, LedgerError, begin, block};

/// Blocks dropped in one transaction: it takes a few milliseconds, in which no frame is counted.
const BLOCKS_AT_ONCE: usize = 500;

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

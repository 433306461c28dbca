//! When blocks absorb parts: after enough checkpoints, or enough bytes of them, and when the server stops. It is done in
//! steps of a transaction each, and a checkpoint comes between two of them when one is due.
//!
//! | killed | then |
//! |---|---|
//! | before a step's transaction is durable | its parts are there still, and absorbed the next time |
//! | after | they are in their blocks |
//! | between two steps | some series are absorbed, others are not: what both say is the same |

use std::collections::VecDeque;

use rusqlite::Connection;

use crate::clock::now_ms;
use crate::ledger::absorb::{self, Absorbed};
use crate::ledger::part::{self, Series};
use crate::ledger::{LedgerError, begin};

/// Checkpoints after which parts are absorbed: as many parts of a minute, at most, are what a reader adds up in the stead
/// of a block.
const CHECKPOINTS_DUE: usize = 16;

/// Bytes of parts after which parts are absorbed: two seconds of merging, and a hundredth of a disk.
const BYTES_DUE: usize = 128 * 1024 * 1024;

/// What is not absorbed yet.
#[derive(Debug)]
pub(super) struct Absorbing {
    checkpoints: usize,
    bytes: usize,
    /// Of what is under way: what is left to do.
    rest: VecDeque<Series>,
    is_under_way: bool,
}

impl Absorbing {
    /// What an earlier life left is absorbed first.
    pub fn new() -> Self {
        Self { checkpoints: CHECKPOINTS_DUE, bytes: 0, rest: VecDeque::new(), is_under_way: false }
    }

    /// Notes a checkpoint.
    pub fn wrote(&mut self, bytes: usize) {
        self.checkpoints += 1;
        self.bytes += bytes;
    }

    /// Whether there is something to do now.
    pub fn is_due(&self) -> bool {
        self.is_under_way || self.checkpoints >= CHECKPOINTS_DUE || self.bytes >= BYTES_DUE
    }

    /// Merges what the next step puts in place; none when all is absorbed.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails or a block is damaged.
    pub fn step(&mut self, connection: &mut Connection) -> Result<Option<Absorbed>, LedgerError> {
        let instant = connection.transaction()?;
        if !self.is_under_way {
            self.rest = part::series(&instant, None)?.into();
            (self.checkpoints, self.bytes, self.is_under_way) = (0, 0, true);
        }
        if self.rest.is_empty() {
            self.is_under_way = false;
            return Ok(None);
        }
        let mut next = std::iter::from_fn(|| self.rest.pop_front());
        absorb::prepare(&instant, &mut next, now_ms()).map(Some)
    }

    /// Begins anew: the last step was not put in place.
    pub fn again(&mut self) {
        (self.checkpoints, self.is_under_way) = (CHECKPOINTS_DUE, false);
    }
}

/// Puts a step in place; false where it must be merged anew.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub(super) fn write(connection: &mut Connection, absorbed: &Absorbed) -> Result<bool, LedgerError> {
    let transaction = begin(connection)?;
    let is_written = absorb::write(&transaction, absorbed)?;
    transaction.commit()?;
    Ok(is_written)
}

//! What the writer is asked to do, and whom it answers.

use std::sync::mpsc::SyncSender;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use wire::frame::{Acknowledgement, Hello, HelloAnswer};
use wire::{Epoch, Id128, Seq};

use super::check::{CheckedFrame, Refused};
use super::checkpoint::Prepared;
use crate::ledger::LedgerError;
use crate::ledger::absorb::Absorbed;

/// Where an answer goes once it is durable. Dropped without one, it tells the asker that nothing was written.
pub type Reply<T> = oneshot::Sender<T>;

/// Answers an asker; called after the commit.
pub type Answer = Box<dyn FnOnce() + Send>;

/// Writes at a time, Unix milliseconds.
pub type Work = Box<dyn FnOnce(&Connection, u64) -> Result<Answer, LedgerError> + Send>;

/// One thing to write.
pub enum Job {
    /// Count a frame.
    Frame(Box<CheckedFrame>, Reply<Acknowledgement>, OwnedSemaphorePermit),
    /// Set a frame aside.
    Refuse(Box<Refused>, Reply<Acknowledgement>, OwnedSemaphorePermit),
    /// Hand out an epoch.
    Hello(Hello, Reply<HelloAnswer>),
    /// Write whatever else there is, apart from the others' work.
    Write(Work),
    /// Learn whether the ledger can be written.
    Probe(Reply<()>),
    /// Write the parts of a checkpoint; false when they must be made anew.
    Checkpoint(Prepared, SyncSender<bool>),
    /// Put blocks in the place of parts; false when they must be merged anew.
    Absorb(Absorbed, SyncSender<bool>),
    /// Drop a part of the rollups that are too old; false when there are none left.
    Retain(SyncSender<bool>),
    /// Everything before this was written; stop.
    Stop,
}

impl Job {
    /// Edge, epoch and number of its frame; none goes first.
    pub(super) fn place(&self) -> Option<(Id128, Epoch, Seq)> {
        match self {
            Self::Frame(checked, ..) => Some((checked.frame.edge_id, checked.frame.epoch, checked.frame.seq)),
            _ => None,
        }
    }

    /// Bytes that it brings.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Frame(checked, ..) => checked.bytes.len(),
            Self::Refuse(refused, ..) => refused.bytes.len(),
            _ => 0,
        }
    }
}

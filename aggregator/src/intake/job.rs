//! What the writer is asked to do, and whom it answers.

use std::sync::mpsc::SyncSender;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use wire::frame::{Acknowledgement, Hello, HelloAnswer};
use wire::{Epoch, Id128, Seq};

use super::check::{CheckedFrame, Refused};
use super::checkpoint::Prepared;
use crate::secret::SecretHash;

/// Where an answer goes once it is durable. Dropped without one, it tells the asker that nothing was written.
pub type Reply<T> = oneshot::Sender<T>;

/// One thing to write.
pub enum Job {
    /// Count a frame.
    Frame(Box<CheckedFrame>, Reply<Acknowledgement>, OwnedSemaphorePermit),
    /// Set a frame aside.
    Refuse(Box<Refused>, Reply<Acknowledgement>, OwnedSemaphorePermit),
    /// Hand out an epoch.
    Hello(Hello, Reply<HelloAnswer>),
    /// Trade a link for a session; false when the link is not valid.
    SignIn(SignIn, Reply<bool>),
    /// End a session.
    SignOut(SecretHash, Reply<()>),
    /// Learn whether the ledger can be written.
    Probe(Reply<()>),
    /// Put the blocks of a checkpoint in place; false when they must be merged anew.
    Checkpoint(Prepared, SyncSender<bool>),
    /// Drop a part of the rollups that are too old; false when there are none left.
    Retain(SyncSender<bool>),
    /// Everything before this was written; stop.
    Stop,
}

/// A link and the session it opens.
pub struct SignIn {
    /// The link.
    pub link: SecretHash,
    /// The session.
    pub session: SecretHash,
    /// When the session ends, Unix milliseconds.
    pub expires_at_ms: u64,
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

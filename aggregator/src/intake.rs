//! Frames on their way into the ledger: checked side by side, logged one group at a time, counted in memory, and written
//! as blocks by and by.
//!
//! ```text
//!  request ──► signature ──► body ──► CheckedFrame ──► queue ──► writer: one transaction a group ──► hot ──► answer
//!                                                                                                    │
//!                                                         parts ◄── writer ◄── checkpoint: encode ◄──┘
//!                                                           └─► absorb: merge ─► writer ──► blocks
//! ```

mod absorbing;
mod background;
pub mod check;
pub mod checkpoint;
mod group;
pub mod job;
mod replay;
mod retention;
pub mod writer;

pub(crate) use background::spawn;
pub use check::CheckedFrame;
pub use job::Job;
pub use replay::SealedIds;
pub use writer::{Unavailable, Writer};

//! Frames on their way into the ledger: checked side by side, counted one group at a time.
//!
//! ```text
//!  request ──► signature ──► body ──► CheckedFrame ──► queue ──► writer: one transaction a group ──► answer
//! ```

pub mod check;
mod group;
pub mod job;
mod replay;
pub mod writer;

pub use check::CheckedFrame;
pub use job::Job;
pub use writer::{Unavailable, Writer};

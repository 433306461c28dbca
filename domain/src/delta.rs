//! How frames are counted exactly once: [`intake`] decides at the aggregator, [`outbox`] at the edge.
//!
//! One edge object is one writer. It numbers its frames 1, 2, 3, … within an epoch that the aggregator hands
//! out on hello. The aggregator keeps one mark per edge and epoch, in the same transaction as what the frame adds, so
//! a frame is news, a repetition, or a fault, and never two of these.

pub mod intake;
pub mod outbox;

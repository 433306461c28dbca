//! How frames are counted exactly once: [`intake`] decides at the aggregator, [`edge`] orders the steps of an edge
//! object, [`outbox`] reads the answers for it.
//!
//! One edge object is one writer. It numbers its frames 1, 2, 3, … within an epoch that the aggregator hands
//! out on hello. The aggregator keeps one mark per edge and epoch, in the same transaction as what the frame adds, so
//! a frame is news, a repetition, or a fault, and never two of these.
//!
//! Both ends are asked what to do and told what came of it; they touch nothing themselves. So the worker, the
//! aggregator and the simulation (`domain/tests/simulation/`) run the same decisions in the same order.

pub mod edge;
pub mod intake;
pub mod outbox;

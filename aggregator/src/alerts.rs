//! Alerts: looked at when their buckets are counted, told through the [outbox](crate::outbox).
//!
//! ```text
//!  watch ──► look ──[one transaction: how it stands, history, what is to be sent]──► ledger ──► outbox
//! ```
//!
//! What an alert says is decided by `domain::alert`. A look reads by [`crate::questions::answer`], so an alert sees what a
//! question of the same filters is answered. A kill loses nothing: what was not looked at is looked at again.

pub mod look;
mod payload;
pub mod preview;
mod watch;

pub use watch::watch;

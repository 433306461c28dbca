//! Email digests: composed when their week or month is over, sent through the [outbox](crate::outbox).
//!
//! ```text
//!  watch ──► compose ──[one transaction: edition taken up, letter waits]──► ledger ──► outbox
//! ```
//!
//! Which edition is due and how it is told is `domain::digest`'s to say. Its numbers are those of
//! [`crate::questions::answer`], as on the dashboard. An edition is taken up once for each subscriber, in the transaction
//! that puts its letter into the outbox; one that was due while the server was away is sent when it is back.

mod compose;
mod letter;
mod watch;

pub use compose::{About, compose};
pub use watch::watch;

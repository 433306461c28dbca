//! What waits to be sent: written in one transaction with what it tells, sent at least once.
//!
//! ```text
//!  alerts, digests ──[their transaction]──► ledger::delivery ──► send ──► webhook, Slack, mail
//! ```
//!
//! A kill loses nothing: what was not sent for certain is sent again, under the same id.

pub mod mail;
mod send;
pub mod signature;
pub mod target;

pub use send::send;

use crate::http::refusal::Refusal;
use crate::secret;

/// Random bytes of a delivery's name.
const NAME_BYTES: usize = 16;

/// Draws a delivery's name: `msg_` and 32 hex digits.
///
/// # Errors
/// [`Refusal::Internal`] when the system gives no randomness.
pub fn id() -> Result<String, Refusal> {
    let drawn: [u8; NAME_BYTES] =
        secret::draw_bytes().map_err(|_| Refusal::Internal("the system has no randomness to give"))?;
    Ok(drawn.iter().fold("msg_".to_owned(), |id, byte| id + &format!("{byte:02x}")))
}

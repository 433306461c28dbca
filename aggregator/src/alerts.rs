//! Alerts: looked at when their buckets are counted, told through an outbox.
//!
//! ```text
//!  watch ──► look ──[one transaction: how it stands, history, what is to be sent]──► ledger ──► send ──► webhook, mail
//! ```
//!
//! What an alert says is decided by `domain::alert`. A look reads by [`crate::questions::answer`], so an alert sees what a
//! question of the same filters is answered. A kill loses nothing: what was not looked at is looked at again, and what
//! was not sent for certain is sent again under the same id.

pub mod look;
mod mail;
pub mod preview;
mod send;
pub mod target;
mod watch;
pub mod webhook;

use std::sync::Arc;

use crate::http::Shared;

/// Looks at alerts and sends what they tell, until the server stops.
pub async fn run(service: Shared) {
    // Fails where another part of the program chose the same before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let both = async { tokio::join!(watch::watch(&service), send::send(&service)) };
    tokio::select! {
        _ = both => {}
        () = Arc::clone(&service).stopped() => {}
    }
}

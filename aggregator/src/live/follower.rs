//! One client of a stream.
//!
//! | the newest look | the follower gets |
//! |---|---|
//! | of another moment than it has seen | the whole of it |
//! | the same, but the last message is [`STATE_INTERVAL_MAX`] old | the whole of it, for its time |
//! | the same | a beat |
//!
//! A message is always the whole state, never a difference: it is ~4 KB, and differences would need a client that keeps
//! state and a server that knows what each client has. A client that comes back with the id of what it has seen is sent
//! nothing until something changes.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use tokio::sync::watch;

use super::Moment;
use super::publisher::Published;
use crate::metrics;

/// Longest time without a message that programs see: dashboards take a stream that is silent for 25 s for dead.
const STATE_INTERVAL_MAX: Duration = Duration::from_secs(19);

/// A comment: keeps the connection alive, and is seen by no program.
const BEAT_MESSAGE: Bytes = Bytes::from_static(b":\n\n");

/// Follows a site.
pub struct Follower {
    published: watch::Receiver<Option<Published>>,
    seen: Option<Moment>,
    told: Instant,
    is_new: bool,
}

impl Follower {
    pub(super) fn new(mut published: watch::Receiver<Option<Published>>, seen: Option<Moment>) -> Self {
        let is_new = published.borrow_and_update().is_some();
        Self { published, seen, told: Instant::now(), is_new }
    }

    /// Waits for the next message; none when there will be no more. Nothing is lost when it is given up.
    pub async fn next(&mut self) -> Option<Bytes> {
        loop {
            if !std::mem::take(&mut self.is_new) {
                self.published.changed().await.ok()?;
            }
            let published = self.published.borrow_and_update().clone();
            let Some(Published { look }) = published else { continue };
            if self.seen == Some(look.moment) && self.told.elapsed() < STATE_INTERVAL_MAX {
                metrics::message("beat");
                return Some(BEAT_MESSAGE);
            }
            (self.seen, self.told) = (Some(look.moment), Instant::now());
            metrics::message("state");
            return Some(look.message);
        }
    }
}

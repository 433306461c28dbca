//! Single events of a site for those who watch them come in.
//!
//! | who watches | is told |
//! |---|---|
//! | begins | the newest events |
//! | comes back with a position | what came since, at most [`FEED_EVENTS_MAX`] events of it |
//! | goes on | on every change, at whole seconds, what came since: [`FEED_EVENTS_PER_SECOND`] events for each second |
//! | and nothing comes | after [`BEAT`] that nothing came, so that they know the stream for alive |
//!
//! All who go on look at the same moments from the same position, so that one reading serves them all.

use std::time::Duration;

use tokio::sync::watch;
use wire::feed::{FEED_EVENTS_MAX, FEED_EVENTS_PER_SECOND, Feed};

use super::{BEAT, Change, Live};
use crate::clock::now_ms;
use crate::ledger;
use crate::ledger::readers::ReadError;
use crate::ledger::site::SiteKey;

/// One reading, and what it was of.
pub(super) struct Kept {
    change: u64,
    after: Option<u64>,
    events_max: usize,
    feed: Feed,
}

/// Watches a site's events.
pub struct FeedFollower {
    changes: watch::Receiver<Change>,
    seen: Option<u64>,
    told_ms: Option<u64>,
}

impl Live {
    /// Watches a site's events from `seen` on, or from the newest.
    pub fn watch_feed(&self, site: SiteKey, seen: Option<u64>) -> FeedFollower {
        FeedFollower { changes: self.watched(site).changes.subscribe(), seen, told_ms: None }
    }

    /// What a site took in since `after`.
    ///
    /// # Errors
    /// [`ReadError`] when the ledger cannot be read.
    pub async fn feed(
        &self,
        site: SiteKey,
        tracking_id: &str,
        after: Option<u64>,
        events_max: usize,
    ) -> Result<Feed, ReadError> {
        let watched = self.watched(site);
        let mut kept = watched.feed.lock().await;
        let change = watched.changes.borrow().count;
        if let Some(kept) = kept.as_ref()
            && (kept.change, kept.after, kept.events_max) == (change, after, events_max)
        {
            return Ok(Feed { timestamp: now_ms(), ..kept.feed.clone() });
        }
        let read = move |connection: &_| ledger::feed::since(connection, site, after, events_max);
        let taken = self.readers.read(read).await?;
        let feed = Feed {
            tracking_id: tracking_id.to_owned(),
            timestamp: now_ms(),
            position: taken.position,
            taken: taken.events,
            events: taken.listed,
        };
        *kept = Some(Kept { change, after, events_max, feed: feed.clone() });
        Ok(feed)
    }
}

impl FeedFollower {
    /// What to tell next. Nothing is lost when it is given up.
    ///
    /// # Errors
    /// [`ReadError`] when the ledger cannot be read.
    pub async fn next(&mut self, live: &Live, site: SiteKey, tracking_id: &str) -> Result<Feed, ReadError> {
        let most = match self.told_ms {
            None => FEED_EVENTS_MAX,
            Some(told_ms) => {
                let _ = tokio::time::timeout(BEAT, self.changes.changed()).await;
                let now_ms = now_ms();
                tokio::time::sleep(Duration::from_millis(1_000 - now_ms % 1_000)).await;
                let seconds = usize::try_from(now_ms.saturating_sub(told_ms) / 1_000).unwrap_or_default();
                (seconds.max(1) * FEED_EVENTS_PER_SECOND).min(FEED_EVENTS_MAX)
            }
        };
        self.changes.mark_unchanged();
        let feed = live.feed(site, tracking_id, self.seen, most).await?;
        (self.seen, self.told_ms) = (Some(feed.position), Some(feed.timestamp));
        Ok(feed)
    }
}

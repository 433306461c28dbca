//! One task for each site that is followed: looks, tells all followers, and waits for news.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use domain::realtime;
use domain::window::MINUTE_MS;

use super::{BEAT, Live, Look, Watched, pause};
use crate::clock::now_ms;
use crate::ledger::site::SiteKey;
use crate::metrics;

/// Sites look at different moments of a new minute, spread over so many milliseconds: all at once would take a core for
/// as many milliseconds as there are sites.
const MINUTE_SPREAD_MS: u64 = 2_000;

/// What a publisher tells.
#[derive(Clone)]
pub(super) struct Published {
    /// The newest look.
    pub look: Look,
}

/// Publishes a site until nobody follows it any more.
pub(super) async fn run(live: Arc<Live>, site: SiteKey, tracking_id: String) {
    let watched = live.watched(site);
    let mut changes = watched.changes.subscribe();
    let mut shown = 0;
    while has_followers(&watched) {
        let mut unshown = None;
        // Nothing is told by this: nobody waits for it.
        watched.changes.send_if_modified(|change| {
            unshown = change.unshown.take();
            false
        });
        match live.look(site, &tracking_id).await {
            Ok(look) => {
                if let Some(since) = unshown {
                    metrics::shown(since.elapsed());
                }
                shown = look.change;
                watched.published.send_replace(Some(Published { look }));
            }
            // The followers keep what they have; the next look may do better.
            Err(e) => tracing::warn!("a live stream is not brought up to date: {e}"),
        }
        tokio::time::sleep(pause(watched.published.receiver_count())).await;
        let news = changes.wait_for(|change| change.count != shown);
        tokio::select! {
            _ = news => {}
            () = tokio::time::sleep(until_beat(site, now_ms())) => {}
            () = watched.published.closed() => {}
        }
    }
}

/// Whether anybody follows; if not, the next one starts another publisher, and finds nothing old.
fn has_followers(watched: &Watched) -> bool {
    let mut is_publishing = watched.is_publishing.lock().unwrap_or_else(PoisonError::into_inner);
    *is_publishing = watched.published.receiver_count() > 0;
    if !*is_publishing {
        watched.published.send_replace(None);
    }
    *is_publishing
}

/// How long to wait where nothing happens: until the next minute begins, or [`BEAT`].
fn until_beat(site: SiteKey, now_ms: u64) -> Duration {
    let spread_ms = site.number().wrapping_mul(0x9e37_79b9) % MINUTE_SPREAD_MS;
    let minute_ms = realtime::minute(now_ms) + MINUTE_MS + spread_ms;
    BEAT.min(Duration::from_millis(minute_ms.saturating_sub(now_ms)))
}

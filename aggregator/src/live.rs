//! Every site as it is now, computed once for all who look.
//!
//! A look is shared: until the site changes, the minute is over or the look is old, everyone gets the same numbers in the
//! same buffers. While a site has followers, one task of its own looks again on every change ([`publisher`]) and
//! hands the newest look to all of them ([`follower`]).
//!
//! | who | waits for |
//! |---|---|
//! | publisher | a change, a new minute, or [`BEAT`]; but [`pause`] at least between two looks |
//! | follower | the publisher's newest look: those it missed meanwhile it never sees |

mod counted;
mod feed;
mod follower;
mod look;
mod publisher;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::counters::Asked;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

pub use counted::CountError;
pub use feed::FeedFollower;
pub use follower::Follower;
pub use look::{Look, Moment};
use publisher::Published;

use crate::clock::now_ms;
use crate::ledger::hot::Hot;
use crate::ledger::readers::{ReadError, Readers};
use crate::ledger::site::SiteKey;
use crate::metrics::{self, Found};

/// Shortest time between two looks for a site's followers.
pub const PAUSE_MIN: Duration = Duration::from_millis(500);

/// Pause for each follower, where they are many: to hand a look to one takes about 15 µs of one core, so that a site's
/// followers take less than a third of it. With twenty thousand the pause is a second.
pub const PAUSE_EACH: Duration = Duration::from_micros(50);

/// Longest pause, however many follow.
pub const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Longest silence of a stream: proxies cut what is silent for longer, usually after a minute.
pub const BEAT: Duration = Duration::from_secs(10);

/// Age at which a look is old although nothing changed: it says when it was taken.
const LOOK_AGE_MAX: Duration = Duration::from_secs(5);

/// Every site that was looked at; as many as there are sites.
pub struct Live {
    readers: Arc<Readers>,
    hot: Arc<Hot>,
    sites: Mutex<HashMap<SiteKey, Arc<Watched>>>,
    counters: Mutex<HashMap<(SiteKey, Asked), counted::Kept>>,
    places: Arc<Semaphore>,
    places_of_site: usize,
}

/// A site that is looked at.
struct Watched {
    changes: watch::Sender<Change>,
    look: tokio::sync::Mutex<Option<Look>>,
    places: Arc<Semaphore>,
    published: watch::Sender<Option<Published>>,
    is_publishing: Mutex<bool>,
    feed: tokio::sync::Mutex<Option<feed::Kept>>,
}

/// A change of a site's data.
#[derive(Clone, Copy, Debug)]
struct Change {
    /// Changes since the site is watched.
    count: u64,
    /// When the oldest of those was told that no follower was shown.
    unshown: Option<Instant>,
}

/// Places for one more stream, given back when dropped.
pub struct Place {
    _of_server: OwnedSemaphorePermit,
    _of_site: OwnedSemaphorePermit,
    _counted: metrics::Open,
}

/// All places are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Those of the server.
    Server,
    /// Those of the site.
    Site,
}

impl Live {
    /// Looks through `readers`, for at most `streams_max` streams, of which one site has `streams_of_site_max`.
    pub fn new(readers: Arc<Readers>, hot: Arc<Hot>, streams_max: usize, streams_of_site_max: usize) -> Self {
        let places = Arc::new(Semaphore::new(streams_max.min(Semaphore::MAX_PERMITS)));
        let places_of_site = streams_of_site_max.min(Semaphore::MAX_PERMITS);
        Self { readers, hot, sites: Mutex::default(), counters: Mutex::default(), places, places_of_site }
    }

    /// Notes that a site's data changed.
    pub fn changed(&self, site: SiteKey) {
        if let Some(watched) = self.sites.lock().unwrap_or_else(PoisonError::into_inner).get(&site) {
            watched.changes.send_modify(|change| {
                change.count += 1;
                change.unshown.get_or_insert_with(Instant::now);
            });
        }
    }

    /// A place for one more stream of a site.
    ///
    /// # Errors
    /// [`Full`] when all are taken.
    pub fn place(&self, site: SiteKey) -> Result<Place, Full> {
        let of_server = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Full::Server);
        let of_site = || Arc::clone(&self.watched(site).places).try_acquire_owned().map_err(|_| Full::Site);
        let taken = of_server.and_then(|of_server| Ok((of_server, of_site()?)));
        let (of_server, of_site) = taken.inspect_err(|full| {
            metrics::stream_refused(match full {
                Full::Server => "server",
                Full::Site => "site",
            });
        })?;
        Ok(Place { _of_server: of_server, _of_site: of_site, _counted: metrics::stream() })
    }

    /// The site now: nothing changed since, but at most [`LOOK_AGE_MAX`] may have passed.
    ///
    /// # Errors
    /// [`ReadError`] when the ledger cannot be read.
    pub async fn look(&self, site: SiteKey, tracking_id: &str) -> Result<Look, ReadError> {
        let watched = self.watched(site);
        // Everyone who asks meanwhile waits here, and then finds the look that was taken.
        let mut kept = watched.look.lock().await;
        let change = watched.changes.borrow().count;
        if let Some(look) = kept.as_ref()
            && look.is_of(change, now_ms())
            && look.taken.elapsed() < LOOK_AGE_MAX
        {
            metrics::cache("look", Found::Hit);
            return Ok(look.clone());
        }
        metrics::cache("look", Found::Miss);
        let look = look::take(&self.readers, &self.hot, site, tracking_id, change).await?;
        *kept = Some(look.clone());
        Ok(look)
    }

    /// The moment that the last look was taken at, as long as all that was seen then is true.
    pub async fn moment(&self, site: SiteKey) -> Option<Moment> {
        let watched = self.watched(site);
        let kept = watched.look.lock().await;
        let change = watched.changes.borrow().count;
        kept.as_ref().filter(|look| look.is_of(change, now_ms())).map(|look| look.moment)
    }

    /// Follows a site from now on; `seen` is what the follower had seen before.
    pub fn follow(self: &Arc<Self>, site: SiteKey, tracking_id: &str, seen: Option<Moment>) -> Follower {
        let watched = self.watched(site);
        let published = watched.published.subscribe();
        let mut is_publishing = watched.is_publishing.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_publishing {
            *is_publishing = true;
            tokio::spawn(publisher::run(Arc::clone(self), site, tracking_id.to_owned()));
        }
        drop(is_publishing);
        Follower::new(published, seen)
    }

    fn watched(&self, site: SiteKey) -> Arc<Watched> {
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let watched = sites.entry(site).or_insert_with(|| {
            Arc::new(Watched {
                changes: watch::Sender::new(Change { count: 0, unshown: None }),
                look: tokio::sync::Mutex::default(),
                places: Arc::new(Semaphore::new(self.places_of_site)),
                published: watch::Sender::new(None),
                is_publishing: Mutex::default(),
                feed: tokio::sync::Mutex::default(),
            })
        });
        Arc::clone(watched)
    }
}

/// Time between two looks for so many followers.
fn pause(followers: usize) -> Duration {
    let each = PAUSE_EACH.saturating_mul(u32::try_from(followers).unwrap_or(u32::MAX));
    each.clamp(PAUSE_MIN, PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_followers_are_told_less_often() {
        let check = |followers, ms| assert_eq!(pause(followers), Duration::from_millis(ms), "{followers}");
        check(0, 500);
        check(10_000, 500);
        check(20_000, 1_000);
        check(1_000_000, 2_000);
        check(usize::MAX, 2_000);
    }
}

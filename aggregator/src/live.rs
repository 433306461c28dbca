//! Every site as it is now, computed once for all who look.
//!
//! A look is shared: until the site changes and a second has passed, everyone gets the same numbers and the
//! same text. Streams look at most twice a second, and at least every ten seconds, for time alone moves
//! the numbers too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::clock::now_ms;
use crate::ledger::hot::Hot;
use crate::ledger::readers::{ReadError, Readers};
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError};

/// Shortest time between two messages of a stream.
pub const STREAM_INTERVAL_MIN: Duration = Duration::from_millis(500);

/// Longest time between two messages of a stream.
pub const STREAM_INTERVAL_MAX: Duration = Duration::from_secs(10);

/// Age at which a look is old although nothing changed.
const LOOK_AGE_MAX: Duration = Duration::from_secs(1);

/// Every site that was looked at; as many as there are sites.
pub struct Live {
    readers: Arc<Readers>,
    hot: Arc<Hot>,
    sites: Mutex<HashMap<SiteKey, Arc<Watched>>>,
    streams: Arc<Semaphore>,
}

/// A site that is looked at.
struct Watched {
    /// Counts the site's changes since it is watched.
    changes: watch::Sender<u64>,
    look: tokio::sync::Mutex<Option<Look>>,
}

/// A site at one moment.
#[derive(Clone)]
pub struct Look {
    /// Version of the site's data.
    pub version: u64,
    /// [`wire::realtime::Realtime`] as JSON.
    pub json: Arc<str>,
    at: Instant,
    change: u64,
}

/// How new a look must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Nothing may have changed since.
    Exact,
    /// Within [`STREAM_INTERVAL_MIN`].
    Stream,
}

impl Live {
    /// Looks through `readers`, for at most `streams_max` streams.
    pub fn new(readers: Arc<Readers>, hot: Arc<Hot>, streams_max: usize) -> Self {
        let streams = Arc::new(Semaphore::new(streams_max.min(Semaphore::MAX_PERMITS)));
        Self { readers, hot, sites: Mutex::default(), streams }
    }

    /// Notes that a site's data changed.
    pub fn changed(&self, site: SiteKey) {
        if let Some(watched) = self.sites.lock().unwrap_or_else(PoisonError::into_inner).get(&site) {
            watched.changes.send_modify(|changes| *changes += 1);
        }
    }

    /// A place for one more stream, given back when dropped; none when all are taken.
    pub fn stream_place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.streams).try_acquire_owned().ok()
    }

    /// The site now.
    ///
    /// # Errors
    /// [`ReadError`] when the ledger cannot be read.
    pub async fn look(&self, site: SiteKey, tracking_id: &str, freshness: Freshness) -> Result<Look, ReadError> {
        let watched = self.watched(site);
        // Everyone who asks meanwhile waits here, and then finds the look that was taken.
        let mut kept = watched.look.lock().await;
        let change = *watched.changes.borrow();
        if let Some(look) = kept.as_ref() {
            let age = look.at.elapsed();
            let is_recent = freshness == Freshness::Stream && age < STREAM_INTERVAL_MIN;
            if is_recent || (look.change == change && age < LOOK_AGE_MAX) {
                return Ok(look.clone());
            }
        }
        let at = Instant::now();
        let tracking_id = tracking_id.to_owned();
        let hot = Arc::clone(&self.hot);
        let (version, json) = self
            .readers
            .read(move |connection| {
                let now_ms = now_ms();
                let hot = hot.view(site);
                let version = hot.version;
                let (since, active_since) = (domain::realtime::since(now_ms), domain::realtime::active_since(now_ms));
                let rows = ledger::rollup::recent(connection, &hot, site, since, active_since)?;
                let rows = rows.iter().map(|row| (row.start_ms, row.dimension, row.value.as_str(), &row.rollup));
                let realtime = domain::realtime::realtime(&tracking_id, now_ms, version, rows);
                let json = serde_json::to_string(&realtime).map_err(|e| LedgerError::Damaged(e.to_string()))?;
                Ok((version, json))
            })
            .await?;
        let look = Look { version, json: json.into(), at, change };
        *kept = Some(look.clone());
        Ok(look)
    }

    /// Waits until there is more to see than `seen`: a change, or [`STREAM_INTERVAL_MAX`] later.
    pub async fn news(&self, site: SiteKey, seen: &Look) {
        let mut changes = self.watched(site).changes.subscribe();
        tokio::time::sleep(STREAM_INTERVAL_MIN).await;
        let change = changes.wait_for(|change| *change != seen.change);
        // Which of the two it was does not matter.
        let _ = tokio::time::timeout(STREAM_INTERVAL_MAX - STREAM_INTERVAL_MIN, change).await;
    }

    fn watched(&self, site: SiteKey) -> Arc<Watched> {
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let watched = sites.entry(site).or_insert_with(|| {
            Arc::new(Watched { changes: watch::Sender::new(0), look: tokio::sync::Mutex::default() })
        });
        Arc::clone(watched)
    }
}

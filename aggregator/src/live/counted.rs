//! Event counters, computed once for all who ask the same until something changes.

use std::sync::Arc;

use axum::body::Bytes;
use domain::counters::{Asked, Tally};
use domain::query::QueryError;
use domain::realtime;

use super::{Live, Moment};
use crate::clock::now_ms;
use crate::ledger::readers::{ReadError, Readers};
use crate::ledger::rollup::{QUERY_ROWS_MAX, each_block};
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError};
use crate::metrics::{self, Found};

/// Questions whose answers are kept: at ~10 KB each they take 10 MB. When there are more, all are forgotten.
const KEPT_MAX: usize = 1024;

/// A question about a site, and its answer once there is one.
pub(super) type Kept = Arc<tokio::sync::Mutex<Option<Counted>>>;

/// Counters at one moment.
#[derive(Clone)]
pub struct Counted {
    /// The moment.
    pub moment: Moment,
    /// [`wire::counters::Counters`] as JSON.
    pub json: Bytes,
    change: u64,
}

/// Why nothing is counted.
#[derive(Debug, thiserror::Error)]
pub enum CountError {
    /// No rows tell it.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Nothing was read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Live {
    /// Counts events of a site, reading through `readers`.
    ///
    /// # Errors
    /// [`CountError`] when no rollup tells it, or the ledger cannot be read.
    pub async fn count(
        &self,
        readers: &Arc<Readers>,
        site: SiteKey,
        tracking_id: &str,
        asked: Asked,
    ) -> Result<Counted, CountError> {
        let watched = self.watched(site);
        let kept = self.kept(site, &asked);
        let mut kept = kept.lock().await;
        let (change, now_ms) = (watched.changes.borrow().count, now_ms());
        if let Some(counted) = kept.as_ref()
            && counted.change == change
            && counted.moment.minute_ms == realtime::minute(now_ms)
        {
            metrics::cache("counters", Found::Hit);
            return Ok(counted.clone());
        }
        metrics::cache("counters", Found::Miss);
        let settings = readers.read(move |connection| ledger::settings::read(connection, site)).await?;
        let steps = asked.steps(now_ms);
        let source = asked.source(&settings)?;
        let tracking_id = tracking_id.to_owned();
        let hot = Arc::clone(&self.hot);
        let read = move |connection: &_| {
            let hot = hot.view(site);
            let (mut tally, mut rows) = (Tally::new(steps, &source), 0);
            let (dimension, span) = ((source.dimension, source.name.as_str()), steps.start_ms..steps.end_ms());
            each_block(connection, &hot, site, asked.granularity(), dimension, span, |start_ms, block| {
                rows += block.len() as u64;
                if rows > QUERY_ROWS_MAX {
                    return Err(LedgerError::TooManyRows(QUERY_ROWS_MAX));
                }
                block.iter().for_each(|row| tally.add(start_ms, row.value(), row.events()));
                Ok(())
            })?;
            let counters = tally.finish(&asked, &tracking_id, now_ms, hot.version);
            let json = serde_json::to_vec(&counters).map_err(|e| LedgerError::Damaged(e.to_string()))?;
            Ok((hot.version, json))
        };
        let (version, json) = readers.read(read).await?;
        let moment = Moment { version, minute_ms: realtime::minute(now_ms) };
        let counted = Counted { moment, json: json.into(), change };
        *kept = Some(counted.clone());
        Ok(counted)
    }

    fn kept(&self, site: SiteKey, asked: &Asked) -> Kept {
        let mut counters = self.counters.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let key = (site, asked.clone());
        if counters.len() >= KEPT_MAX && !counters.contains_key(&key) {
            counters.clear();
        }
        Arc::clone(counters.entry(key).or_default())
    }
}

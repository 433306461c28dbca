//! Single events, as questions see them: scanned on a thread of their own, within a budget, and not for anybody who has
//! gone.

use std::error::Error;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::analysis::{Analysis, Analyzed};
use domain::behaviour::{PersonTest, Sets};
use domain::query::{Found, Question};
use domain::window::DAY_MS;
use events::scan::ScanError;
use events::store::{Budget, EventStore};
use tokio::sync::Semaphore;
use wire::frame::RawEvent;

use crate::http::Shared;
use crate::http::refusal::Refusal;
use crate::service::QUERY_TIME_MAX;

/// Memory of one scan's groups and distinct visitors: 256 MiB hold a few million of either.
const SCAN_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Threads of one scan.
const SCAN_THREADS: usize = 2;

/// An event store of any kind. Methods block.
pub trait RawEvents: Send + Sync {
    /// As [`EventStore::aggregate`].
    ///
    /// # Errors
    /// [`RawError`] when it cannot be done.
    fn aggregate(&self, site: &str, question: &Question, budget: &Budget) -> Result<Found, RawError>;

    /// As [`EventStore::analyze`].
    ///
    /// # Errors
    /// [`RawError`] when it cannot be done.
    fn analyze(&self, site: &str, analysis: &Analysis, budget: &Budget) -> Result<Analyzed, RawError>;

    /// As [`EventStore::members`].
    ///
    /// # Errors
    /// [`RawError`] when it cannot be done.
    fn members(&self, site: &str, tests: &[Arc<PersonTest>], budget: &Budget) -> Result<(Sets, u64), RawError>;

    /// As [`EventStore::ordered`].
    ///
    /// # Errors
    /// [`RawError`] when it cannot be done.
    fn ordered(
        &self,
        site: &str,
        span: Range<u64>,
        budget: &Budget,
        take: &mut dyn FnMut(RawEvent),
    ) -> Result<(), RawError>;
}

/// Why single events were not read.
#[derive(Debug, thiserror::Error)]
pub enum RawError {
    /// There are none.
    #[error("no single events are kept")]
    None,
    /// Others read them.
    #[error("too many read the single events of this site")]
    Busy,
    /// It took longer than it may, or nobody waits.
    #[error("reading single events took too long")]
    TooLong,
    /// It would take more memory than it may.
    #[error("{0}")]
    TooMuch(String),
    /// The store failed.
    #[error("{0}")]
    Failed(String),
}

impl<Store: EventStore> RawEvents for Store {
    fn aggregate(&self, site: &str, question: &Question, budget: &Budget) -> Result<Found, RawError> {
        EventStore::aggregate(self, site, question, budget).map_err(|e| failed(&e, budget))
    }

    fn analyze(&self, site: &str, analysis: &Analysis, budget: &Budget) -> Result<Analyzed, RawError> {
        EventStore::analyze(self, site, analysis, budget).map_err(|e| failed(&e, budget))
    }

    fn members(&self, site: &str, tests: &[Arc<PersonTest>], budget: &Budget) -> Result<(Sets, u64), RawError> {
        EventStore::members(self, site, tests, budget).map_err(|e| failed(&e, budget))
    }

    fn ordered(
        &self,
        site: &str,
        span: Range<u64>,
        budget: &Budget,
        take: &mut dyn FnMut(RawEvent),
    ) -> Result<(), RawError> {
        EventStore::ordered(self, site, span, budget, take).map_err(|e| failed(&e, budget))
    }
}

fn failed(error: &(dyn Error + 'static), budget: &Budget) -> RawError {
    let mut cause = Some(error);
    let mut scan = None;
    while let Some(error) = cause {
        scan = scan.or(error.downcast_ref::<ScanError>());
        cause = error.source();
    }
    match scan {
        Some(error @ ScanError::TooMuchMemory(_)) => RawError::TooMuch(error.to_string()),
        _ if budget.is_spent() => RawError::TooLong,
        _ => RawError::Failed(error.to_string()),
    }
}

/// From when on all single events are kept, Unix milliseconds.
pub fn kept_from(now_ms: u64, retention_days: u32) -> u64 {
    (now_ms - now_ms % DAY_MS).saturating_sub(u64::from(retention_days) * DAY_MS)
}

/// Tells a scan that nobody waits for it any more.
pub struct GivesUp(pub Arc<Budget>);

impl Drop for GivesUp {
    fn drop(&mut self) {
        self.0.is_given_up.store(true, Ordering::Relaxed);
    }
}

/// What one scan from now on may use.
pub fn budget(time_max: Duration) -> Arc<Budget> {
    let until = Instant::now() + time_max;
    Arc::new(Budget { bytes_max: SCAN_BYTES_MAX, until, is_given_up: AtomicBool::new(false), threads: SCAN_THREADS })
}

/// Answers a question from single events. When the caller goes away, the scan is stopped.
pub async fn aggregate(service: &Shared, places: Arc<Semaphore>, question: &Question) -> Result<Found, Refusal> {
    let question = question.clone();
    scan(service, places, move |store, budget| store.aggregate(&question.site, &question, budget)).await
}

/// Finds the people of whom tests of a site are true, and tells how many events were read for it.
pub async fn members(
    service: &Shared,
    places: Arc<Semaphore>,
    tests: Vec<Arc<PersonTest>>,
) -> Result<(Sets, u64), Refusal> {
    let Some(site) = tests.first().map(|test| test.site.clone()) else { return Ok((Sets::new(), 0)) };
    scan(service, places, move |store, budget| store.members(&site, &tests, budget)).await
}

/// Does something with single events, on a thread of its own. When the caller goes away, it is stopped.
pub async fn scan<T: Send + 'static>(
    service: &Shared,
    places: Arc<Semaphore>,
    read: impl FnOnce(&dyn RawEvents, &Budget) -> Result<T, RawError> + Send + 'static,
) -> Result<T, Refusal> {
    let store = service.questions.raw.clone().ok_or(RawError::None)?;
    let place = tokio::time::timeout(QUERY_TIME_MAX, places.acquire_owned()).await;
    let Ok(Ok(place)) = place else { return Err(RawError::Busy.into()) };
    let budget = budget(QUERY_TIME_MAX);
    let _giving_up = GivesUp(Arc::clone(&budget));
    let scanning = move || {
        let found = read(store.as_ref(), &budget);
        drop(place);
        found
    };
    let done = tokio::task::spawn_blocking(scanning).await;
    Ok(done.map_err(|e| RawError::Failed(format!("a scan ended early: {e}")))??)
}

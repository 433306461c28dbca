//! Answers about history: planned by `domain::query`, read from rollups or from single events, remembered until the data
//! changes.

mod cache;
mod days;
pub mod named;
pub mod people;
mod raw;
mod rollups;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use domain::delta::intake;
use domain::query::{self, Ask, Circumstances, Definitions, Named, Plan, Route, Sides, Tally, Told};
use domain::rollup::Horizon;
use domain::window::{DAY_MS, HOUR_MS};
use rusqlite::Connection;
use tokio::sync::Semaphore;
use wire::query::{Instants, Meta, Query, UniqueUsersMeta};
use wire::site::Settings;

pub use cache::Cache;
use days::Days;
pub use raw::{GivesUp, RawError, RawEvents, budget};
use rollups::Sources;

use crate::clock::now_ms;
use crate::http::Shared;
use crate::http::refusal::Refusal;
use crate::ledger::hot::{Touched, View};
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError};
use crate::metrics::{self, Found};

/// Scans of one site's single events at once: one that is looked at and one that is not waited for any more. Others wait.
const SCANS_AT_ONCE: usize = 2;

/// ± that holds in 95 of 100 cases, in standard errors.
const NINETY_FIVE_PERCENT: f64 = 1.96;

/// What answers are made with beside the ledger.
pub struct Questions {
    /// Answers that may be given again.
    pub cache: Cache,
    /// Days that may be read again.
    days: Arc<Days>,
    /// Single events, where there are any.
    pub raw: Option<Arc<dyn RawEvents>>,
    scans: Mutex<HashMap<SiteKey, Arc<Semaphore>>>,
}

/// An answer, and what it is about.
pub struct Answered {
    /// What was read, and how.
    pub plan: Plan,
    /// What was found.
    pub told: Arc<Told>,
    /// How it came about.
    pub meta: Meta,
}

/// What is read of a site before its question is planned.
struct Site {
    settings: Settings,
    data: Data,
    first_ms: Option<u64>,
    /// Before when all is counted that the site's edges got, as far as they were heard of lately.
    sealed_through_ms: Option<u64>,
    /// Start of the last day of which single events do not tell everything.
    last_without_events_ms: Option<u64>,
    /// What is kept of what the question names.
    kept: Definitions,
}

/// What a site's data is at one moment.
struct Data {
    /// Its version.
    version: u64,
    touched: Arc<Touched>,
    changes: i64,
}

/// Of what an answer was computed: equal where it would be computed again from the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Version of the site's data at which one of the days that are read last changed.
    pub data: u64,
    /// How often blocks were changed otherwise than by counting: what is no longer kept was dropped, or told anew.
    pub changes: i64,
}

impl Data {
    fn of(hot: &View, connection: &Connection) -> Result<Self, LedgerError> {
        let changes = ledger::block::checkpoint(connection)?.changes;
        Ok(Self { version: hot.version, touched: Arc::clone(&hot.touched), changes })
    }

    /// Of what is read for an answer.
    fn read_for(&self, plan: &Plan) -> Version {
        let newest = plan.spans().map(|span| self.touched.newest(&span)).max();
        Version { data: newest.unwrap_or(self.version), changes: self.changes }
    }
}

impl Questions {
    /// Without answers yet.
    pub fn new(raw: Option<Arc<dyn RawEvents>>) -> Self {
        Self { cache: Cache::default(), days: Arc::default(), raw, scans: Mutex::default() }
    }

    /// The places of a site's scans.
    pub fn scans(&self, site: SiteKey) -> Arc<Semaphore> {
        let mut scans = self.scans.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(scans.entry(site).or_insert_with(|| Arc::new(Semaphore::new(SCANS_AT_ONCE))))
    }
}

/// Answers a question about a site.
///
/// # Errors
/// [`Refusal`] when it cannot be answered, or not in time.
pub async fn answer(service: &Shared, site: SiteKey, query: &Query) -> Result<Answered, Refusal> {
    let since = Instant::now();
    let mut query = query.clone();
    let known = self::site(service, site, Named::by(&mut query)).await?;
    let around = circumstances(service, &known);
    query::write_out_all(&mut query, &known.kept)?;
    let plan = query::plan(&query, &known.settings, &around)?;
    let key = (site, plan.key());
    let cached = service.questions.cache.find(&key, known.data.read_for(&plan));
    let is_cached = cached.is_some();
    let (told, version) = match cached {
        Some(told) => (told, known.data.version),
        None => {
            let (told, data) = compute(service, site, &plan, known.data).await?;
            let told = Arc::new(told);
            service.questions.cache.keep(key, data.read_for(&plan), &told);
            (told, data.version)
        }
    };
    let source = match plan.now.rows.route {
        _ if is_cached => "cache",
        Route::Rollup { .. } => "rollup",
        Route::Raw => "raw",
    };
    metrics::query(source, since.elapsed());
    metrics::cache("answers", if is_cached { Found::Hit } else { Found::Miss });
    let watermark_ms = intake::watermark_ms(known.sealed_through_ms, around.now_ms);
    let meta = meta(&plan, &told, watermark_ms, (version, is_cached));
    Ok(Answered { plan, told, meta })
}

/// Reads what is known of a site before a question about it is planned, with what it names of what is kept.
async fn site(service: &Shared, site: SiteKey, named: Named) -> Result<Site, Refusal> {
    let hot = Arc::clone(&service.hot);
    let heard_since_ms = now_ms().saturating_sub(intake::SILENCE_MAX_MS);
    let read = move |connection: &Connection| {
        Ok(Site {
            kept: named::read(connection, site, &named)?,
            data: Data::of(&hot.view(site), connection)?,
            settings: ledger::settings::read(connection, site)?,
            first_ms: ledger::rollup::first(connection, site)?,
            sealed_through_ms: ledger::mark::sealed_through(connection, site, heard_since_ms)?,
            last_without_events_ms: ledger::reconciliation::last_day_without_events(connection, site)?,
        })
    };
    Ok(service.lookups.read(read).await?)
}

fn circumstances(service: &Shared, known: &Site) -> Circumstances {
    let now_ms = now_ms();
    let keeps_events = known.settings.keeps_events && service.questions.raw.is_some();
    let told_from_ms = known.last_without_events_ms.map_or(0, |day_ms| day_ms + DAY_MS);
    let kept_from_ms = raw::kept_from(now_ms, known.settings.event_retention_days);
    let events_from_ms = keeps_events.then(|| kept_from_ms.max(told_from_ms));
    // What is about to be dropped is not read any more.
    let horizon = Horizon::at(now_ms.saturating_add(HOUR_MS), known.settings.rollup_retention_days);
    Circumstances { now_ms, horizon, events_from_ms, first_ms: known.first_ms }
}

/// Reads what a plan says. Single events first: the version that the answer bears is that of before, so what was counted
/// meanwhile makes it old, and never the other way round.
async fn compute(service: &Shared, site: SiteKey, plan: &Plan, before: Data) -> Result<(Told, Data), Refusal> {
    let mut plan = plan.clone();
    // Who people are that its filters mean, once for all of its asks.
    let (sets, mut rows_read) = raw::members(service, service.questions.scans(site), plan.people()?).await?;
    plan.resolve(&sets);
    let mut scanned = Vec::new();
    for ask in plan.asks() {
        let found = match ask.route {
            Route::Raw => {
                let mut found = raw::aggregate(service, service.questions.scans(site), &ask.question).await?;
                found.rows_read += std::mem::take(&mut rows_read);
                Some(found)
            }
            Route::Rollup { .. } => None,
        };
        scanned.push(found);
    }
    let has_scanned = scanned.iter().any(Option::is_some);
    let (hot, days) = (Arc::clone(&service.hot), Arc::clone(&service.questions.days));
    let read = move |connection: &Connection| {
        // Before anything is read of the ledger.
        let hot = hot.view(site);
        let data = if has_scanned { before } else { Data::of(&hot, connection)? };
        let mut scanned = scanned.into_iter();
        let sources = Sources { days: &days, connection, hot: &hot, data: &data, site };
        let mut tally = |ask: &Ask| match scanned.next().flatten() {
            Some(found) => Ok(Tally::counted(found)),
            None => sources.evaluate(ask),
        };
        let now = plan.now.try_map(&mut tally)?;
        let then: Option<Sides<Tally>> = match &plan.then {
            Some(then) => Some(then.asks.try_map(&mut tally)?),
            None => None,
        };
        let told = plan.answer(now, then).map_err(ledger::rollup::damaged)?;
        Ok((told, data))
    };
    Ok(service.queries.read(read).await?)
}

fn meta(plan: &Plan, told: &Told, watermark_ms: u64, (version, is_cached): (u64, bool)) -> Meta {
    let (source, granularity, rounded_to) = match &plan.now.rows.route {
        Route::Rollup { pieces, .. } => ("rollup", pieces.granularity().name(), pieces.rounded_to),
        Route::Raw => ("raw", "event", None),
    };
    let asks = plan.now.rows.question.metrics.iter().any(|metric| metric.is_of_visitors());
    let unique_users = asks.then(|| UniqueUsersMeta {
        unit: plan.unique_users_unit().to_owned(),
        standard_error: told.visitors_error,
        error_95: told.visitors_error * NINETY_FIVE_PERCENT,
    });
    let text = |at_ms| plan.zone.text(at_ms);
    Meta {
        source: source.to_owned(),
        granularity: granularity.to_owned(),
        rows_read: told.rows_read,
        version,
        time_zone: plan.zone.name().to_owned(),
        date_range: Some(Instants { start: text(plan.period.start_ms), end: text(plan.period.end_ms) }),
        watermark: Some(text(watermark_ms)),
        sample_rate: told.sampled,
        rounded_to: rounded_to.map(|granularity| granularity.name().to_owned()),
        is_cached,
        unique_users,
        conversion: plan.conversion.as_ref().map(|conversion| conversion.told(&told.currencies)),
        people: plan.people_unit().map(str::to_owned),
    }
}

//! From a question about lifecycle to what must be read.

use jiff::ToSpan;
use wire::analysis::{Interval, LifecycleQuery, Unit};
use wire::limits::LIFECYCLE_BUCKETS_MAX;
use wire::query::Dimension;
use wire::site::{Settings, VisitorMode};

use super::super::funnel::breakdown;
use super::super::{Ask, Begun, Keep, begin, condition, pattern, unit_name};
use super::{LifecycleFold, MONTH_DAYS};
use crate::query::{Buckets, Circumstances, Condition, Period, QueryError};
use crate::window::{DAY_MS, MINUTE_MS};
use crate::zone::Zone;

/// What to read, how to fold it, and how to tell it.
#[derive(Clone, Debug)]
pub struct LifecyclePlan {
    /// What is read.
    pub ask: Ask,
    /// How it is folded.
    pub fold: LifecycleFold,
    /// The span asked about.
    pub period: Period,
    /// Whose calendar days are of.
    pub zone: Zone,
    /// The buckets that are told, by the dates that they begin on.
    pub labels: Vec<String>,
    /// Their starts, and the end of the last, Unix milliseconds.
    pub starts: Vec<u64>,
    /// Number of the first of them in the fold.
    pub first_bucket: usize,
    /// Number of the first day that is told in the fold.
    pub first_day: usize,
    /// The dates of the days that are told.
    pub dates: Vec<String>,
    /// From when on everything is known of everybody, Unix milliseconds; zero where nothing was ever dropped.
    pub known_from_ms: u64,
    /// Whether a unit may be known again on another day.
    pub lasts: bool,
    /// What one unit is.
    pub unit: &'static str,
    /// The time, Unix milliseconds.
    pub now_ms: u64,
}

/// Checks a question about a site with these settings and plans its answer.
///
/// # Errors
/// [`QueryError`] names the field at fault and its limit.
pub fn plan(query: &LifecycleQuery, settings: &Settings, around: &Circumstances) -> Result<LifecyclePlan, QueryError> {
    let Begun { site, zone, period } =
        begin(&query.tracking_id, &query.date_range, query.time_zone.as_deref(), settings, around)?;
    let (dimension, longest_days) = match query.interval {
        Interval::Day => (Dimension::Date, 2),
        Interval::Week => (Dimension::Week, 8),
        Interval::Month => (Dimension::Month, 32),
    };
    let covering = |dimension, start_ms: u64, end_ms| {
        let span = Period { start_ms, end_ms };
        Buckets::covering(dimension, &zone, span).map_err(|e| QueryError::new("date_range", e.detail))
    };
    let told = covering(dimension, period.start_ms, period.end_ms)?;
    let count = told.starts.len();
    if count > LIFECYCLE_BUCKETS_MAX {
        let detail = format!("has more than {LIFECYCLE_BUCKETS_MAX} buckets; ask by week or month");
        return Err(QueryError::new("date_range", detail));
    }
    let start_ms = told.starts.first().copied().unwrap_or(period.start_ms);
    let behind = covering(dimension, period.start_ms, period.end_ms + longest_days * DAY_MS)?;
    let end_ms = behind.starts.get(count).copied().unwrap_or(period.end_ms);
    // As far before as tells of the first bucket and of the first day.
    let before = covering(dimension, start_ms.saturating_sub(MINUTE_MS), start_ms)?;
    let previous_ms = before.starts.first().copied().unwrap_or(start_ms);
    let first_date = zone.date_of(period.start_ms);
    let month_date = first_date.checked_sub((MONTH_DAYS as i64 - 1).days()).unwrap_or(first_date);
    let from_ms = zone.day_start(month_date).unwrap_or_default().min(previous_ms);

    let days = covering(Dimension::Date, from_ms, end_ms)?;
    let all = covering(dimension, from_ms, end_ms)?;
    let bucket = |start: &u64| u32::try_from(all.place(*start)).unwrap_or(u32::MAX);
    let first_day = days.place(period.start_ms);
    let dates = covering(Dimension::Date, period.start_ms, period.end_ms)?.labels;
    let kept_ms = around.events_from_ms.unwrap_or(period.start_ms);
    // Where the first of all is a day behind, nothing was dropped.
    let has_all = around.first_ms.is_none_or(|first_ms| first_ms >= kept_ms.saturating_add(DAY_MS));
    let lasts = query.unit == Unit::Users && settings.visitors == VisitorMode::Persistent;
    let keep = match query.unit {
        // What lies before all days is as one day.
        Unit::Users => Keep::Ends([0].into_iter().chain(days.starts.iter().copied()).collect()),
        Unit::Sessions => Keep::Matching,
    };
    let ask = Ask {
        site,
        // Who is not known again has no past, other than that what goes on began before.
        span: if lasts { kept_ms.min(from_ms)..end_ms } else { kept_ms.max(previous_ms).min(start_ms)..end_ms },
        condition: pattern::of_events(Condition::of(&query.filters, "filters")?, "filters")?,
        conditions: vec![condition(&query.active, "active")?],
        unit: query.unit,
        by: query.breakdown_by.map(breakdown).transpose()?,
        actions: None,
        keep,
    };
    let fold = LifecycleFold {
        buckets: days.starts.iter().map(bucket).collect(),
        buckets_end: u32::try_from(all.starts.len()).unwrap_or(u32::MAX),
        days: days.starts,
        unit: query.unit,
        wants_groups: ask.by.is_some(),
    };
    Ok(LifecyclePlan {
        first_bucket: all.place(start_ms),
        labels: told.labels,
        starts: told.starts.into_iter().chain([end_ms]).collect(),
        first_day,
        dates,
        known_from_ms: if has_all { 0 } else { kept_ms },
        lasts,
        unit: unit_name(query.unit, settings),
        now_ms: around.now_ms,
        ask,
        fold,
        period,
        zone,
    })
}

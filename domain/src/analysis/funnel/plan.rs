//! From a question about a funnel to what is read and folded.

use std::ops::Range;

use wire::analysis::{Exclusion, FunnelDefinition, FunnelQuery, FunnelStep, StepOrder};
use wire::limits::{FUNNEL_EXCLUSIONS_MAX, FUNNEL_NAME_BYTES_MAX, FUNNEL_STEPS_MAX, FUNNEL_STEPS_MIN};
use wire::query::Dimension;
use wire::site::Settings;

use super::{Excluded, FunnelFold};
use crate::analysis::{Actions, Ask, Begun, Keep, begin, is_measured, pattern, unit_name};
use crate::behaviour::{Kept, Terms};
use crate::query::{Buckets, Circumstances, Condition, Period, QueryError};
use crate::zone::Zone;

/// What to read, how to fold it, and how to tell it.
#[derive(Clone, Debug)]
pub struct FunnelPlan {
    /// What is read.
    pub ask: Ask,
    /// How it is folded.
    pub fold: FunnelFold,
    /// The span asked about.
    pub period: Period,
    /// Whose calendar dates are of.
    pub zone: Zone,
    /// What the steps are called.
    pub names: Vec<String>,
    /// What one unit is.
    pub unit: &'static str,
    /// The time, Unix milliseconds.
    pub now_ms: u64,
}

/// Checks a question about a site with these settings and plans its answer.
///
/// # Errors
/// [`QueryError`] names the field at fault and its limit.
pub fn plan(query: &FunnelQuery, settings: &Settings, around: &Circumstances) -> Result<FunnelPlan, QueryError> {
    let Begun { site, zone, period } =
        begin(&query.tracking_id, &query.date_range, query.time_zone.as_deref(), settings, around)?;
    let terms = Terms { site: &site, zone: &zone, period, around };
    let mut conditions = conditions(&query.steps, &query.exclude, query.order, Some(&terms))?;
    let condition = pattern::of_events(Condition::of_people(&query.filters, "filters", &terms)?, "filters")?;
    let condition = between(condition, query.order, &conditions);
    let measured = if query.next_actions { 1 << conditions.len() } else { 0 };
    if query.next_actions {
        conditions.push(is_measured());
    }
    let buckets = query.interval.map(|interval| interval_buckets(interval, &zone, period)).transpose()?;
    let fold = FunnelFold {
        steps: query.steps.len(),
        exclusions: excluded(&query.exclude, query.steps.len()),
        order: query.order,
        attempts: query.attempts,
        window_ms: query.window.ms(),
        entries: period.start_ms..period.end_ms,
        buckets,
        wants_next: query.next_actions,
        measured,
    };
    let needs_all = query.order == StepOrder::Strict || query.next_actions;
    let ask = Ask {
        site: site.clone(),
        span: period.start_ms..period.end_ms.saturating_add(fold.window_ms).saturating_add(1),
        condition,
        conditions,
        unit: query.unit,
        by: query.breakdown_by.map(breakdown).transpose()?,
        actions: query.next_actions.then_some(Actions::Events),
        keep: if needs_all { Keep::All } else { Keep::Matching },
    };
    let names = query.steps.iter().zip(1..).map(|(step, number)| name(step, number)).collect();
    Ok(FunnelPlan { ask, fold, period, zone, names, unit: unit_name(query.unit, settings), now_ms: around.now_ms })
}

/// Checks a funnel that is to be kept.
///
/// # Errors
/// As [`plan`].
pub fn check(definition: &FunnelDefinition) -> Result<(), QueryError> {
    let kept = Kept::default();
    let terms = kept.terms();
    conditions(&definition.steps, &definition.exclude, definition.order, Some(&terms))?;
    pattern::of_events(Condition::of_people(&definition.filters, "filters", &terms)?, "filters").map(drop)
}

/// What is read and folded of a funnel that says something of people. What people did is no part of it.
///
/// # Errors
/// As [`plan`].
pub(crate) fn of_people(
    definition: &FunnelDefinition,
    site: &str,
    entries: Range<u64>,
) -> Result<(Ask, FunnelFold), QueryError> {
    let FunnelDefinition { steps, window, order, unit, attempts, exclude, filters } = definition;
    let fold = FunnelFold {
        steps: steps.len(),
        exclusions: excluded(exclude, steps.len()),
        order: *order,
        attempts: *attempts,
        window_ms: window.ms(),
        entries: entries.clone(),
        buckets: None,
        wants_next: false,
        measured: 0,
    };
    let condition = pattern::of_events(Condition::of(filters, "filters")?, "filters")?;
    let conditions = conditions(steps, exclude, *order, None)?;
    let ask = Ask {
        site: site.to_owned(),
        span: entries.start..entries.end.saturating_add(fold.window_ms).saturating_add(1),
        condition: between(condition, *order, &conditions),
        conditions,
        unit: *unit,
        by: None,
        actions: None,
        keep: if *order == StepOrder::Strict { Keep::All } else { Keep::Matching },
    };
    Ok((ask, fold))
}

/// Only events for which this holds. Where steps follow right behind one another, what the script measures does not come
/// between them, unless it is a step or an exclusion itself.
fn between(condition: Condition, order: StepOrder, conditions: &[Condition]) -> Condition {
    if order != StepOrder::Strict {
        return condition;
    }
    let done = Condition::Not(Box::new(is_measured()));
    let matters = Condition::Any(std::iter::once(done).chain(conditions.iter().cloned()).collect());
    Condition::All(vec![condition, matters])
}

/// What steps and exclusions mean, by their bits. Without terms they say nothing of what people did.
fn conditions(
    steps: &[FunnelStep],
    exclude: &[Exclusion],
    order: StepOrder,
    terms: Option<&Terms<'_>>,
) -> Result<Vec<Condition>, QueryError> {
    let condition = |pattern: &_, field: &str| pattern::condition_of(pattern, field, terms);
    if !(FUNNEL_STEPS_MIN..=FUNNEL_STEPS_MAX).contains(&steps.len()) {
        return Err(QueryError::new("steps", format!("must be {FUNNEL_STEPS_MIN} to {FUNNEL_STEPS_MAX}")));
    }
    if exclude.len() > FUNNEL_EXCLUSIONS_MAX {
        return Err(QueryError::new("exclude", format!("must be at most {FUNNEL_EXCLUSIONS_MAX}")));
    }
    let mut conditions = Vec::with_capacity(steps.len() + exclude.len());
    for (at, step) in steps.iter().enumerate() {
        let is_long = |name: &String| name.is_empty() || name.len() > FUNNEL_NAME_BYTES_MAX;
        if step.name.as_ref().is_some_and(is_long) {
            let detail = format!("must be 1 to {FUNNEL_NAME_BYTES_MAX} bytes");
            return Err(QueryError::new(&format!("steps.{at}.name"), detail));
        }
        conditions.push(condition(&step.pattern(), &format!("steps.{at}"))?);
    }
    for (at, exclusion) in exclude.iter().enumerate() {
        let Excluded { from, to, .. } = bounds(exclusion, steps.len());
        let is_bounded = exclusion.after_step.is_some() || exclusion.before_step.is_some();
        if order == StepOrder::Any && is_bounded {
            let detail = "takes no after_step and before_step where steps may come in any order";
            return Err(QueryError::new(&format!("exclude.{at}"), detail));
        }
        if from == 0 || from >= to || to > steps.len() {
            let detail = format!("must lie between a step and a later one of the {}", steps.len());
            return Err(QueryError::new(&format!("exclude.{at}"), detail));
        }
        let pattern = exclusion.pattern();
        if pattern == wire::analysis::EventPattern::default() {
            return Err(QueryError::new(&format!("exclude.{at}"), "must name an event type or filters"));
        }
        conditions.push(condition(&pattern, &format!("exclude.{at}"))?);
    }
    Ok(conditions)
}

fn excluded(exclude: &[Exclusion], steps: usize) -> Vec<Excluded> {
    let one = |(exclusion, bit): (&Exclusion, usize)| Excluded { bit: 1 << bit, ..bounds(exclusion, steps) };
    exclude.iter().zip(steps..).map(one).collect()
}

fn bounds(exclusion: &Exclusion, steps: usize) -> Excluded {
    Excluded { bit: 0, from: exclusion.after_step.unwrap_or(1), to: exclusion.before_step.unwrap_or(steps) }
}

fn interval_buckets(interval: Dimension, zone: &Zone, period: Period) -> Result<Buckets, QueryError> {
    if !matches!(interval, Dimension::Hour | Dimension::Date | Dimension::Week | Dimension::Month) {
        return Err(QueryError::new("interval", "must be hour, date, week or month"));
    }
    Buckets::covering(interval, zone, period).map_err(|e| QueryError::new("interval", e.detail))
}

/// A dimension that people are told apart by.
pub(crate) fn breakdown(dimension: Dimension) -> Result<Dimension, QueryError> {
    if dimension.is_time() || dimension == Dimension::Goal || pattern::is_of_visits(dimension) {
        let detail =
            "takes a dimension of which an event has one value: none of time, no goal, entry_page or exit_page";
        return Err(QueryError::new("breakdown_by", detail));
    }
    Ok(dimension)
}

fn name(step: &FunnelStep, number: usize) -> String {
    match (&step.name, &step.event_type) {
        (Some(name), _) => name.clone(),
        (None, Some(types)) => types.as_slice().join(", "),
        (None, None) => format!("step {number}"),
    }
}

//! From a question about an experiment to what is read and folded.

use jiff::civil::Date;
use wire::analysis::{
    Bounds, DecideBy, EventPattern, ExperimentDefinition, ExperimentMetric, ExperimentQuery, MetricKind, Variant,
};
use wire::limits::{EXPERIMENT_METRICS_MAX, EXPERIMENT_VARIANTS_MAX, FUNNEL_NAME_BYTES_MAX, PROPERTY_NAME_BYTES_MAX};
use wire::query::{Dimension, PropertyName};
use wire::site::Settings;
use wire::span::Preset;

use super::{EXPOSURE, ExperimentFold};
use crate::analysis::{Actions, Ask, Begun, Keep, begin, condition, pattern, unit_name};
use crate::query::{Circumstances, Condition, Period, QueryError, Test};
use crate::zone::Zone;

/// The effect that is sought where a question does not say, percent.
const EFFECT_SOUGHT: f64 = 10.0;

/// Bounds of it: what is smaller takes more people than there are, what is larger needs no statistics.
const EFFECTS: Bounds = Bounds { low: 0.1, high: 1000.0 };

/// Largest weight of a variant, and largest number of people that can be planned.
const MOST: f64 = 1e9;

/// What to read, how to fold it, and how to tell it.
#[derive(Clone, Debug)]
pub struct ExperimentPlan {
    /// What is read.
    pub ask: Ask,
    /// How it is folded.
    pub fold: ExperimentFold,
    /// The span asked about.
    pub period: Period,
    /// Whose calendar dates are of.
    pub zone: Zone,
    /// The variants, where the question names them.
    pub variants: Vec<Variant>,
    /// The control, where the question names it.
    pub control: Option<String>,
    /// What is compared.
    pub metrics: Vec<ExperimentMetric>,
    /// By what verdicts are given.
    pub decide_by: DecideBy,
    /// The effect that one wants to find, percent.
    pub effect_sought: f64,
    /// People that the experiment is planned to take, where the question says so.
    pub planned_users: Option<u64>,
    /// What one unit is.
    pub unit: &'static str,
}

/// Checks a question about a site with these settings and plans its answer.
///
/// # Errors
/// [`QueryError`] names the field at fault and its limit.
pub fn plan(
    query: &ExperimentQuery,
    settings: &Settings,
    around: &Circumstances,
) -> Result<ExperimentPlan, QueryError> {
    let Begun { site, zone, period } =
        begin(&query.tracking_id, &query.date_range, query.time_zone.as_deref(), settings, around)?;
    let (property, effect_sought, conditions) = terms(query)?;
    let of_money = query.metrics.iter().zip(1..).filter(|(metric, _)| metric.kind == MetricKind::Revenue);
    let fold = ExperimentFold {
        entries: period.start_ms..period.end_ms,
        window_ms: query.window.map(|window| window.ms()),
        metrics: query.metrics.len(),
    };
    let end_ms = fold.window_ms.map_or(period.end_ms, |window_ms| period.end_ms.saturating_add(window_ms));
    let ask = Ask {
        site,
        span: period.start_ms..end_ms,
        condition: pattern::of_events(Condition::of(&query.filters, "filters")?, "filters")?,
        conditions,
        unit: query.unit,
        by: Some(property),
        actions: Some(Actions::Currencies),
        keep: Keep::Variants(of_money.map(|(_, bit)| EXPOSURE << bit).sum()),
    };
    Ok(ExperimentPlan {
        ask,
        fold,
        period,
        zone,
        variants: query.variants.clone(),
        control: query.control.clone(),
        metrics: query.metrics.clone(),
        decide_by: query.decide_by,
        effect_sought,
        planned_users: query.planned_users,
        unit: unit_name(query.unit, settings),
    })
}

/// Checks an experiment that is to be kept.
///
/// # Errors
/// As [`plan`].
pub fn check(definition: &ExperimentDefinition) -> Result<(), QueryError> {
    let query = ExperimentQuery::of(String::new(), Preset::All.into(), definition.clone());
    terms(&query)?;
    pattern::of_events(Condition::of(&query.filters, "filters")?, "filters")?;
    let day = |field: &str, text: &Option<String>| {
        // `Date` takes longer texts too; only a bare date is meant here.
        let date = |text: &String| (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
        let refused = || QueryError::new(field, "must be a date such as 2026-02-01");
        text.as_ref().map(|text| date(text).ok_or_else(refused)).transpose()
    };
    match (day("started_on", &definition.started_on)?, day("ended_on", &definition.ended_on)?) {
        (None, Some(_)) => Err(QueryError::new("started_on", "must be there where ended_on is")),
        (Some(start), Some(end)) if end < start => Err(QueryError::new("ended_on", "must not lie before started_on")),
        _ => Ok(()),
    }
}

/// The dimension that tells variants, the effect that is sought, and what events mean by their bits.
fn terms(query: &ExperimentQuery) -> Result<(Dimension, f64, Vec<Condition>), QueryError> {
    let property = PropertyName::new(&query.property)
        .map(Dimension::Property)
        .ok_or_else(|| QueryError::new("property", format!("must be 1 to {PROPERTY_NAME_BYTES_MAX} bytes")))?;
    variants(query)?;
    let effect_sought = query.effect_sought.unwrap_or(EFFECT_SOUGHT);
    if !(EFFECTS.low..=EFFECTS.high).contains(&effect_sought) {
        return Err(QueryError::new("effect_sought", format!("must be {} to {} percent", EFFECTS.low, EFFECTS.high)));
    }
    if query.planned_users.is_some_and(|users| !(1..=MOST as u64).contains(&users)) {
        return Err(QueryError::new("planned_users", format!("must be 1 to {MOST}")));
    }
    let has_value = match query.variants.as_slice() {
        [] => Condition::Not(Box::new(Condition::Test(property, Test::Is([String::new()].into())))),
        named => Condition::Test(property, Test::Is(named.iter().map(|variant| variant.name.clone()).collect())),
    };
    let mut conditions = vec![Condition::All(vec![condition(&query.exposure, "exposure")?, has_value])];
    conditions.extend(metrics(&query.metrics)?);
    Ok((property, effect_sought, conditions))
}

fn variants(query: &ExperimentQuery) -> Result<(), QueryError> {
    if query.variants.len() == 1 || query.variants.len() > EXPERIMENT_VARIANTS_MAX {
        return Err(QueryError::new("variants", format!("must be 2 to {EXPERIMENT_VARIANTS_MAX}, or none")));
    }
    for (at, variant) in query.variants.iter().enumerate() {
        let before = query.variants.get(..at).unwrap_or_default();
        if variant.name.is_empty() || before.iter().any(|other| other.name == variant.name) {
            return Err(QueryError::new(&format!("variants.{at}.name"), "must be there, and none twice"));
        }
        if !(variant.weight > 0.0 && variant.weight <= MOST) {
            return Err(QueryError::new(
                &format!("variants.{at}.weight"),
                format!("must be above 0 and at most {MOST}"),
            ));
        }
    }
    let is_known = |control: &String| query.variants.iter().any(|variant| variant.name == *control);
    if !query.variants.is_empty() && query.control.as_ref().is_some_and(|control| !is_known(control)) {
        return Err(QueryError::new("control", "must be one of the variants"));
    }
    Ok(())
}

/// What metrics mean, by their bits.
fn metrics(metrics: &[ExperimentMetric]) -> Result<Vec<Condition>, QueryError> {
    if metrics.is_empty() || metrics.len() > EXPERIMENT_METRICS_MAX {
        return Err(QueryError::new("metrics", format!("must be 1 to {EXPERIMENT_METRICS_MAX}")));
    }
    let one = |(at, metric): (usize, &ExperimentMetric)| {
        let field = |name: &str| format!("metrics.{at}.{name}");
        if metric.name.is_empty() || metric.name.len() > FUNNEL_NAME_BYTES_MAX {
            return Err(QueryError::new(&field("name"), format!("must be 1 to {FUNNEL_NAME_BYTES_MAX} bytes")));
        }
        if metric.kind == MetricKind::Conversion && metric.event == EventPattern::default() {
            return Err(QueryError::new(&field("event"), "must name an event type or filters"));
        }
        let is_code = |code: &String| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        if metric.currency.as_ref().is_some_and(|code| metric.kind == MetricKind::Conversion || !is_code(code)) {
            let detail = "must be an ISO 4217 code, three capital letters, of a metric of revenue";
            return Err(QueryError::new(&field("currency"), detail));
        }
        condition(&metric.event, &field("event"))
    };
    metrics.iter().enumerate().map(one).collect()
}

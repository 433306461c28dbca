//! Experiments: whether those who saw one variant do other than those who saw another.

use serde::{Deserialize, Serialize};

use super::{AnalysisMeta, EventPattern, Length, Unit};
use crate::answer::Instants;
use crate::filter::Filters;
use crate::span::Span;

/// What an experiment is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperimentDefinition {
    /// As [`ExperimentQuery::property`].
    pub property: String,
    /// As [`ExperimentQuery::exposure`].
    #[serde(default)]
    pub exposure: EventPattern,
    /// As [`ExperimentQuery::variants`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// As [`ExperimentQuery::control`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// As [`ExperimentQuery::metrics`].
    pub metrics: Vec<ExperimentMetric>,
    /// As [`ExperimentQuery::unit`].
    #[serde(default)]
    pub unit: Unit,
    /// As [`ExperimentQuery::window`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Length>,
    /// As [`ExperimentQuery::decide_by`].
    #[serde(default)]
    pub decide_by: DecideBy,
    /// As [`ExperimentQuery::effect_sought`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect_sought: Option<f64>,
    /// As [`ExperimentQuery::planned_users`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_users: Option<u64>,
    /// First day that people are exposed on, by the question's zone: `2026-02-01`. Default: as a question says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_on: Option<String>,
    /// Last day, where there is a first. Default: the experiment goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_on: Option<String>,
    /// As [`ExperimentQuery::filters`].
    #[serde(default, skip_serializing_if = "Filters::is_empty")]
    pub filters: Filters,
}

/// Body of `POST /api/v1/sites/{tracking_id}/experiments`, and of `PUT` to one that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewExperiment {
    /// What it is called, 1 to [`crate::limits::EXPERIMENT_NAME_BYTES_MAX`] bytes; no two of a site are called the same.
    pub name: String,
    /// What it is.
    pub definition: ExperimentDefinition,
}

/// An experiment that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// Number to name and to change it by.
    pub experiment: i64,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub definition: ExperimentDefinition,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: u64,
    /// When it was last changed, Unix milliseconds.
    pub changed_at_ms: u64,
}

/// Answer of `GET /api/v1/sites/{tracking_id}/experiments`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experiments {
    /// By name.
    pub experiments: Vec<Experiment>,
}

/// Body of `POST /api/v1/experiment`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperimentQuery {
    /// The site.
    pub tracking_id: String,
    /// When people are first exposed.
    pub date_range: Span,
    /// Name of the custom property that says which variant somebody saw.
    pub property: String,
    /// Which events expose. Default: any that has the property.
    #[serde(default)]
    pub exposure: EventPattern,
    /// The variants, at most [`crate::limits::EXPERIMENT_VARIANTS_MAX`]; other values of the property are none. Default: the
    /// values that were seen, all with the same share of the people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// What the others are compared with. Default: the first of `variants`; else `control` where there is one; else the first
    /// by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// What is compared, 1 to [`crate::limits::EXPERIMENT_METRICS_MAX`].
    pub metrics: Vec<ExperimentMetric>,
    /// Who is exposed.
    #[serde(default)]
    pub unit: Unit,
    /// How long behind the first exposure something counts, even behind the range. Default: to the end of the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Length>,
    /// By what verdicts are given.
    #[serde(default)]
    pub decide_by: DecideBy,
    /// The effect that one wants to find, percent of the control's: what `power` and `users_needed` are told for. Default 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect_sought: Option<f64>,
    /// People that the experiment is planned to take in all; what holds at any time is narrowest there. Default 10 000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_users: Option<u64>,
    /// Only events for which this holds.
    #[serde(default, skip_serializing_if = "Filters::is_empty")]
    pub filters: Filters,
    /// IANA name of the zone that dates are of. Default: the site's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

impl ExperimentQuery {
    /// A question about an experiment as it is kept. Its own days are the caller's to think of.
    pub fn of(tracking_id: String, date_range: Span, definition: ExperimentDefinition) -> Self {
        let ExperimentDefinition {
            property,
            exposure,
            variants,
            control,
            metrics,
            unit,
            window,
            decide_by,
            effect_sought,
            planned_users,
            filters,
            ..
        } = definition;
        Self {
            tracking_id,
            date_range,
            property,
            exposure,
            variants,
            control,
            metrics,
            unit,
            window,
            decide_by,
            effect_sought,
            planned_users,
            filters,
            time_zone: None,
        }
    }
}

/// A variant, and how many are meant to see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Value of the property.
    pub name: String,
    /// Its part of all people, in proportion to the others' weights.
    #[serde(default = "one")]
    pub weight: f64,
}

fn one() -> f64 {
    1.0
}

/// What is compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperimentMetric {
    /// What it is called.
    pub name: String,
    /// What is counted.
    pub kind: MetricKind,
    /// The events that count, from the first exposure on; for a conversion it must say which. Default of revenue: any.
    #[serde(default)]
    pub event: EventPattern,
    /// Of revenue: ISO 4217 code. Default: the currency that most people paid in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// What a metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    /// Who did it at all.
    Conversion,
    /// What each who was exposed paid.
    Revenue,
}

/// By what verdicts are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecideBy {
    /// The sequential test, which holds whenever and however often one looks.
    #[default]
    Sequential,
    /// The plain test, which holds only once, at an end that was set before the start: where people are planned, no verdict is
    /// given before they came.
    PlannedEnd,
}

/// Answer of `POST /api/v1/experiment` and `GET /api/v1/sites/{tracking_id}/experiments/{experiment}/analysis`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExperimentAnswer {
    /// Of an experiment that is kept: which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<i64>,
    /// The span, as it was understood.
    pub date_range: Instants,
    /// Who saw one variant and no other.
    pub exposed: u64,
    /// Who saw several, and is left out.
    pub saw_several: u64,
    /// Who saw a value beyond those that are told apart.
    pub saw_others: u64,
    /// The variants, the control first.
    pub variants: Vec<VariantPeople>,
    /// Whether people came to the variants as they were meant to; none where there are fewer than two variants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// By metric, in the order of the question.
    pub metrics: Vec<MetricResult>,
    /// Share of the experiments without any effect in which one is found all the same.
    pub alpha: f64,
    /// The effect that `power` and `users_needed` are told for, percent of the control's.
    pub effect_sought: f64,
    /// By what verdicts are given.
    pub decide_by: DecideBy,
    /// People that it is planned to take in all, where the question says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_users: Option<u64>,
    /// How the numbers came about.
    pub meta: AnalysisMeta,
}

/// Who saw a variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantPeople {
    /// Its name.
    pub name: String,
    /// Whether the others are compared with it.
    pub is_control: bool,
    /// How many.
    pub exposed: u64,
    /// How many it were meant to be, by its weight.
    pub expected: f64,
}

/// Whether people came to the variants as they were meant to: a chi-square test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// The statistic.
    pub chi_square: f64,
    /// Degrees of freedom.
    pub degrees: u64,
    /// How often chance makes as much of a difference.
    pub p_value: f64,
    /// Whether that is less than once in a thousand: then who saw what was not left to chance, and nothing else here says
    /// anything.
    pub is_broken: bool,
}

/// A metric of all variants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricResult {
    /// What it is called.
    pub name: String,
    /// What is counted.
    pub kind: MetricKind,
    /// Of revenue: what is told is in this currency alone; none where nobody paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Of revenue: all currencies that were paid in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub currencies: Vec<String>,
    /// What follows.
    pub verdict: Verdict,
    /// The same in words.
    pub words: String,
    /// By variant, the control first.
    pub variants: Vec<VariantResult>,
}

/// What follows from numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Too few people for any test.
    #[default]
    NotEnoughData,
    /// What is seen may be chance.
    NoClearDifference,
    /// Better than the control.
    Better,
    /// Worse than the control.
    Worse,
    /// People did not come to the variants as they were meant to.
    SplitIsBroken,
    /// It is to be decided once, at a planned end, and fewer people came so far than are planned.
    TooEarly,
}

/// A metric of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantResult {
    /// Its name.
    pub name: String,
    /// Who saw it.
    pub exposed: u64,
    /// Of these, who did it, or paid.
    pub converted: u64,
    /// Of conversions: those in a hundred. Of revenue: the mean of all who were exposed, in units of the currency.
    pub mean: f64,
    /// Of the mean, in its unit.
    pub interval: Bounds,
    /// Of single people about the mean: of conversions in shares of one, of revenue in squares of the currency's unit.
    pub variance: f64,
    /// Of revenue: what all paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
    /// Beside the control; none for the control.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
}

/// Where something lies in 95 of 100 cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// From here,
    pub low: f64,
    /// to here.
    pub high: f64,
}

/// A variant beside the control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// What follows.
    pub verdict: Verdict,
    /// The difference: of conversions in points of percent, of revenue in units of the currency.
    pub effect: f64,
    /// Of the difference.
    pub interval: Bounds,
    /// The difference, percent of the control's; none where the control's is zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relative: Option<f64>,
    /// Of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relative_interval: Option<Bounds>,
    /// How often chance makes as much of a difference, two-sided. Holds only once, at an end that was set before the start.
    pub p_value: f64,
    /// The same as one of several comparisons, by Holm.
    pub p_value_holm: f64,
    /// What holds whenever and however often one looks.
    pub sequential: Sequential,
    /// How often as many people show an effect as large as `effect_sought`, percent.
    pub power: f64,
    /// The smallest effect that as many people show in 80 of 100 cases, percent of the control's; none where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detectable: Option<f64>,
    /// People that each of the two must have to show `effect_sought` in 80 of 100 cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users_needed: Option<u64>,
}

/// What holds whenever and however often one looks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sequential {
    /// Of the difference, as [`Compared::interval`].
    pub interval: Bounds,
    /// As [`Compared::p_value`].
    pub p_value: f64,
    /// The same as one of several comparisons, by Holm.
    pub p_value_holm: f64,
}

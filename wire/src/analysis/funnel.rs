//! Funnels: who did several things one after the other, and where the others stopped.

use serde::{Deserialize, Serialize};

use super::{AnalysisMeta, EventFilters, EventPattern, Length, Unit};
use crate::answer::Instants;
use crate::dimension::Dimension;
use crate::filter::{FilterValues, Filters};
use crate::span::Span;

/// A step of a funnel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunnelStep {
    /// What it is called. Default: its event type, or `step N`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// As [`EventPattern::event_type`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<FilterValues>,
    /// As [`EventPattern::filters`].
    #[serde(default, skip_serializing_if = "EventFilters::is_empty")]
    pub filters: EventFilters,
}

impl FunnelStep {
    /// Which events it is.
    pub fn pattern(&self) -> EventPattern {
        EventPattern { event_type: self.event_type.clone(), filters: self.filters.clone() }
    }
}

/// What must not happen on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// As [`EventPattern::event_type`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<FilterValues>,
    /// As [`EventPattern::filters`].
    #[serde(default, skip_serializing_if = "EventFilters::is_empty")]
    pub filters: EventFilters,
    /// Between this step, by its number from 1. Default: the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_step: Option<usize>,
    /// And this one. Default: the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_step: Option<usize>,
}

impl Exclusion {
    /// Which events it is.
    pub fn pattern(&self) -> EventPattern {
        EventPattern { event_type: self.event_type.clone(), filters: self.filters.clone() }
    }
}

/// In which order steps count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOrder {
    /// One after the other; anything may happen between them.
    #[default]
    Ordered,
    /// One right after the other; nothing else happens between them.
    Strict,
    /// In any order.
    Any,
}

/// Which attempts count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attempts {
    /// Of each unit the one that gets furthest, whenever it began.
    #[default]
    Best,
    /// Of each unit the first.
    First,
    /// Every one, one after the other.
    All,
}

/// What a funnel is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunnelDefinition {
    /// [`crate::limits::FUNNEL_STEPS_MIN`] to [`crate::limits::FUNNEL_STEPS_MAX`].
    pub steps: Vec<FunnelStep>,
    /// How long the way may take from the first step to the last. Default `7d`.
    #[serde(default)]
    pub window: Length,
    /// In which order steps count.
    #[serde(default)]
    pub order: StepOrder,
    /// Whose steps are looked at together.
    #[serde(default)]
    pub unit: Unit,
    /// Which attempts count.
    #[serde(default)]
    pub attempts: Attempts,
    /// What must not happen on the way; at most [`crate::limits::FUNNEL_EXCLUSIONS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Exclusion>,
    /// Only events for which this holds, steps or not.
    #[serde(default, skip_serializing_if = "Filters::is_empty")]
    pub filters: Filters,
}

/// Body of `POST /api/v1/funnel`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunnelQuery {
    /// The site.
    pub tracking_id: String,
    /// When attempts begin. What belongs to them is looked for until the window is over.
    pub date_range: Span,
    /// As [`FunnelDefinition::steps`].
    pub steps: Vec<FunnelStep>,
    /// As [`FunnelDefinition::window`].
    #[serde(default)]
    pub window: Length,
    /// As [`FunnelDefinition::order`].
    #[serde(default)]
    pub order: StepOrder,
    /// As [`FunnelDefinition::unit`].
    #[serde(default)]
    pub unit: Unit,
    /// As [`FunnelDefinition::attempts`].
    #[serde(default)]
    pub attempts: Attempts,
    /// As [`FunnelDefinition::exclude`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Exclusion>,
    /// As [`FunnelDefinition::filters`].
    #[serde(default, skip_serializing_if = "Filters::is_empty")]
    pub filters: Filters,
    /// Answer also by the values that the first steps have in this dimension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown_by: Option<Dimension>,
    /// Answer also by whether people are in these saved segments, by their numbers; at most
    /// [`crate::limits::FUNNEL_SEGMENTS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breakdown_segments: Vec<String>,
    /// Answer also by the time of the first step: `hour`, `date`, `week` or `month`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Dimension>,
    /// Answer also what those did next who did not go on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub next_actions: bool,
    /// IANA name of the zone that dates and buckets of time are of. Default: the site's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

impl FunnelQuery {
    /// A question about a funnel as it is kept.
    pub fn of(tracking_id: String, date_range: Span, definition: FunnelDefinition) -> Self {
        let FunnelDefinition { steps, window, order, unit, attempts, exclude, filters } = definition;
        Self {
            tracking_id,
            date_range,
            steps,
            window,
            order,
            unit,
            attempts,
            exclude,
            filters,
            breakdown_by: None,
            breakdown_segments: Vec::new(),
            interval: None,
            next_actions: false,
            time_zone: None,
        }
    }
}

/// Answer of `POST /api/v1/funnel` and `GET /api/v1/funnels/{id}/analysis`. Rates are percent, times seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunnelAnswer {
    /// Of a funnel that is kept: which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funnel_id: Option<String>,
    /// The span, as it was understood.
    pub date_range: Instants,
    /// Units, or attempts where all of them count, that did the first step.
    pub total_users: u64,
    /// The steps.
    pub steps: Vec<ToldStep>,
    /// Share of the first step's that did the last.
    pub overall_conversion_rate: f64,
    /// Mean time from the first step to the last; zero where nobody did.
    pub avg_time_to_convert: f64,
    /// The same time in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_to_convert: Option<Times>,
    /// By value of the dimension asked for, most users first; the last may be `(other)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<FunnelGroup>,
    /// By saved segment, in the order asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<FunnelSegment>,
    /// By time of the first step, without gaps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trend: Vec<FunnelPoint>,
    /// How the numbers came about.
    pub meta: AnalysisMeta,
}

/// What became of one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToldStep {
    /// What it is called.
    pub name: String,
    /// Who did it, and all before.
    pub users: u64,
    /// Share of the first step's.
    pub conversion_rate: f64,
    /// Share of the step before that did not do this one; zero for the first.
    pub drop_off_rate: f64,
    /// Who did the step before and not this one.
    pub dropped: u64,
    /// Time from the step before, of those who did both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_from_previous: Option<Times>,
    /// What those did next who did this step and not the one behind, most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next_actions: Vec<NextAction>,
}

/// A distribution of times, seconds. Percentiles are within 0.4 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// Mean.
    pub mean: f64,
    /// Half are at most this long.
    pub median: f64,
    /// Three quarters.
    pub p75: f64,
    /// Nine of ten.
    pub p90: f64,
    /// Nineteen of twenty.
    pub p95: f64,
}

/// What was done instead of going on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextAction {
    /// Event type; none where nothing was done any more, or nothing that is told apart.
    pub event_type: Option<String>,
    /// Path of the page.
    pub page: Option<String>,
    /// How many.
    pub users: u64,
}

/// A funnel among those whose first step has one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunnelGroup {
    /// The value; empty for none.
    pub value: String,
    /// By step.
    pub users: Vec<u64>,
    /// Share of the first step's that did the last.
    pub conversion_rate: f64,
    /// Time from the first step to the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_to_convert: Option<Times>,
}

/// A funnel once more, of the events that are in a saved segment alone, and of all others alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunnelSegment {
    /// The segment's number.
    pub segment: String,
    /// Of those in it; its value is `in`.
    pub inside: FunnelGroup,
    /// Of the others; its value is `not in`.
    pub outside: FunnelGroup,
}

/// A funnel of those who began within one bucket of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunnelPoint {
    /// The bucket, as in answers of queries.
    pub time: String,
    /// By step.
    pub users: Vec<u64>,
    /// Share of the first step's that did the last.
    pub conversion_rate: f64,
    /// Whether the window of all who began is over: else numbers still grow.
    pub is_complete: bool,
}

/// Body of `POST /api/v1/funnels`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewFunnel {
    /// The site.
    pub tracking_id: String,
    /// What it is called; no two of a site are called the same.
    pub name: String,
    /// As [`FunnelDefinition::steps`].
    pub steps: Vec<FunnelStep>,
    /// As [`FunnelDefinition::window`].
    #[serde(default)]
    pub window: Length,
    /// As [`FunnelDefinition::order`].
    #[serde(default)]
    pub order: StepOrder,
    /// As [`FunnelDefinition::unit`].
    #[serde(default)]
    pub unit: Unit,
    /// As [`FunnelDefinition::attempts`].
    #[serde(default)]
    pub attempts: Attempts,
    /// As [`FunnelDefinition::exclude`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Exclusion>,
    /// As [`FunnelDefinition::filters`].
    #[serde(default, skip_serializing_if = "Filters::is_empty")]
    pub filters: Filters,
}

impl NewFunnel {
    /// What it is, without site and name.
    pub fn definition(&self) -> FunnelDefinition {
        FunnelDefinition {
            steps: self.steps.clone(),
            window: self.window,
            order: self.order,
            unit: self.unit,
            attempts: self.attempts,
            exclude: self.exclude.clone(),
            filters: self.filters.clone(),
        }
    }
}

/// A funnel that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Funnel {
    /// Name of it in addresses.
    pub funnel_id: String,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub definition: FunnelDefinition,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// When it was last changed, RFC 3339.
    pub changed_at: String,
}

/// Answer of `GET /api/v1/sites/{tracking_id}/funnels`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Funnels {
    /// By name.
    pub funnels: Vec<Funnel>,
}

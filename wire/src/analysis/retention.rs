//! Retention: of those who came first in one period, who came back in which later one.

use serde::{Deserialize, Serialize};

use super::{AnalysisMeta, EventPattern};
use crate::answer::Instants;
use crate::dimension::Dimension;
use crate::filter::Filters;
use crate::span::Span;

/// Body of `POST /api/v1/retention`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionQuery {
    /// The site.
    pub tracking_id: String,
    /// When people come first. Whether they return is looked for behind it too.
    pub date_range: Span,
    /// What coming first is. Default: any event.
    #[serde(default)]
    pub first: EventPattern,
    /// What returning is. Default: any event.
    #[serde(default)]
    pub returning: EventPattern,
    /// How far back an earlier first event makes somebody no newcomer.
    #[serde(default)]
    pub first_in: FirstIn,
    /// Length of the periods.
    #[serde(default)]
    pub interval: Interval,
    /// Periods behind the first that are looked at, at most [`crate::limits::RETENTION_PERIODS_MAX`]. Default: 30 days, 12
    /// weeks, 12 months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub periods: Option<usize>,
    /// When somebody counts as returned in a period.
    #[serde(default)]
    pub returned: Returned,
    /// Only events for which this holds.
    #[serde(default, skip_serializing_if = "Filters::is_empty")]
    pub filters: Filters,
    /// Answer also by the values that first events have in this dimension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown_by: Option<Dimension>,
    /// IANA name of the zone that periods are of. Default: the site's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// How far back an earlier first event makes somebody no newcomer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstIn {
    /// As far as single events are kept.
    #[default]
    History,
    /// To the start of the range: its first event within the range makes a newcomer of everybody.
    Range,
}

/// Length of a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// Days of the calendar.
    #[default]
    Day,
    /// Weeks, from Monday on.
    Week,
    /// Months.
    Month,
}

/// When somebody counts as returned in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Returned {
    /// Returning within that very period.
    #[default]
    Within,
    /// Returning within it or any later one that is looked at.
    OrLater,
}

/// Answer of `POST /api/v1/retention`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RetentionAnswer {
    /// The span, as it was understood.
    pub date_range: Instants,
    /// By period of the first event, without gaps.
    pub cohorts: Vec<Cohort>,
    /// All cohorts together: of each period, those that are far enough back to have had it.
    pub average: Vec<Returning>,
    /// By value of the dimension asked for, most users first; the last may be `(other)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<RetentionGroup>,
    /// How the numbers came about.
    pub meta: AnalysisMeta,
}

/// Those who came first within one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cohort {
    /// The period, by the date that it begins on.
    pub start: String,
    /// How many.
    pub users: u64,
    /// Who returned, by periods behind the first, from that one on; those that have not begun yet are left out.
    pub returned: Vec<Returning>,
}

/// Who returned within one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Returning {
    /// Periods behind the first.
    pub period: usize,
    /// Of so many.
    pub of: u64,
    /// How many.
    pub users: u64,
    /// Share, percent.
    pub rate: f64,
    /// Whether the period is over: else numbers still grow.
    pub is_complete: bool,
}

/// Those whose first event has one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RetentionGroup {
    /// The value; empty for none.
    pub value: String,
    /// How many.
    pub users: u64,
    /// As [`RetentionAnswer::average`].
    pub average: Vec<Returning>,
}

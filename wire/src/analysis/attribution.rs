//! Attribution: which visits conversions are owed to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AnalysisMeta, EventPattern, Length, Unit};
use crate::answer::Instants;
use crate::filter::Filters;
use crate::span::Span;

/// Body of `POST /api/v1/attribution`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributionQuery {
    /// The site.
    pub tracking_id: String,
    /// When conversions happen.
    pub date_range: Span,
    /// Which events are conversions; it must say.
    pub conversion: EventPattern,
    /// How long before a conversion a visit may have begun. Default `30d`.
    #[serde(default = "month")]
    pub lookback: Length,
    /// What visits are told apart by.
    #[serde(default)]
    pub by: AttributedBy,
    /// How conversions are shared out. Default: every model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<AttributionModel>,
    /// Which conversions count.
    #[serde(default)]
    pub conversions: WhichConversions,
    /// Whose visits belong together.
    #[serde(default)]
    pub unit: Unit,
    /// Values to answer, at most [`crate::limits::ATTRIBUTION_ROWS_MAX`]; the others are one. Default 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Only events for which this holds.
    #[serde(default, skip_serializing_if = "Filters::is_empty")]
    pub filters: Filters,
    /// IANA name of the zone that dates are of. Default: the site's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

fn month() -> Length {
    Length::of_seconds(30 * 86_400).unwrap_or_default()
}

/// What visits are told apart by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributedBy {
    /// Who sent them.
    Source,
    /// The kind of sender.
    #[default]
    Channel,
    /// `utm_medium` of the link followed.
    Medium,
    /// `utm_campaign` of the link followed.
    Campaign,
}

/// How a conversion is shared out to the visits before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributionModel {
    /// To the first.
    First,
    /// To the last.
    Last,
    /// To the last that did not come directly; where all did, to the last.
    LastNonDirect,
    /// In equal parts.
    Linear,
    /// 40 % to the first, 40 % to the last, the rest in equal parts to those between; of two, half each.
    Position,
    /// By half with every seven days before the conversion.
    TimeDecay,
    /// By what would be lost without each value: the removal effect in a Markov chain of order 1.
    DataDriven,
}

impl AttributionModel {
    /// Every model, in the order of their declaration.
    pub const ALL: [Self; 7] =
        [Self::First, Self::Last, Self::LastNonDirect, Self::Linear, Self::Position, Self::TimeDecay, Self::DataDriven];
}

/// Which conversions count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhichConversions {
    /// Every one.
    #[default]
    All,
    /// Each person's first within the range.
    First,
}

/// Answer of `POST /api/v1/attribution`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributionAnswer {
    /// The span, as it was understood.
    pub date_range: Instants,
    /// Conversions; what the rows of each model add up to.
    pub conversions: u64,
    /// People who converted.
    pub users: u64,
    /// What was paid with them, by currency, in its unit; what the rows of each model add up to.
    pub revenue: BTreeMap<String, f64>,
    /// The models, in the order of the rows' credits.
    pub models: Vec<AttributionModel>,
    /// By value, empty for none, most of all models together first; the last may be `(other)`. `(no visit)` has conversions
    /// before which no visit is known.
    pub rows: Vec<AttributionRow>,
    /// Conversions by visits before them, ascending; the last are so many and more.
    pub lengths: Vec<PathLength>,
    /// Ways to conversions, the most usual first, at most [`crate::limits::ATTRIBUTION_PATHS_MAX`].
    pub paths: Vec<AttributionPath>,
    /// Different ways to conversions, so far as they are told apart.
    pub paths_total: u64,
    /// Of the data-driven model: ways that led to no conversion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_conversion: Option<u64>,
    /// Whether single events are kept for as long before the range as is looked back.
    pub lookback_is_complete: bool,
    /// How the numbers came about.
    pub meta: AnalysisMeta,
}

/// What is owed to one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributionRow {
    /// The value.
    pub value: String,
    /// By model.
    pub credits: Vec<Credit>,
}

/// What is owed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Credit {
    /// Conversions, and parts of such.
    pub conversions: f64,
    /// What was paid, by currency, in its unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub revenue: BTreeMap<String, f64>,
}

/// Conversions with so many visits before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathLength {
    /// Visits.
    pub visits: usize,
    /// Conversions.
    pub conversions: u64,
}

/// A way to conversions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributionPath {
    /// Values of the visits, in the order of time; the same again is one.
    pub values: Vec<String>,
    /// Whether there were others before these.
    #[serde(default)]
    pub is_cut: bool,
    /// Conversions.
    pub conversions: u64,
    /// What was paid with them, by currency, in its unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub revenue: BTreeMap<String, f64>,
}

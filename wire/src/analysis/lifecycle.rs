//! Lifecycle: who is new, who returns, who comes back after a break, who stays away; and how often people come.

use serde::{Deserialize, Serialize};

use super::{AnalysisMeta, EventPattern, Interval, Unit};
use crate::answer::Instants;
use crate::dimension::Dimension;
use crate::filter::Filters;
use crate::span::Span;

/// Body of `POST /api/v1/lifecycle`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifecycleQuery {
    /// The site.
    pub tracking_id: String,
    /// The span of time; answered are all buckets that it touches, whole ones.
    pub date_range: Span,
    /// What being active is. Default: any event.
    #[serde(default)]
    pub active: EventPattern,
    /// Length of the buckets.
    #[serde(default)]
    pub interval: Interval,
    /// Whose events are looked at together. Of visits it is told how many were active alone.
    #[serde(default)]
    pub unit: Unit,
    /// Only events for which this holds.
    #[serde(default, skip_serializing_if = "Filters::is_empty")]
    pub filters: Filters,
    /// Answer also by the values that people's first active events have in this dimension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown_by: Option<Dimension>,
    /// IANA name of the zone that days are of. Default: the site's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// Answer of `POST /api/v1/lifecycle`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LifecycleAnswer {
    /// The span, as it was understood.
    pub date_range: Instants,
    /// Buckets of time, without gaps; those that have not begun are left out.
    pub buckets: Vec<LifecycleBucket>,
    /// Days of the span, without gaps; those that have not begun are left out.
    pub stickiness: Vec<Stickiness>,
    /// By value of the dimension asked for, most active ones first; the last may be `(other)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<LifecycleGroup>,
    /// What cannot be known, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<String>,
    /// How the numbers came about.
    pub meta: AnalysisMeta,
}

/// Who was there in one bucket of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LifecycleBucket {
    /// The date that it begins on.
    pub start: String,
    /// Who was active: new, returning and resurrected together.
    pub active: u64,
    /// How they came to be; none where it cannot be known.
    #[serde(flatten)]
    pub lives: Option<Lives>,
    /// Whether the bucket is over: else numbers still change.
    pub is_complete: bool,
}

/// How those of a bucket came to be there, and who is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lives {
    /// Active for the first time, as far back as single events are kept.
    pub new: u64,
    /// Active in the bucket before too.
    pub returning: u64,
    /// Active before, but not in the bucket before.
    pub resurrected: u64,
    /// Active in the bucket before, and not in this one.
    pub dormant: u64,
    /// New and resurrected without dormant: by so many the active ones are more than in the bucket before.
    pub net: i64,
}

/// How often people come, by one day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stickiness {
    /// The day.
    pub date: String,
    /// Who was active on that day.
    pub dau: u64,
    /// Who was within the seven days that end with it; none where it cannot be known.
    pub wau: Option<u64>,
    /// Who was within the 28 days that end with it; none where it cannot be known.
    pub mau: Option<u64>,
    /// `dau` of `wau`, percent.
    pub dau_wau: Option<f64>,
    /// `dau` of `mau`, percent.
    pub dau_mau: Option<f64>,
    /// Whether the day is over.
    pub is_complete: bool,
}

/// Those whose first active event has one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LifecycleGroup {
    /// The value; empty for none.
    pub value: String,
    /// As [`LifecycleAnswer::buckets`].
    pub buckets: Vec<LifecycleBucket>,
}

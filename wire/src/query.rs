//! Questions about a site's history and their answers: `POST /api/v1/query`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::dimension::{Dimension, PropertyName};
pub use crate::filter::{Filter, FilterValues, Filters, Operator};

/// A question: metrics by dimensions over a range.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The site.
    pub tracking_id: String,
    /// The span of time.
    pub date_range: DateRange,
    /// What to compute; at least one, none twice.
    pub metrics: Vec<Metric>,
    /// What to break down by: at most one of time and [`crate::limits::QUERY_DIMENSIONS_MAX`] others. None gives one
    /// row for the whole range.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
    /// Only events for which this holds.
    #[serde(default, skip_serializing_if = "Filters::is_empty")]
    pub filters: Filters,
    /// Sorting, first key first. Default: time ascending if asked by time, else the first metric descending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order_by: Vec<Order>,
    /// Rows to answer, at most [`crate::limits::QUERY_LIMIT_MAX`]. Default 1 000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Rows to leave out before the first that is answered.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub offset: usize,
    /// IANA name of the zone that dates and buckets of time are of. Default: the site's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Answer also what was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Comparison>,
    /// Answer also the metrics of everything, as if there were no dimensions.
    #[serde(default, skip_serializing_if = "is_false")]
    pub totals: bool,
    /// Share of visitors to look at where single events must be read, above 0 and below 1. Default: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<f64>,
}

/// What a range is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Which span.
    pub period: ComparisonPeriod,
    /// The span, where `period` is `custom`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_range: Option<DateRange>,
    /// Move the span so that it begins on the same day of the week.
    #[serde(default, skip_serializing_if = "is_false")]
    pub match_weekday: bool,
    /// Where the range is still running, end the other span after as much time as has passed of it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub same_hours: bool,
}

/// Which span a range is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonPeriod {
    /// As many days right before.
    Previous,
    /// The same days a year before.
    Year,
    /// As given.
    Custom,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// A half-open span of time. Each end is a UTC date (`2026-02-01`) or an RFC 3339 instant; a date as
/// `end` means the end of that day, so `{start: d, end: d}` is one whole day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateRange {
    /// From here on.
    pub start: String,
    /// Up to here.
    pub end: String,
}

/// What a query computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Page views.
    Pageviews,
    /// Events of every kind, page views among them.
    Events,
    /// Distinct visitors, estimated by a sketch; `meta.unique_users` says how well and in which unit.
    #[serde(alias = "visitors")]
    UniqueUsers,
    /// Visits, by the time they began.
    Visits,
    /// Visits that saw one page, percent.
    BounceRate,
    /// Mean time from the first to the last event of a visit, seconds.
    VisitDuration,
    /// Page views for each visit.
    ViewsPerVisit,
    /// Mean time that the pages of a visit were in view and used, seconds.
    EngagedTime,
    /// Visits that reached a goal.
    Conversions,
    /// Visits that reached a goal, percent.
    ConversionRate,
    /// Mean quality of the visits, 0 to 100.
    Quality,
    /// What was paid, by currency.
    Revenue,
}

impl Metric {
    /// Whether it is told by visits, and not by single events.
    pub fn is_of_visits(self) -> bool {
        !matches!(self, Self::Pageviews | Self::Events | Self::UniqueUsers | Self::Revenue)
    }

    /// Its name in queries and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pageviews => "pageviews",
            Self::Events => "events",
            Self::UniqueUsers => "unique_users",
            Self::Visits => "visits",
            Self::BounceRate => "bounce_rate",
            Self::VisitDuration => "visit_duration",
            Self::ViewsPerVisit => "views_per_visit",
            Self::EngagedTime => "engaged_time",
            Self::Conversions => "conversions",
            Self::ConversionRate => "conversion_rate",
            Self::Quality => "quality",
            Self::Revenue => "revenue",
        }
    }
}

/// One sort key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// A metric or dimension of this query, by name.
    pub field: String,
    /// Which way.
    #[serde(default)]
    pub direction: Direction,
}

/// Sort direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Smallest first.
    Asc,
    /// Largest first.
    #[default]
    Desc,
}

/// The answer to a [`Query`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Names this answer in the server's log.
    pub query_id: String,
    /// Time taken on the server.
    pub execution_time_ms: f64,
    /// One object per row: each dimension and metric of the query by name. Time dimensions are RFC 3339
    /// (`date` is a plain date) and have no gaps: a bucket without events has zeros.
    pub rows: Vec<Row>,
    /// Rows before `limit`.
    pub total_rows: usize,
    /// Whether the numbers are extrapolated from a sample.
    pub is_sampled: bool,
    /// How the numbers came about.
    pub meta: Meta,
}

/// A row: dimension and metric values by name.
pub type Row = BTreeMap<String, Cell>;

/// One value of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// A count.
    Count(u64),
    /// A mean or a share; zero where there is nothing to take it of.
    Number(f64),
    /// Amounts by currency (ISO 4217), in its unit.
    Money(BTreeMap<String, f64>),
    /// A dimension's value.
    Text(String),
}

/// How an answer came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// `rollup`: merged from counters and sketches.
    pub source: String,
    /// Length of the rollup windows read: `minute`, `hour`, `day`.
    pub granularity: String,
    /// Rollup rows read.
    pub rows_read: u64,
    /// Version of the site's data this was computed from; see [`crate::realtime::Realtime::version`].
    pub version: u64,
    /// Time zone of the buckets.
    pub time_zone: String,
    /// About `unique_users`, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_users: Option<UniqueUsersMeta>,
}

/// What `unique_users` means in an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UniqueUsersMeta {
    /// `visitors`, or `visitor_days` where the range spans days and ids are renewed daily: a person who
    /// comes on three days counts three times.
    pub unit: String,
    /// Standard error of the estimate, relative.
    pub standard_error: f64,
}

/// Answer of `GET /api/v1/outcomes`: a site's events that were not counted, by the time they arrived at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeCounts {
    /// The site.
    pub tracking_id: String,
    /// What became of them, most frequent first.
    pub outcomes: Vec<OutcomeCount>,
}

/// How many events ended in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeCount {
    /// `rejected`, `filtered`, `duplicate` or `limited`.
    pub outcome: String,
    /// Why: the field at fault, the kind of filter or of limit.
    pub reason: String,
    /// How many events.
    pub events: u64,
}

//! Answers about a site's history.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The answer to a [`crate::query::Query`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Names this answer in the server's log.
    pub query_id: String,
    /// Time taken on the server.
    pub execution_time_ms: f64,
    /// One object per row: each dimension and metric of the query by name. Hours and minutes are RFC 3339, other
    /// buckets of time the date they begin on; a series has no gaps: a bucket without events has zeros.
    pub rows: Vec<Row>,
    /// Rows before `offset` and `limit`.
    pub total_rows: usize,
    /// The metrics of everything, where asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Row>,
    /// What was then, where asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Compared>,
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

/// What the answer's rows are compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// The span compared with.
    pub date_range: Instants,
    /// For each row of the answer, in its order, the row of then: of the same values, and of the bucket that lies as far
    /// from the start by the local calendar and clock. It bears its own time. None where then had no such bucket: a
    /// month of 31 days has one more than one of 30.
    pub rows: Vec<Option<Row>>,
    /// The metrics of everything then, where totals are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Row>,
}

/// A half-open span of time, as it was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instants {
    /// First instant, RFC 3339 in the answer's time zone.
    pub start: String,
    /// First instant behind it.
    pub end: String,
}

/// How an answer came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// `rollup`: merged from counters and sketches. `raw`: counted from single events.
    pub source: String,
    /// Length of the shortest rollup windows read: `minute`, `hour`, `day`; `event` where single events were.
    pub granularity: String,
    /// Rollup rows or single events read.
    pub rows_read: u64,
    /// Version of the site's data this was computed from; see [`crate::realtime::Realtime::version`].
    pub version: u64,
    /// Time zone of dates and buckets.
    pub time_zone: String,
    /// The span asked about, as it was understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_range: Option<Instants>,
    /// From here on numbers may still grow, for not all edges have delivered yet. RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<String>,
    /// Share of the visitors that was looked at, where it is not all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_rate: Option<f64>,
    /// Where windows short enough are no longer kept: to what length the range's ends and its buckets were rounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounded_to: Option<String>,
    /// Whether it was computed before, from the same version of the data.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_cached: bool,
    /// About distinct visitors, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_users: Option<UniqueUsersMeta>,
    /// About converted amounts, when asked for and the site declares a reporting currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<ConversionMeta>,
    /// Where filters say what people did, what a person is: `visitors`, or `visitor_days` where ids are renewed every UTC
    /// day, so that nobody is known to have done anything on another day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<String>,
}

/// How amounts were converted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionMeta {
    /// Into which currency.
    pub currency: String,
    /// The rates that were used, as the site's owner declared them.
    pub rates: Vec<RateMeta>,
    /// Currencies without a rate: their amounts stand by themselves.
    pub missing: Vec<String>,
}

/// A declared rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateMeta {
    /// Of which currency.
    pub currency: String,
    /// Units of the reporting currency for one of its own, a decimal number.
    pub rate: String,
    /// The date that the owner says it is of; may be empty.
    pub as_of: String,
}

/// What distinct visitors mean in an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UniqueUsersMeta {
    /// `visitors`, or `visitor_days` where the range spans days and ids are renewed daily: a person who
    /// comes on three days counts three times.
    pub unit: String,
    /// Standard error of the estimate, relative; zero where it is exact.
    pub standard_error: f64,
    /// ± of the estimate that holds in 95 of 100 cases, relative; zero where it is exact.
    #[serde(default)]
    pub error_95: f64,
}

fn is_false(flag: &bool) -> bool {
    !flag
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

//! Questions about a site's history: `POST /api/v1/query`.

use serde::{Deserialize, Serialize};

pub use crate::answer::{
    Answer, Cell, Compared, ConversionMeta, Instants, Meta, OutcomeCount, OutcomeCounts, RateMeta, Row, UniqueUsersMeta,
};
pub use crate::dimension::{Dimension, PropertyName};
pub use crate::filter::{Filter, FilterValues, Filters, Operator};
pub use crate::span::{DateRange, Preset, Span};

/// A question: metrics by dimensions over a range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The site.
    pub tracking_id: String,
    /// The span of time.
    pub date_range: Span,
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
    /// Convert amounts into the site's reporting currency, by its name (ISO 4217) or as `reporting`, which leaves them as they
    /// are where the site declares none. Default: amounts stand by the currency that they were paid in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

impl Query {
    /// A question about a whole range and every event in it.
    pub fn new(tracking_id: impl Into<String>, date_range: impl Into<Span>, metrics: Vec<Metric>) -> Self {
        Self {
            tracking_id: tracking_id.into(),
            date_range: date_range.into(),
            metrics,
            dimensions: Vec::new(),
            filters: Filters::default(),
            order_by: Vec::new(),
            limit: None,
            offset: 0,
            time_zone: None,
            compare: None,
            totals: false,
            sample: None,
            currency: None,
        }
    }
}

/// What a range is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Which span.
    pub period: ComparisonPeriod,
    /// The span, where `period` is `custom`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_range: Option<Span>,
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
    /// What was paid for each event that paid anything, by currency.
    AverageOrder,
    /// Events that paid more than nothing.
    Orders,
    /// What was paid for each distinct visitor, by currency.
    RevenuePerVisitor,
    /// Distinct visitors under the name they bear in reports: by `date` the daily active ones, by `week` the weekly, by
    /// `month` the monthly, over `realtime` those of the last five minutes.
    ActiveUsers,
    /// Events for each distinct visitor.
    EventsPerVisitor,
    /// Share of all distinct visitors, percent; takes a dimension.
    Percentage,
}

impl Metric {
    /// Whether it is told by visits, and not by single events.
    pub fn is_of_visits(self) -> bool {
        matches!(
            self,
            Self::Visits
                | Self::BounceRate
                | Self::VisitDuration
                | Self::ViewsPerVisit
                | Self::EngagedTime
                | Self::Conversions
                | Self::ConversionRate
                | Self::Quality
        )
    }

    /// Whether it takes the number of distinct visitors.
    pub fn is_of_visitors(self) -> bool {
        matches!(
            self,
            Self::UniqueUsers | Self::ActiveUsers | Self::EventsPerVisitor | Self::Percentage | Self::RevenuePerVisitor
        )
    }

    /// Whether it takes what was paid.
    pub fn is_of_money(self) -> bool {
        matches!(self, Self::Revenue | Self::AverageOrder | Self::Orders | Self::RevenuePerVisitor)
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
            Self::AverageOrder => "average_order",
            Self::Orders => "orders",
            Self::RevenuePerVisitor => "revenue_per_visitor",
            Self::ActiveUsers => "active_users",
            Self::EventsPerVisitor => "events_per_visitor",
            Self::Percentage => "percentage",
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

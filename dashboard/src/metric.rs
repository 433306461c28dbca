//! The numbers of the KPI row and the chart.

use wire::query::{Cell, Metric, Row};

/// What every summary and series asks for.
pub const ASKED: [Metric; 3] = [Metric::UniqueUsers, Metric::Pageviews, Metric::Events];

/// The asked metrics of one row: a whole range, or one bucket of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Distinct visitors.
    pub visitors: u64,
    /// Page views.
    pub pageviews: u64,
    /// Events of every kind.
    pub events: u64,
}

impl Counts {
    /// Reads a row; a metric it lacks is zero.
    pub fn of_row(row: &Row) -> Self {
        Self { visitors: count(row, "unique_users"), pageviews: count(row, "pageviews"), events: count(row, "events") }
    }
}

/// A count of a row by name; zero if it has none.
pub fn count(row: &Row, name: &str) -> u64 {
    match row.get(name) {
        Some(Cell::Count(value)) => *value,
        _ => 0,
    }
}

/// A text of a row by name; empty if it has none.
pub fn text<'a>(row: &'a Row, name: &str) -> &'a str {
    match row.get(name) {
        Some(Cell::Text(value)) => value,
        _ => "",
    }
}

/// A number of the KPI row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kpi {
    /// Distinct visitors.
    Visitors,
    /// Page views.
    Pageviews,
    /// Events of every kind.
    Events,
    /// Page views for each visitor.
    ViewsPerVisitor,
}

impl Kpi {
    /// All of them, in the order of the row.
    pub const ALL: [Self; 4] = [Self::Visitors, Self::Pageviews, Self::Events, Self::ViewsPerVisitor];

    /// The name people read.
    pub fn title(self) -> &'static str {
        match self {
            Self::Visitors => "Unique visitors",
            Self::Pageviews => "Pageviews",
            Self::Events => "Events",
            Self::ViewsPerVisitor => "Views per visitor",
        }
    }

    /// The name browser tests find it by.
    pub fn test_id(self) -> &'static str {
        match self {
            Self::Visitors => "kpi-visitors",
            Self::Pageviews => "kpi-pageviews",
            Self::Events => "kpi-events",
            Self::ViewsPerVisitor => "kpi-views-per-visitor",
        }
    }

    /// Its value.
    #[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
    pub fn of(self, counts: Counts) -> f64 {
        match self {
            Self::Visitors => counts.visitors as f64,
            Self::Pageviews => counts.pageviews as f64,
            Self::Events => counts.events as f64,
            Self::ViewsPerVisitor if counts.visitors == 0 => 0.0,
            Self::ViewsPerVisitor => counts.pageviews as f64 / counts.visitors as f64,
        }
    }
}

//! The numbers of the KPI row and the chart.

use wire::query::{Answer, Cell, Metric, Row};

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

/// What a number is of, which says how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Whole things.
    Count,
    /// A mean of things.
    Ratio,
    /// Hundredths of a whole.
    Percent,
    /// Seconds.
    Seconds,
    /// An amount in the answer's currency.
    Money,
}

/// A number of the KPI row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kpi {
    /// Distinct visitors.
    Visitors,
    /// Visits.
    Visits,
    /// Page views.
    Pageviews,
    /// Page views for each visit.
    ViewsPerVisit,
    /// Visits with one page view.
    BounceRate,
    /// Mean length of a visit.
    VisitDuration,
    /// Events of every kind.
    Events,
    /// Events for each visitor.
    EventsPerVisitor,
    /// Visits that reached a goal.
    Conversions,
    /// Their share of all visits.
    ConversionRate,
    /// What was paid.
    Revenue,
}

/// Each with its metric, the name people read, and its unit.
const TABLE: [(Kpi, Metric, &str, Unit); 11] = [
    (Kpi::Visitors, Metric::UniqueUsers, "Unique visitors", Unit::Count),
    (Kpi::Visits, Metric::Visits, "Visits", Unit::Count),
    (Kpi::Pageviews, Metric::Pageviews, "Pageviews", Unit::Count),
    (Kpi::ViewsPerVisit, Metric::ViewsPerVisit, "Views per visit", Unit::Ratio),
    (Kpi::BounceRate, Metric::BounceRate, "Bounce rate", Unit::Percent),
    (Kpi::VisitDuration, Metric::VisitDuration, "Visit duration", Unit::Seconds),
    (Kpi::Events, Metric::Events, "Events", Unit::Count),
    (Kpi::EventsPerVisitor, Metric::EventsPerVisitor, "Events per visitor", Unit::Ratio),
    (Kpi::Conversions, Metric::Conversions, "Conversions", Unit::Count),
    (Kpi::ConversionRate, Metric::ConversionRate, "Conversion rate", Unit::Percent),
    (Kpi::Revenue, Metric::Revenue, "Revenue", Unit::Money),
];

impl Kpi {
    /// Of everything, of a page, of a source.
    pub const OF_VISITS: [Self; 7] = [
        Self::Visitors,
        Self::Visits,
        Self::Pageviews,
        Self::ViewsPerVisit,
        Self::BounceRate,
        Self::VisitDuration,
        Self::Events,
    ];
    /// Of some types of events.
    pub const OF_EVENTS: [Self; 4] = [Self::Visitors, Self::Events, Self::EventsPerVisitor, Self::Revenue];
    /// Of goals.
    pub const OF_GOALS: [Self; 5] =
        [Self::Visitors, Self::Conversions, Self::ConversionRate, Self::Events, Self::Revenue];

    fn entry(self) -> (Metric, &'static str, Unit) {
        let found = TABLE.iter().find(|(kpi, ..)| *kpi == self);
        found.map_or((Metric::UniqueUsers, "", Unit::Count), |(_, metric, title, unit)| (*metric, title, *unit))
    }

    /// What is asked for.
    pub fn metric(self) -> Metric {
        self.entry().0
    }

    /// Its name in URLs and questions.
    pub fn name(self) -> &'static str {
        self.metric().name()
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|(_, metric, ..)| metric.name() == name).map(|(kpi, ..)| *kpi)
    }

    /// The name people read.
    pub fn title(self) -> &'static str {
        self.entry().1
    }

    /// What it is of.
    pub fn unit(self) -> Unit {
        self.entry().2
    }

    /// Whether less of it is better.
    pub fn is_better_low(self) -> bool {
        self == Self::BounceRate
    }

    /// Its value in a row; a metric that the row lacks is zero.
    #[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
    pub fn of(self, row: &Row, currency: &str) -> f64 {
        match row.get(self.name()) {
            Some(Cell::Count(value)) => *value as f64,
            Some(Cell::Number(value)) => *value,
            Some(Cell::Money(amounts)) => amounts.get(currency).copied().unwrap_or(0.0),
            _ => 0.0,
        }
    }
}

/// The currency that most was paid in; euros where nothing was. Amounts of different currencies are never added.
pub fn currency(answer: &Answer) -> String {
    let mut largest = ("EUR", 0.0);
    let of_then = answer.comparison.iter().flat_map(|compared| compared.rows.iter().flatten());
    for cell in answer.rows.iter().chain(of_then).filter_map(|row| row.get(Kpi::Revenue.name())) {
        if let Cell::Money(amounts) = cell {
            for (currency, amount) in amounts {
                if *amount > largest.1 {
                    largest = (currency, *amount);
                }
            }
        }
    }
    largest.0.to_owned()
}

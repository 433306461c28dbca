//! What is asked, as the address says it.
//!
//! ```text
//! ?v=1&period=28d&by=week&figure=orders&breakdown=utm_campaign
//! ```

use wire::query::{Answer, Cell, Dimension, Direction, Metric, Order, Query, Row};

use super::super::editing::Asks;
use super::super::frame::Asking;
use super::super::options::Named;
use super::super::said::Said;
use crate::metric;
use crate::view::filter::{self, Condition};

/// What is drawn over time.
pub const FIGURES: &[Named<Metric>] = &[
    (Metric::Revenue, "revenue", "Revenue"),
    (Metric::Orders, "orders", "Orders"),
    (Metric::AverageOrder, "average_order", "Average order"),
    (Metric::RevenuePerVisitor, "revenue_per_visitor", "Revenue per visitor"),
];

/// Rows of the table.
const ROWS: usize = 50;

/// Types of events that are looked through for some that paid.
const TYPES: usize = 20;

/// Points of a chart: ten years of days fit.
const POINTS: usize = 4000;

/// What is shown of revenue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// What is drawn over time.
    pub figure: Metric,
    /// What the table is by.
    pub by: Dimension,
}

impl Asks for State {
    type Query = Query;
    type Answer = Answer;

    const PATH: &'static str = "/api/v1/query";

    fn read(said: &Said) -> Self {
        let by = said.one("breakdown").and_then(|name| Dimension::named(&name)).filter(|by| !by.is_time());
        Self { figure: said.choice("figure", FIGURES, Metric::Revenue), by: by.unwrap_or(Dimension::Source) }
    }

    fn said(&self) -> Said {
        let mut said = Said::default();
        said.put_choice("figure", FIGURES, Metric::Revenue, self.figure);
        if self.by != Dimension::Source {
            said.put("breakdown", &self.by.to_string());
        }
        said
    }

    fn query(&self, asking: Asking) -> Option<Query> {
        Some(totals(asking))
    }

    fn zone(answer: &Answer) -> &str {
        &answer.meta.time_zone
    }
}

/// A question about what was paid, with what was paid before, in the reporting currency where there is one.
fn question(asking: Asking, metrics: Vec<Metric>) -> Query {
    let totals = asking.shown.with(|view| view.totals(&asking.site()));
    Query { metrics, currency: Some("reporting".to_owned()), ..totals }
}

/// Of everything.
fn totals(asking: Asking) -> Query {
    let metrics = FIGURES.iter().map(|(metric, ..)| *metric).chain([Metric::UniqueUsers]);
    question(asking, metrics.collect())
}

/// Over time.
pub fn series(asking: Asking) -> Query {
    let today = asking.shown.today();
    let interval = asking.shown.with(|view| view.interval(today));
    let metrics = FIGURES.iter().map(|(metric, ..)| *metric).collect();
    Query { dimensions: vec![interval], limit: Some(POINTS), ..question(asking, metrics) }
}

/// By the currency that was paid in.
pub fn currencies(asking: Asking) -> Query {
    Query { compare: None, currency: None, ..question(asking, vec![Metric::Revenue, Metric::AverageOrder]) }
}

/// By the values of a dimension.
pub fn values(asking: Asking, by: Dimension) -> Query {
    let metrics = FIGURES.iter().map(|(metric, ..)| *metric).collect();
    Query { dimensions: vec![by], limit: Some(ROWS), order_by: most(Metric::Revenue), ..question(asking, metrics) }
}

/// Which events paid.
pub fn types(asking: Asking) -> Query {
    Query {
        compare: None,
        dimensions: vec![Dimension::EventType],
        limit: Some(TYPES),
        order_by: most(Metric::Orders),
        ..question(asking, vec![Metric::Orders])
    }
}

/// Who did any of these; none where there are none.
pub fn payers(asking: Asking, types: Vec<String>) -> Option<Query> {
    if types.is_empty() {
        return None;
    }
    let operator = wire::query::Operator::Is;
    let paid = Condition { dimension: Dimension::EventType, operator, values: types };
    let conditions = asking.shown.with(|view| view.conditions.clone()).into_iter().chain([paid]);
    let filters = filter::all(&conditions.collect::<Vec<_>>());
    Some(Query { filters, ..question(asking, vec![Metric::UniqueUsers]) })
}

/// The types of an answer to [`types`] that paid.
pub fn paying(answer: &Answer) -> Vec<String> {
    let paid = answer.rows.iter().filter(|row| metric::count(row, "orders") > 0);
    paid.map(|row| metric::text(row, "event_type").to_owned()).collect()
}

fn most(metric: Metric) -> Vec<Order> {
    vec![Order { field: metric.name().to_owned(), direction: Direction::Desc }]
}

/// The currency that an answer is read in: the reporting one, else that which most was paid in.
pub fn currency(answer: &Answer) -> String {
    answer.meta.conversion.as_ref().map_or_else(|| metric::currency(answer), |conversion| conversion.currency.clone())
}

/// A metric's number in a row: of amounts, those in a currency.
#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
pub fn number(row: &Row, metric: Metric, currency: &str) -> f64 {
    match row.get(metric.name()) {
        Some(Cell::Count(count)) => *count as f64,
        Some(Cell::Number(number)) => *number,
        Some(Cell::Money(amounts)) => amounts.get(currency).copied().unwrap_or_default(),
        Some(Cell::Text(_)) | None => 0.0,
    }
}

/// The amounts of a row by currency.
pub fn amounts(row: &Row, metric: Metric) -> Vec<(String, f64)> {
    match row.get(metric.name()) {
        Some(Cell::Money(amounts)) => amounts.iter().map(|(currency, amount)| (currency.clone(), *amount)).collect(),
        _ => Vec::new(),
    }
}

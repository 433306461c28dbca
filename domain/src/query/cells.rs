//! From what was counted to the values of an answer.

use wire::query::{Cell, Metric, Row};

use super::{Counted, Group, Question};
use crate::rollup::VisitSums;
use crate::window::SECOND_MS;

const PERCENT: f64 = 100.0;

/// Means are rounded, so that they read well: percent, seconds and scores to tenths, the rest to hundredths.
const TENTHS: f64 = 10.0;
const HUNDREDTHS: f64 = 100.0;

/// Millionths in a unit of money.
const MICROS: f64 = 1e6;

/// The row of a group.
///
/// * `all_visitors`: distinct visitors of everything, for [`Metric::Percentage`]
pub(super) fn row(question: &Question, group: &Group, all_visitors: u64) -> Row {
    let time = question.buckets.as_ref().map(|buckets| {
        let label = buckets.labels.get(group.bucket).cloned().unwrap_or_default();
        (buckets.dimension.name().to_owned(), Cell::Text(label))
    });
    let values = question.by.iter().zip(&group.values);
    let values = values.map(|(by, value)| (by.to_string(), Cell::Text(value.clone())));
    let metrics = question.metrics.iter();
    let metrics = metrics.map(|metric| (metric.name().to_owned(), cell(*metric, &group.counted, all_visitors)));
    time.into_iter().chain(values).chain(metrics).collect()
}

/// The value of a metric. What is not known to be above zero is zero: an edge that lost its disk may take back visits
/// that it never said.
pub(super) fn cell(metric: Metric, counted: &Counted, all_visitors: u64) -> Cell {
    let VisitSums { visits, bounces, visit_ms, engaged_ms, converted, quality } = counted.visits;
    let count = |sum: i64| Cell::Count(u64::try_from(sum).unwrap_or_default());
    let mean = |sum: f64, of: f64, decimals: f64| {
        let mean = if of > 0.0 { sum.max(0.0) / of } else { 0.0 };
        Cell::Number((mean * decimals).round() / decimals)
    };
    let of_visits = |sum: f64, decimals: f64| mean(sum, visits as f64, decimals);
    match metric {
        Metric::Pageviews => Cell::Count(counted.pageviews),
        Metric::Events => Cell::Count(counted.events),
        Metric::UniqueUsers | Metric::ActiveUsers => Cell::Count(counted.visitors),
        Metric::EventsPerVisitor => mean(counted.events as f64, counted.visitors as f64, HUNDREDTHS),
        Metric::Percentage => mean(counted.visitors as f64 * PERCENT, all_visitors as f64, TENTHS),
        Metric::Visits => count(visits),
        Metric::BounceRate => of_visits(bounces as f64 * PERCENT, TENTHS),
        Metric::VisitDuration => of_visits(visit_ms as f64 / SECOND_MS as f64, TENTHS),
        Metric::ViewsPerVisit => of_visits(counted.pageviews as f64, HUNDREDTHS),
        Metric::EngagedTime => of_visits(engaged_ms as f64 / SECOND_MS as f64, TENTHS),
        Metric::Conversions => count(converted),
        Metric::ConversionRate => of_visits(converted as f64 * PERCENT, TENTHS),
        Metric::Quality => of_visits(quality as f64, TENTHS),
        Metric::Revenue => {
            let paid = counted.revenue.iter().filter(|(_, micros)| **micros != 0);
            Cell::Money(paid.map(|(currency, micros)| (currency.clone(), *micros as f64 / MICROS)).collect())
        }
        Metric::AverageOrder => {
            let orders = counted.orders.iter().filter(|(_, orders)| **orders > 0);
            let average = |(currency, orders): (&String, &u64)| {
                let micros = counted.revenue.get(currency).copied().unwrap_or_default();
                let average = micros as f64 / MICROS / *orders as f64;
                (currency.clone(), (average * HUNDREDTHS).round() / HUNDREDTHS)
            };
            Cell::Money(orders.map(average).collect())
        }
        Metric::Orders => Cell::Count(counted.orders.values().sum()),
        Metric::RevenuePerVisitor => {
            let paid = counted.revenue.iter().filter(|(_, micros)| **micros != 0 && counted.visitors > 0);
            // To a millionth, as amounts are kept.
            let of_each = |micros: i64| (micros as f64 / counted.visitors as f64).round() / MICROS;
            Cell::Money(paid.map(|(currency, micros)| (currency.clone(), of_each(*micros))).collect())
        }
    }
}

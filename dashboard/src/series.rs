//! Figures over time, as a chart draws them. Times are those on the clocks of the site's zone, as if they were UTC.

use wire::query::{Answer, Dimension, Row};

use crate::day::bucket_start_ms;
use crate::metric::{Kpi, currency, text};

/// One bucket of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Start of the bucket, milliseconds.
    pub start_ms: u64,
    /// What happened in it, in the order of [`Series::kpis`].
    pub values: Vec<f64>,
}

/// Figures over time, oldest first, without gaps.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What the buckets are.
    pub interval: Dimension,
    /// The figures.
    pub kpis: &'static [Kpi],
    /// The buckets.
    pub points: Vec<Point>,
    /// For each bucket the one of then, where it is compared and has one.
    pub before: Option<Vec<Option<Point>>>,
    /// What amounts are in.
    pub currency: String,
}

impl Series {
    /// Reads an answer that was asked by `interval`.
    pub fn of_answer(answer: &Answer, interval: Dimension, kpis: &'static [Kpi]) -> Self {
        let currency = currency(answer);
        let point = |row: &Row| {
            let values = kpis.iter().map(|kpi| kpi.of(row, &currency)).collect();
            Some(Point { start_ms: bucket_start_ms(text(row, interval.name()))?, values })
        };
        Self {
            interval,
            kpis,
            points: answer.rows.iter().filter_map(point).collect(),
            before: answer
                .comparison
                .as_ref()
                .map(|compared| compared.rows.iter().map(|row| row.as_ref().and_then(point)).collect()),
            currency,
        }
    }

    /// A bucket's value of a figure.
    pub fn value(&self, point: &Point, kpi: Kpi) -> f64 {
        let at = self.kpis.iter().position(|known| *known == kpi);
        at.and_then(|at| point.values.get(at)).copied().unwrap_or(0.0)
    }

    /// The bucket that another one is compared with.
    pub fn before(&self, at: usize) -> Option<&Point> {
        self.before.as_ref()?.get(at)?.as_ref()
    }

    /// How many buckets have begun by `now_ms`; the others lie in the future.
    pub fn begun(&self, now_ms: u64) -> usize {
        self.points.iter().take_while(|point| point.start_ms <= now_ms).count()
    }

    /// Whether the last bucket that has begun is still counting: nothing lies between it and `now_ms`.
    pub fn is_running(&self, now_ms: u64) -> bool {
        let begun = self.begun(now_ms);
        let last = begun.checked_sub(1).and_then(|at| self.points.get(at));
        last.is_some_and(|last| now_ms < crate::day::bucket_end_ms(last.start_ms, self.interval))
    }
}

//! From rollup rows to an answer's rows.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use wire::query::{Cell, Dimension, Direction, Metric, Row};

use super::Plan;
use crate::rollup::{Rollup, VisitSums};
use crate::sketch::{Sketch, SketchError};
use crate::window::SECOND_MS;

const PERCENT: f64 = 100.0;

/// Means are rounded, so that they read well: percent, seconds and scores to tenths, the rest to hundredths.
const TENTHS: f64 = 10.0;
const HUNDREDTHS: f64 = 100.0;

/// Millionths in a unit of money.
const MICROS: f64 = 1e6;

/// A rollup row as a store keeps it.
#[derive(Clone, Debug)]
pub struct StoredRow<'a> {
    /// Start of its window, Unix milliseconds.
    pub start_ms: u64,
    /// Its value, of the plan's coverage.
    pub value: &'a str,
    /// Page views.
    pub pageviews: u64,
    /// Events.
    pub events: u64,
    /// Encoded sketch of the visitors.
    pub visitors: &'a [u8],
    /// The visits that began in the window.
    pub visits: VisitSums,
    /// Revenue by currency, in millionths of its unit.
    pub revenue: BTreeMap<String, i64>,
}

/// Merges the rows that a plan reads, one by one.
pub struct Evaluation<'a> {
    plan: &'a Plan,
    groups: BTreeMap<(Option<u64>, Vec<String>), Rollup>,
    rows_read: u64,
}

impl<'a> Evaluation<'a> {
    /// An evaluation that has read nothing yet.
    pub fn new(plan: &'a Plan) -> Self {
        let mut groups = BTreeMap::new();
        match plan.time.and_then(Dimension::bucket_ms) {
            _ if !plan.by.is_empty() => {}
            // A series has no gaps: every bucket is there from the start.
            Some(bucket_ms) => {
                let mut start = plan.start_ms - plan.start_ms % bucket_ms;
                while start < plan.end_ms {
                    groups.insert((Some(start), Vec::new()), Rollup::default());
                    start += bucket_ms;
                }
            }
            None => {
                groups.insert((None, Vec::new()), Rollup::default());
            }
        }
        Self { plan, groups, rows_read: 0 }
    }

    /// Adds a row of the plan's site, granularity, dimension and range.
    ///
    /// # Errors
    /// [`SketchError`] when the stored sketch is damaged: no number is made up from it.
    pub fn add(&mut self, row: StoredRow<'_>) -> Result<(), SketchError> {
        self.rows_read += 1;
        let coverage = &self.plan.coverage;
        let Some(parts) = coverage.parts_of(row.value) else { return Ok(()) };
        let bucket = self.plan.time.and_then(Dimension::bucket_ms).map(|ms| row.start_ms - row.start_ms % ms);
        let value_in = |by: &Dimension| {
            let mut known = coverage.parts.iter().zip(&parts);
            known.find(|(part, _)| part.dimension == *by).map_or_else(String::new, |(_, value)| (*value).to_owned())
        };
        let values = self.plan.by.iter().map(value_in).collect();
        let visitors = match self.plan.metrics.contains(&Metric::UniqueUsers) {
            true => Sketch::decode(row.visitors)?,
            false => Sketch::default(),
        };
        let StoredRow { pageviews, events, visits, revenue, .. } = row;
        let counted = Rollup { pageviews, events, visitors, visits, revenue, ..Rollup::default() };
        self.groups.entry((bucket, values)).or_default().merge(&counted);
        Ok(())
    }

    /// Rows added.
    pub fn rows_read(&self) -> u64 {
        self.rows_read
    }

    /// The sorted rows up to the limit, and how many there are without it.
    pub fn finish(self) -> (Vec<Row>, usize) {
        let plan = self.plan;
        let groups = self.groups.into_iter().filter(|(_, group)| plan.by.is_empty() || is_left(group));
        let mut lines: Vec<Vec<Cell>> =
            groups.map(|((start, values), group)| cells(plan, start, values, &group)).collect();
        // Stable, and the groups come sorted by dimensions: ties fall the same way every time.
        lines.sort_by(|a, b| compare(plan, a, b));
        let total = lines.len();
        lines.truncate(plan.limit);
        let columns = plan.columns();
        let rows = lines.into_iter().map(|line| columns.iter().cloned().zip(line).collect()).collect();
        (rows, total)
    }
}

/// Whether anything is left there: visits leave the pages behind that were their last or first for a time.
fn is_left(counted: &Rollup) -> bool {
    counted.events > 0 || counted.visits != VisitSums::default()
}

fn cells(plan: &Plan, start_ms: Option<u64>, values: Vec<String>, counted: &Rollup) -> Vec<Cell> {
    let time = plan.time.zip(start_ms).map(|(time, start_ms)| Cell::Text(label(time, start_ms)));
    let metrics = plan.metrics.iter().map(|metric| cell(*metric, counted));
    time.into_iter().chain(values.into_iter().map(Cell::Text)).chain(metrics).collect()
}

/// The value of a metric. What is not known to be above zero is zero: an edge that lost its disk may take back visits
/// that it never said.
fn cell(metric: Metric, counted: &Rollup) -> Cell {
    let VisitSums { visits, bounces, visit_ms, engaged_ms, converted, quality } = counted.visits;
    let count = |sum: i64| Cell::Count(u64::try_from(sum).unwrap_or_default());
    let of_visits = |sum: f64, decimals: f64| {
        let mean = if visits > 0 { sum.max(0.0) / visits as f64 } else { 0.0 };
        Cell::Number((mean * decimals).round() / decimals)
    };
    match metric {
        Metric::Pageviews => Cell::Count(counted.pageviews),
        Metric::Events => Cell::Count(counted.events),
        Metric::UniqueUsers => Cell::Count(counted.visitors.count()),
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
    }
}

fn label(time: Dimension, start_ms: u64) -> String {
    let instant = i64::try_from(start_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    let text = instant.unwrap_or_default().to_string();
    match time {
        Dimension::Date => text.get(..10).unwrap_or_default().to_owned(),
        _ => text,
    }
}

fn compare(plan: &Plan, a: &[Cell], b: &[Cell]) -> Ordering {
    plan.order.iter().fold(Ordering::Equal, |so_far, (column, direction)| {
        so_far.then_with(|| {
            let ordering = match (a.get(*column), b.get(*column)) {
                (Some(Cell::Count(a)), Some(Cell::Count(b))) => a.cmp(b),
                (Some(Cell::Text(a)), Some(Cell::Text(b))) => a.cmp(b),
                (Some(Cell::Number(a)), Some(Cell::Number(b))) => a.total_cmp(b),
                // Sites usually have one currency; of several, the figures are added as if they were one.
                (Some(Cell::Money(a)), Some(Cell::Money(b))) => {
                    a.values().sum::<f64>().total_cmp(&b.values().sum::<f64>())
                }
                _ => Ordering::Equal,
            };
            match direction {
                Direction::Asc => ordering,
                Direction::Desc => ordering.reverse(),
            }
        })
    })
}

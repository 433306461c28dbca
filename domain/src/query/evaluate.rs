//! From rollup rows to an answer's rows.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use wire::query::{Cell, Dimension, Direction, Metric, Row};

use super::Plan;
use crate::sketch::{Sketch, SketchError};

/// A rollup row as a store keeps it.
#[derive(Clone, Copy, Debug)]
pub struct StoredRow<'a> {
    /// Start of its window, Unix milliseconds.
    pub start_ms: u64,
    /// Value of the plan's dimension.
    pub value: &'a str,
    /// Page views.
    pub pageviews: u64,
    /// Events.
    pub events: u64,
    /// Encoded sketch of the visitors.
    pub visitors: &'a [u8],
}

/// Merges the rows that a plan reads, one by one.
pub struct Evaluation<'a> {
    plan: &'a Plan,
    groups: BTreeMap<(Option<u64>, Option<String>), Group>,
    rows_read: u64,
}

#[derive(Default)]
struct Group {
    pageviews: u64,
    events: u64,
    visitors: Sketch,
}

impl<'a> Evaluation<'a> {
    /// An evaluation that has read nothing yet.
    pub fn new(plan: &'a Plan) -> Self {
        let mut groups = BTreeMap::new();
        match (plan.time.and_then(Dimension::bucket_ms), plan.by) {
            // A series has no gaps: every bucket is there from the start.
            (Some(bucket_ms), None) => {
                let first = plan.start_ms - plan.start_ms % bucket_ms;
                let mut start = first;
                while start < plan.end_ms {
                    groups.insert((Some(start), None), Group::default());
                    start += bucket_ms;
                }
            }
            (None, None) => {
                groups.insert((None, None), Group::default());
            }
            (_, Some(_)) => {}
        }
        Self { plan, groups, rows_read: 0 }
    }

    /// Adds a row of the plan's site, granularity, dimension and range.
    ///
    /// # Errors
    /// [`SketchError`] when the stored sketch is damaged: no number is made up from it.
    pub fn add(&mut self, row: StoredRow<'_>) -> Result<(), SketchError> {
        self.rows_read += 1;
        if self.plan.values.as_ref().is_some_and(|wanted| !wanted.contains(row.value)) {
            return Ok(());
        }
        let bucket = self.plan.time.and_then(Dimension::bucket_ms).map(|ms| row.start_ms - row.start_ms % ms);
        let value = self.plan.by.map(|_| row.value.to_owned());
        let group = self.groups.entry((bucket, value)).or_default();
        group.pageviews = group.pageviews.saturating_add(row.pageviews);
        group.events = group.events.saturating_add(row.events);
        if self.plan.metrics.contains(&Metric::UniqueUsers) {
            group.visitors.merge(&Sketch::decode(row.visitors)?);
        }
        Ok(())
    }

    /// Rows added.
    pub fn rows_read(&self) -> u64 {
        self.rows_read
    }

    /// The sorted rows up to the limit, and how many there are without it.
    pub fn finish(self) -> (Vec<Row>, usize) {
        let plan = self.plan;
        let mut lines: Vec<Vec<Cell>> =
            self.groups.into_iter().map(|((start, value), group)| cells(plan, start, value, &group)).collect();
        // Stable, and the groups come sorted by dimensions: ties fall the same way every time.
        lines.sort_by(|a, b| compare(plan, a, b));
        let total = lines.len();
        lines.truncate(plan.limit);
        let columns = plan.columns();
        let rows = lines.into_iter().map(|line| columns.iter().cloned().zip(line).collect()).collect();
        (rows, total)
    }
}

fn cells(plan: &Plan, start_ms: Option<u64>, value: Option<String>, group: &Group) -> Vec<Cell> {
    let time = plan.time.zip(start_ms).map(|(time, start_ms)| Cell::Text(label(time, start_ms)));
    let metrics = plan.metrics.iter().map(|metric| {
        Cell::Count(match metric {
            Metric::Pageviews => group.pageviews,
            Metric::Events => group.events,
            Metric::UniqueUsers => group.visitors.count(),
        })
    });
    time.into_iter().chain(value.map(Cell::Text)).chain(metrics).collect()
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
                _ => Ordering::Equal,
            };
            match direction {
                Direction::Asc => ordering,
                Direction::Desc => ordering.reverse(),
            }
        })
    })
}

//! Counts over time, as a chart draws them.

use wire::query::{Answer, Dimension};

use crate::day::bucket_start_ms;
use crate::metric::{Counts, text};

/// One bucket of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Start of the bucket, Unix milliseconds.
    pub start_ms: u64,
    /// What happened in it.
    pub counts: Counts,
}

/// Counts over time, oldest first, without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Length of a bucket: [`Dimension::Hour`] or [`Dimension::Date`].
    pub interval: Dimension,
    /// The buckets.
    pub points: Vec<Point>,
}

impl Series {
    /// Reads an answer that was asked by `interval`.
    pub fn of_answer(answer: &Answer, interval: Dimension) -> Self {
        let field = if interval == Dimension::Hour { "hour" } else { "date" };
        let points = answer
            .rows
            .iter()
            .filter_map(|row| {
                let start_ms = bucket_start_ms(text(row, field))?;
                Some(Point { start_ms, counts: Counts::of_row(row) })
            })
            .collect();
        Self { interval, points }
    }

    /// How many buckets have begun by `now_ms`; the others lie in the future.
    pub fn begun(&self, now_ms: u64) -> usize {
        self.points.iter().take_while(|point| point.start_ms <= now_ms).count()
    }

    /// Whether the last bucket that has begun is still counting.
    pub fn is_running(&self, now_ms: u64) -> bool {
        let length_ms = self.interval.bucket_ms().unwrap_or(0);
        self.points.iter().any(|point| point.start_ms <= now_ms && now_ms < point.start_ms + length_ms)
    }
}

//! A checked question, and what any store answers it with.
//!
//! A store reads rollups or single events; either way it answers groups, and [`super::answer`] makes rows of them.

use std::collections::BTreeMap;

use wire::query::{Dimension, Direction, Metric};
use wire::site::VisitorMode;

use super::Condition;
use crate::rollup::VisitSums;

/// What is asked, in terms that need no calendar.
///
/// | of | counts |
/// |---|---|
/// | `pageviews`, `events`, `unique_users`, `revenue`, `orders` | the events within the range for which the condition holds |
/// | visits and all that is told by them | the visits that began within the range and have such an event |
///
/// Where `by` names dimensions, an event counts in the group of its values, and in none if it has no value in one of
/// them; a visit counts in the group of its first event's values, for dimensions that are an event's own
/// (`page`, `event_type`, `goal`, a property) in the group of each of its events, once in each.
#[derive(Clone, Debug)]
pub struct Question {
    /// The site.
    pub site: String,
    /// First instant, Unix milliseconds.
    pub start_ms: u64,
    /// First instant behind the range.
    pub end_ms: u64,
    /// Buckets of time asked for.
    pub buckets: Option<Buckets>,
    /// Other dimensions asked for; none of them is one of time.
    pub by: Vec<Dimension>,
    /// Metrics asked for.
    pub metrics: Vec<Metric>,
    /// What must hold of the events.
    pub condition: Condition,
    /// How the site's visitors are told apart.
    pub visitors: VisitorMode,
    /// Share of the visitors to look at, where single events are read.
    pub sample: Option<f64>,
    /// Sort keys: position of a column (time, other dimensions, metrics) and which way.
    pub order: Vec<(usize, Direction)>,
    /// Rows to leave out before the first.
    pub offset: usize,
    /// Most rows to answer.
    pub limit: usize,
}

/// Consecutive buckets of time that cover a range, as its time zone has them: some days have 23 or 25 hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// Which dimension.
    pub dimension: Dimension,
    /// Start of each, Unix milliseconds, ascending. The first may lie before the range.
    pub starts: Vec<u64>,
    /// How the buckets are written in an answer; each start's own, unless there is a cycle.
    pub labels: Vec<String>,
    /// Of dimensions that come back ([`Dimension::is_cyclic`]): position in `labels` of what begins at each start.
    /// Empty for all others.
    pub cycle: Vec<usize>,
}

impl Buckets {
    /// The bucket that an instant lies in: position in `labels`.
    pub fn of(&self, at_ms: u64) -> usize {
        let at = self.place(at_ms);
        self.cycle.get(at).copied().unwrap_or(at)
    }

    /// What begins last before an instant, or with it: position in `starts`.
    pub fn place(&self, at_ms: u64) -> usize {
        self.starts.partition_point(|start| *start <= at_ms).saturating_sub(1)
    }
}

/// What a store found for one bucket of time and one combination of values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// Position in [`Buckets::labels`]; zero where there are none.
    pub bucket: usize,
    /// Values in the order of [`Question::by`].
    pub values: Vec<String>,
    /// What was counted.
    pub counted: Counted,
}

/// What was counted of a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counted {
    /// Page views.
    pub pageviews: u64,
    /// Events.
    pub events: u64,
    /// Distinct visitors; zero where they were not asked for.
    pub visitors: u64,
    /// The visits.
    pub visits: VisitSums,
    /// Revenue by currency, in millionths of its unit.
    pub revenue: BTreeMap<String, i64>,
    /// Events that paid more than nothing, by currency. Rollups do not tell it.
    pub orders: BTreeMap<String, u64>,
}

/// All that a store found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Groups that have anything, each once, in any order.
    pub groups: Vec<Group>,
    /// Rollup rows or events read.
    pub rows_read: u64,
    /// Share of the visitors that were looked at, where it is not all of them; numbers are as counted, not
    /// extrapolated.
    pub sampled: Option<f64>,
    /// Relative standard error of `visitors`; zero where they are exact.
    pub visitors_error: f64,
}

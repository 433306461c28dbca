//! What a store found, and which of its groups are answered.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeSet, BinaryHeap};

use wire::query::{Cell, Dimension, Direction, Metric};

use super::cells::cell;
use super::sketches::Sketches;
use super::{Conversion, Counted, Found, Group, Question};
use crate::rollup::VisitSums;
use crate::sketch::SketchError;

/// The groups that a store found. Where visitors are known by sketches, they are estimated on demand.
#[derive(Debug, Default)]
pub struct Tally {
    found: Found,
    /// Whether a group's visitors are in `found` already; none where all are.
    sketches: Option<(Sketches, Vec<bool>)>,
}

impl Tally {
    /// Groups with their visitors, extrapolated where they are of a sample.
    pub fn counted(mut found: Found) -> Self {
        if let Some(share) = found.sampled.filter(|share| *share > 0.0) {
            found.groups.iter_mut().for_each(|group| scale(&mut group.counted, share));
        }
        Self { found, sketches: None }
    }

    /// Groups whose visitors are known by sketches.
    pub(super) fn estimated(found: Found, sketches: Sketches) -> Self {
        let is_known = vec![false; found.groups.len()];
        Self { found, sketches: Some((sketches, is_known)) }
    }

    /// Rollup rows or events that were read.
    pub fn rows_read(&self) -> u64 {
        self.found.rows_read
    }

    /// Share of the visitors that were looked at, where it is not all of them.
    pub fn sampled(&self) -> Option<f64> {
        self.found.sampled
    }

    /// Relative standard error of the visitors.
    pub fn visitors_error(&self) -> f64 {
        self.found.visitors_error
    }

    /// The groups.
    pub fn groups(&self) -> &[Group] {
        &self.found.groups
    }

    /// Converts what was paid, and notes in which currencies it was.
    pub(super) fn convert(&mut self, conversion: &Conversion, currencies: &mut BTreeSet<String>) {
        for group in &mut self.found.groups {
            for (currency, micros) in &group.counted.revenue {
                if *micros != 0 && !currencies.contains(currency) {
                    currencies.insert(currency.clone());
                }
            }
            conversion.convert(&mut group.counted);
        }
    }

    /// A group with its visitors. They are never more than its events, whatever the estimate says.
    ///
    /// # Errors
    /// [`SketchError`] when a stored sketch is damaged.
    pub fn group(&mut self, at: usize) -> Result<Option<&Group>, SketchError> {
        let Some(group) = self.found.groups.get_mut(at) else { return Ok(None) };
        if let Some((sketches, is_known)) = &mut self.sketches
            && let Some(is_known @ false) = is_known.get_mut(at)
        {
            group.counted.visitors = sketches.count(at)?.min(group.counted.events);
            *is_known = true;
        }
        Ok(Some(group))
    }

    /// Adds what has to be there though nothing was found: each bucket of a series, or the one row of a total.
    pub(super) fn fill(&mut self, question: &Question) {
        self.keep_required(question);
        // Where visits alone are asked for, a group in which none began says nothing, though it has events.
        if question.metrics.iter().all(|metric| metric.is_of_visits()) {
            self.found.groups.retain(|group| group.counted.visits != VisitSums::default());
        }
        if !question.by.is_empty() {
            return;
        }
        let count = question.buckets.as_ref().map_or(1, |buckets| buckets.labels.len());
        let mut is_there = vec![false; count];
        for group in &self.found.groups {
            if let Some(is_there) = is_there.get_mut(group.bucket) {
                *is_there = true;
            }
        }
        for (bucket, _) in is_there.iter().enumerate().filter(|(_, is_there)| !**is_there) {
            self.found.groups.push(Group { bucket, ..Group::default() });
            if let Some((_, is_known)) = &mut self.sketches {
                is_known.push(true);
            }
        }
    }

    /// An event that reached one goal may have reached others too, and is in the group of each: where one is asked for,
    /// the others are not answered. Rollups have left them out already.
    fn keep_required(&mut self, question: &Question) {
        let Some(at) = question.by.iter().position(|by| *by == Dimension::Goal) else { return };
        let required = question.condition.required(Dimension::Goal);
        if self.sketches.is_none() && !required.is_empty() {
            let passes = |goal: &String| required.iter().all(|test| test.passes(goal));
            self.found.groups.retain(|group| group.values.get(at).is_none_or(passes));
        }
    }

    /// Positions of the groups that a question answers, in its order. Visitors are estimated only where they decide.
    ///
    /// # Errors
    /// [`SketchError`] when a stored sketch is damaged.
    pub(super) fn ranked(&mut self, question: &Question) -> Result<Vec<usize>, SketchError> {
        let keys = keys(question);
        let needed = question.offset.saturating_add(question.limit);
        let of_visitors = |key: &&Key| matches!(key.0, Column::Metric(metric) if metric.is_of_visitors());
        let mut candidates: Vec<usize> = match keys.first() {
            // No group has more visitors than events: those with fewer than the last in the list has visitors are out.
            Some((Column::Metric(Metric::UniqueUsers | Metric::ActiveUsers | Metric::Percentage), Direction::Desc)) => {
                self.most_visited(needed)?
            }
            _ => (0..self.found.groups.len()).collect(),
        };
        if keys.iter().any(|key| of_visitors(&key)) {
            for at in &candidates {
                self.group(*at)?;
            }
        }
        // Ties fall the same way every time.
        let groups = &self.found.groups;
        let ordering = |a: &usize, b: &usize| {
            let (Some(a), Some(b)) = (groups.get(*a), groups.get(*b)) else { return Ordering::Equal };
            let by_keys = keys.iter().fold(Ordering::Equal, |so_far, key| so_far.then_with(|| compare(key, a, b)));
            by_keys.then_with(|| (a.bucket, &a.values).cmp(&(b.bucket, &b.values)))
        };
        if candidates.len() > needed && needed > 0 {
            candidates.select_nth_unstable_by(needed - 1, ordering);
            candidates.truncate(needed);
        }
        candidates.sort_unstable_by(ordering);
        Ok(candidates.into_iter().skip(question.offset).take(question.limit).collect())
    }

    /// The groups that may be among the `count` with the most visitors.
    fn most_visited(&mut self, count: usize) -> Result<Vec<usize>, SketchError> {
        let mut by_events: Vec<_> = self.found.groups.iter().map(|group| group.counted.events).enumerate().collect();
        by_events.sort_unstable_by_key(|(at, events)| (Reverse(*events), *at));
        let mut most = BinaryHeap::new();
        let mut candidates = Vec::new();
        for (at, events) in by_events {
            if most.len() >= count && most.peek().is_some_and(|Reverse(least)| events < *least) {
                break;
            }
            let visitors = self.group(at)?.map_or(0, |group| group.counted.visitors);
            candidates.push(at);
            most.push(Reverse(visitors));
            if most.len() > count {
                most.pop();
            }
        }
        Ok(candidates)
    }
}

/// A sort key's column.
#[derive(Clone, Copy)]
enum Column {
    Time,
    By(usize),
    Metric(Metric),
}

type Key = (Column, Direction);

fn keys(question: &Question) -> Vec<Key> {
    let first_by = usize::from(question.buckets.is_some());
    let first_metric = first_by + question.by.len();
    let mut keys = Vec::new();
    for (column, direction) in &question.order {
        let key = match column {
            at if *at < first_by => Column::Time,
            at if *at < first_metric => Column::By(at - first_by),
            at => match question.metrics.get(at - first_metric) {
                Some(metric) => Column::Metric(*metric),
                None => continue,
            },
        };
        keys.push((key, *direction));
        // There is one group a bucket, so nothing else decides.
        if matches!(key, Column::Time) && question.by.is_empty() {
            break;
        }
    }
    keys
}

fn compare(key: &Key, a: &Group, b: &Group) -> Ordering {
    let ordering = match key.0 {
        Column::Time => a.bucket.cmp(&b.bucket),
        Column::By(at) => a.values.get(at).cmp(&b.values.get(at)),
        Column::Metric(metric) => score(metric, &a.counted).total_cmp(&score(metric, &b.counted)),
    };
    match key.1 {
        Direction::Asc => ordering,
        Direction::Desc => ordering.reverse(),
    }
}

fn score(metric: Metric, counted: &Counted) -> f64 {
    match metric {
        // Rounded, many would be equal.
        Metric::Percentage => counted.visitors as f64,
        metric => match cell(metric, counted, 0) {
            Cell::Count(count) => count as f64,
            Cell::Number(number) => number,
            // Sites usually have one currency; of several, the figures are added as if they were one.
            Cell::Money(amounts) => amounts.values().sum(),
            Cell::Text(_) => 0.0,
        },
    }
}

fn scale(counted: &mut Counted, share: f64) {
    let more = |count: &mut u64| *count = (*count as f64 / share).round() as u64;
    let sum = |sum: &mut i64| *sum = (*sum as f64 / share).round() as i64;
    more(&mut counted.pageviews);
    more(&mut counted.events);
    more(&mut counted.visitors);
    counted.orders.values_mut().for_each(more);
    counted.revenue.values_mut().for_each(sum);
    let VisitSums { visits, bounces, visit_ms, engaged_ms, converted, quality } = &mut counted.visits;
    [visits, bounces, visit_ms, engaged_ms, converted, quality].into_iter().for_each(sum);
}

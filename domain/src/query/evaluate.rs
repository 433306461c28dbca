//! From rollup rows to groups. Counters are added as they come; sketches are kept as they are, and joined only for the
//! groups whose visitors somebody wants to know.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use wire::query::Dimension;

use super::{Condition, Counted, Coverage, Found, Group, Pieces, Question, Tally};
use crate::rollup::{Block, VisitSums};
use crate::sketch::{STANDARD_ERROR, SketchError, Union};

/// A rollup row as a store keeps it.
#[derive(Clone, Debug)]
pub struct StoredRow<'a> {
    /// Start of its window, Unix milliseconds.
    pub start_ms: u64,
    /// Its value, without the names of property or pair.
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

/// Merges the rows that a question reads.
pub struct Evaluation<'a> {
    coverage: &'a Coverage,
    pieces: &'a Pieces,
    condition: Condition,
    by: &'a [Dimension],
    wants_visitors: bool,
    /// Stored values, by their place in `known`.
    values: HashMap<Box<[u8]>, u32>,
    /// What is known of each stored value; of the first, that nothing stands before a block's first row.
    known: Vec<Known>,
    combinations: Vec<Vec<String>>,
    numbers: HashMap<Vec<String>, u32>,
    /// Groups by bucket and combination.
    places: HashMap<(u32, u32), u32>,
    groups: Vec<Group>,
    sketches: Sketches,
    rows_read: u64,
}

/// What is known of a stored value. Windows that follow each other mostly have the same values in the same order, so
/// the next one is guessed before it is looked up.
#[derive(Clone, Debug, Default)]
struct Known {
    value: Box<[u8]>,
    /// The combination asked for that it belongs to; none where the condition leaves it out.
    combination: Option<u32>,
    /// The bucket it was last counted in, and the group.
    last: Option<(u32, u32)>,
    /// Which one stood behind it last; zero for none.
    next: u32,
}

/// The sketches of groups, one behind the other as they were stored.
#[derive(Debug, Default)]
pub struct Sketches {
    bytes: Vec<u8>,
    /// Of each group, where its sketches stand.
    of_group: Vec<Vec<(usize, u32)>>,
    union: Union,
}

impl<'a> Evaluation<'a> {
    /// An evaluation that has read nothing yet.
    pub fn new(question: &'a Question, coverage: &'a Coverage, pieces: &'a Pieces) -> Self {
        Self {
            coverage,
            pieces,
            condition: coverage.condition(&question.condition),
            by: &question.by,
            wants_visitors: question.metrics.iter().any(|metric| metric.is_of_visitors()),
            values: HashMap::new(),
            known: vec![Known::default()],
            combinations: Vec::new(),
            numbers: HashMap::new(),
            places: HashMap::new(),
            groups: Vec::new(),
            sketches: Sketches::default(),
            rows_read: 0,
        }
    }

    /// Exactly the values to read, where they are few and known.
    pub fn values(&self) -> Option<Vec<String>> {
        self.coverage.values(&self.condition)
    }

    /// Adds a block of one of the pieces' windows, of the coverage's rollup.
    pub fn add_block(&mut self, start_ms: u64, block: &Block) {
        let bucket = self.bucket(start_ms);
        let mut before = 0;
        match self.values() {
            Some(values) => {
                for row in values.iter().filter_map(|value| block.find(value)) {
                    before = self.add_row(bucket, before, block, row.index());
                }
            }
            None => {
                for at in 0..block.len() {
                    before = self.add_row(bucket, before, block, at);
                }
            }
        }
    }

    /// Adds a row that stands behind a known one. Answers its own place among the known.
    fn add_row(&mut self, bucket: u32, before: u32, block: &Block, at: usize) -> u32 {
        self.rows_read += 1;
        let known = self.known(before, block.value_bytes(at));
        let Some(place) = self.place(bucket, known) else { return known };
        let visits = if block.has_visits() { block.visits(at) } else { VisitSums::default() };
        self.count(place, block.pageviews(at), block.events(at), &visits);
        for (currency, micros) in block.revenue(at) {
            self.pay(place, currency, micros);
        }
        if self.wants_visitors {
            self.sketches.add(place, block.visitors(at));
        }
        known
    }

    /// Adds a row of one of the pieces' windows, of the coverage's rollup.
    pub fn add(&mut self, row: &StoredRow<'_>) {
        self.rows_read += 1;
        let (bucket, known) = (self.bucket(row.start_ms), self.known(0, row.value.as_bytes()));
        let Some(place) = self.place(bucket, known) else { return };
        self.count(place, row.pageviews, row.events, &row.visits);
        for (currency, micros) in &row.revenue {
            self.pay(place, currency, *micros);
        }
        if self.wants_visitors {
            self.sketches.add(place, row.visitors);
        }
    }

    /// Whether it looks at the sketches of visitors.
    pub fn wants_visitors(&self) -> bool {
        self.wants_visitors
    }

    /// Rows added.
    pub fn rows_read(&self) -> u64 {
        self.rows_read
    }

    /// What was counted. Visitors are estimated when they are asked for.
    pub fn finish(self) -> Tally {
        // What visits left behind says nothing: pages that were their last or first for a time.
        let is_left = |group: &Group| group.counted.events > 0 || group.counted.visits != VisitSums::default();
        let mut sketches = self.sketches;
        sketches.of_group.resize(self.groups.len(), Vec::new());
        let kept = self.groups.into_iter().zip(std::mem::take(&mut sketches.of_group)).filter(|(one, _)| is_left(one));
        let (groups, of_group) = kept.unzip();
        sketches.of_group = of_group;
        let visitors_error = if self.wants_visitors { STANDARD_ERROR } else { 0.0 };
        Tally::estimated(Found { groups, rows_read: self.rows_read, sampled: None, visitors_error }, sketches)
    }

    fn bucket(&self, start_ms: u64) -> u32 {
        self.pieces.buckets.as_ref().map_or(0, |buckets| buckets.of(start_ms) as u32)
    }

    /// The place of a stored value among the known, which stands behind the one at `before`.
    fn known(&mut self, before: u32, value: &[u8]) -> u32 {
        let guess = self.known.get(before as usize).map_or(0, |known| known.next);
        if guess > 0 && self.known.get(guess as usize).is_some_and(|known| *known.value == *value) {
            return guess;
        }
        let found = self.values.get(value).copied();
        let place = found.unwrap_or_else(|| {
            // Blocks are checked when they are opened.
            let combination = self.combination(std::str::from_utf8(value).unwrap_or_default());
            let place = self.known.len() as u32;
            self.known.push(Known { value: value.into(), combination, ..Known::default() });
            self.values.insert(value.into(), place);
            place
        });
        if let Some(known) = self.known.get_mut(before as usize) {
            known.next = place;
        }
        place
    }

    /// The group of a bucket and a known value.
    fn place(&mut self, bucket: u32, known: u32) -> Option<usize> {
        let known = self.known.get_mut(known as usize)?;
        let combination = known.combination?;
        if let Some((_, place)) = known.last.filter(|(last, _)| *last == bucket) {
            return Some(place as usize);
        }
        let next = self.groups.len();
        let place = *self.places.entry((bucket, combination)).or_insert(next as u32) as usize;
        known.last = Some((bucket, place as u32));
        if place == next {
            let values = self.combinations.get(combination as usize).cloned().unwrap_or_default();
            self.groups.push(Group { bucket: bucket as usize, values, counted: Counted::default() });
        }
        Some(place)
    }

    fn combination(&mut self, value: &str) -> Option<u32> {
        let coverage = self.coverage;
        let parts = coverage.parts_of(value)?;
        let value_of = |dimension: Dimension| {
            let mut known = coverage.parts.iter().zip(parts);
            known.find(|(part, _)| **part == dimension).map_or("", |(_, value)| value)
        };
        if !self.condition.holds(&mut |dimension, test| test.passes(value_of(dimension))) {
            return None;
        }
        let values: Vec<_> = self.by.iter().map(|by| value_of(*by).to_owned()).collect();
        // A visit whose first page has no path is in no group either.
        if values.iter().any(String::is_empty) {
            return None;
        }
        if let Some(number) = self.numbers.get(&values) {
            return Some(*number);
        }
        let number = self.combinations.len() as u32;
        self.combinations.push(values.clone());
        self.numbers.insert(values, number);
        Some(number)
    }

    fn count(&mut self, place: usize, pageviews: u64, events: u64, visits: &VisitSums) {
        let Some(Group { counted, .. }) = self.groups.get_mut(place) else { return };
        counted.pageviews = counted.pageviews.saturating_add(pageviews);
        counted.events = counted.events.saturating_add(events);
        counted.visits.add(visits, 1);
    }

    fn pay(&mut self, place: usize, currency: &str, micros: i64) {
        let Some(Group { counted, .. }) = self.groups.get_mut(place) else { return };
        match counted.revenue.get_mut(currency) {
            Some(sum) => *sum = sum.saturating_add(micros),
            None => {
                counted.revenue.insert(currency.to_owned(), micros);
            }
        }
    }
}

impl Sketches {
    fn add(&mut self, place: usize, sketch: &[u8]) {
        if sketch.is_empty() {
            return;
        }
        if self.of_group.len() <= place {
            self.of_group.resize(place + 1, Vec::new());
        }
        if let Some(places) = self.of_group.get_mut(place) {
            places.push((self.bytes.len(), sketch.len() as u32));
            self.bytes.extend_from_slice(sketch);
        }
    }

    /// Distinct visitors of a group.
    ///
    /// # Errors
    /// [`SketchError`] when a stored sketch is damaged: no number is made up from it.
    pub(super) fn count(&mut self, group: usize) -> Result<u64, SketchError> {
        self.union.clear();
        for (at, length) in self.of_group.get(group).into_iter().flatten() {
            self.union.add(self.bytes.get(*at..at + *length as usize).unwrap_or_default())?;
        }
        Ok(self.union.count())
    }
}

//! From rollup rows to groups. Counters are added as they come; sketches are kept as they are ([`super::sketches`]).

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashMap;
use wire::query::Dimension;

use super::coverage::Lookup;
use super::sketches::Sketches;
use super::{Condition, Counted, Coverage, Found, Group, Pieces, Question, Tally};
use crate::rollup::{Block, BlockError, VisitSums};
use crate::sketch::STANDARD_ERROR;

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
    lookup: Arc<Lookup>,
    by: &'a [Dimension],
    wants_visitors: bool,
    wants_revenue: bool,
    /// Stored values, by their place in `known`.
    values: HashMap<Box<[u8]>, u32>,
    /// What is known of each stored value; of the first, that nothing stands before a block's first row.
    known: Vec<Known>,
    /// The known values, one behind the other.
    texts: Vec<u8>,
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
    /// Where it stands among the texts.
    text: Range<usize>,
    /// The combination asked for that it belongs to; none where the condition leaves it out.
    combination: Option<u32>,
    /// The bucket it was last counted in, and the group.
    last: Option<(u32, u32)>,
    /// Which one stood behind it last; zero for none.
    next: u32,
}

impl<'a> Evaluation<'a> {
    /// An evaluation that has read nothing yet.
    pub fn new(question: &'a Question, coverage: &'a Coverage, pieces: &'a Pieces) -> Self {
        let condition = coverage.condition(&question.condition);
        Self {
            coverage,
            pieces,
            lookup: Arc::new(coverage.lookup(&condition)),
            condition,
            by: &question.by,
            wants_visitors: question.metrics.iter().any(|metric| metric.is_of_visitors()),
            wants_revenue: question.metrics.iter().any(|metric| metric.is_of_money()),
            values: HashMap::new(),
            known: vec![Known::default()],
            texts: Vec::new(),
            combinations: Vec::new(),
            numbers: HashMap::new(),
            places: HashMap::new(),
            groups: Vec::new(),
            sketches: Sketches::default(),
            rows_read: 0,
        }
    }

    /// Which rows of blocks it looks at.
    pub fn lookup(&self) -> &Lookup {
        &self.lookup
    }

    /// Adds a block of one of the pieces' windows, of the coverage's rollup.
    ///
    /// # Errors
    /// [`BlockError`] when a value is no text.
    pub fn add_block(&mut self, start_ms: u64, block: &Block) -> Result<(), BlockError> {
        let lookup = Arc::clone(&self.lookup);
        // Where all rows count, their sketches are taken at once.
        let takes_all = self.wants_visitors && self.condition.is_empty();
        let run = takes_all.then(|| self.sketches.keep(block.all_visitors().to_vec()));
        self.add_rows(self.bucket(start_ms), block, lookup.rows(block), run)
    }

    /// Adds a block that others look at too, of which all rows are looked at ([`Lookup::only`]).
    ///
    /// # Errors
    /// As [`Self::add_block`].
    pub fn add_shared(&mut self, start_ms: u64, block: &Arc<Block>) -> Result<(), BlockError> {
        let run = self.wants_visitors.then(|| self.sketches.share(Arc::clone(block)));
        self.add_rows(self.bucket(start_ms), block, 0..block.len(), run)
    }

    /// `run`: where the sketches of the block's visitors are kept, if they are
    fn add_rows(
        &mut self,
        bucket: u32,
        block: &Block,
        rows: impl Iterator<Item = usize>,
        run: Option<usize>,
    ) -> Result<(), BlockError> {
        let (has_visits, has_revenue) = (block.has_visits(), self.wants_revenue && block.has_revenue());
        let mut before = 0;
        for at in rows {
            self.rows_read += 1;
            before = self.known(before, block.value_bytes(at))?;
            let Some(place) = self.place(bucket, before) else { continue };
            let visits = if has_visits { block.visits(at) } else { VisitSums::default() };
            self.count(place, block.pageviews(at), block.events(at), &visits);
            if has_revenue {
                for (currency, micros) in block.revenue(at) {
                    self.pay(place, currency, micros);
                }
            }
            match run {
                Some(run) => self.sketches.add_kept(place, run, block.visitors_at(at)),
                None if self.wants_visitors => self.sketches.add(place, block.visitors(at)),
                None => {}
            }
        }
        Ok(())
    }

    /// Adds a row of one of the pieces' windows, of the coverage's rollup.
    pub fn add(&mut self, row: &StoredRow<'_>) {
        self.rows_read += 1;
        // It is a text.
        let Ok(known) = self.known(0, row.value.as_bytes()) else { return };
        let bucket = self.bucket(row.start_ms);
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
        let (mut groups, mut sketches) = (self.groups, self.sketches);
        sketches.retain(groups.iter().map(is_left));
        groups.retain(is_left);
        let visitors_error = if self.wants_visitors { STANDARD_ERROR } else { 0.0 };
        Tally::estimated(Found { groups, rows_read: self.rows_read, sampled: None, visitors_error }, sketches)
    }

    fn bucket(&self, start_ms: u64) -> u32 {
        self.pieces.buckets.as_ref().map_or(0, |buckets| buckets.of(start_ms) as u32)
    }

    /// The place of a stored value among the known, which stands behind the one at `before`.
    fn known(&mut self, before: u32, value: &[u8]) -> Result<u32, BlockError> {
        let guess = self.known.get(before as usize).map_or(0, |known| known.next);
        let is_it = |known: &Known| self.texts.get(known.text.clone()).is_some_and(|text| text == value);
        if guess > 0 && self.known.get(guess as usize).is_some_and(is_it) {
            return Ok(guess);
        }
        let place = match self.values.get(value) {
            Some(place) => *place,
            None => {
                let combination = self.combination(std::str::from_utf8(value).map_err(|_| BlockError::Text)?);
                let place = self.known.len() as u32;
                let text = self.texts.len()..self.texts.len() + value.len();
                self.texts.extend_from_slice(value);
                self.known.push(Known { text, combination, ..Known::default() });
                self.values.insert(value.into(), place);
                place
            }
        };
        if let Some(known) = self.known.get_mut(before as usize) {
            known.next = place;
        }
        Ok(place)
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

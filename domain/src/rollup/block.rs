//! All values of one window and dimension as one string of bytes, so that a question reads one row of a store where
//! there were thousands, and walks it without decoding a sketch.
//!
//! | part | layout |
//! |---|---|
//! | form | a byte: [`FORM`] |
//! | rows | how many, four bytes |
//! | columns | [`COLUMNS`] times: bytes of a number (0, 1, 2, 4 or 8; 0: all are zero), then that many for each row |
//! | values | length, four bytes, then the texts one behind the other, in ascending order of bytes |
//! | visitors, sessions | each: length, four bytes, then the encoded sketches one behind the other |
//! | revenue | how many, four bytes, then each: row (four bytes), micros (eight), length of the currency (one), currency |
//!
//! Numbers are little-endian. The first three columns say where each row's value, visitors and sessions end; then
//! come pageviews, events and the six sums over visits, which have a sign. Each number takes as many bytes as the
//! largest of its column needs, so the same rows are always the same bytes.

mod all;
mod build;
mod merge;
mod open;

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Rollup, VisitSums};
use crate::sketch::{Sketch, SketchError};
pub use build::Builder;
pub use merge::MergeError;
pub use open::BlockError;

/// The first byte of a block.
const FORM: u8 = 1;

/// Columns of numbers: three of ends, two of counts, six of sums.
const COLUMNS: usize = 11;

const VALUES: usize = 0;
const VISITORS: usize = 1;
const SESSIONS: usize = 2;
const PAGEVIEWS: usize = 3;
const EVENTS: usize = 4;
const VISITS: usize = 5;
const BOUNCES: usize = 6;
const VISIT_MS: usize = 7;
const ENGAGED_MS: usize = 8;
const CONVERTED: usize = 9;
const QUALITY: usize = 10;

/// Rows of a block. A day keeps [`super::BLOCK_VALUES_MAX`] values apart; a minute of frames holds no more than that
/// many times as long as fewer than fifty objects of one site are attacked at once.
pub const BLOCK_ROWS_MAX: usize = 1 << 20;

/// The counters and sketches of one window and dimension, by value. Checked once, when it is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    bytes: Vec<u8>,
    rows: usize,
    columns: [Column; COLUMNS],
    /// Where the values, the visitors and the sessions begin.
    parts: [usize; 3],
    revenue: Vec<Paid>,
}

/// A column of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Column {
    at: usize,
    width: usize,
}

/// What was paid in one currency, of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Paid {
    row: u32,
    micros: i64,
    currency_at: usize,
    currency_bytes: usize,
}

/// One row of a block; nothing of it is decoded.
#[derive(Clone, Copy, Debug)]
pub struct BlockRow<'a> {
    block: &'a Block,
    at: usize,
}

impl Block {
    /// The block's bytes themselves, as room for others.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The block as bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// A row, in the order of values.
    pub fn row(&self, at: usize) -> Option<BlockRow<'_>> {
        (at < self.rows).then_some(BlockRow { block: self, at })
    }

    /// All rows, in the order of values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = BlockRow<'_>> {
        (0..self.rows).map(|at| BlockRow { block: self, at })
    }

    /// The row of a value.
    pub fn find(&self, value: &str) -> Option<BlockRow<'_>> {
        self.row(self.position(value).ok()?)
    }

    /// The rows whose values begin with a text: they stand together.
    pub fn beginning_with(&self, text: &str) -> Range<usize> {
        let first = self.position(text).unwrap_or_else(|at| at);
        let begins = |at: usize| self.slice(VALUES, at).starts_with(text.as_bytes());
        let (mut low, mut high) = (first, self.rows);
        while low < high {
            let middle = low.midpoint(high);
            if begins(middle) { low = middle + 1 } else { high = middle }
        }
        first..low
    }

    /// The rows whose values end with one of these texts, which are not empty; of values that are shorter than a text,
    /// some that do not.
    pub fn ending_with<'a>(&'a self, texts: &'a [String]) -> impl Iterator<Item = usize> + 'a {
        let begin = self.parts.get(VALUES).copied().unwrap_or_default();
        let values = self.bytes.get(begin..begin + self.part_bytes(VALUES)).unwrap_or_default();
        let ends = move |at: &usize| {
            let through = values.get(..self.number(VALUES, *at) as usize).unwrap_or_default();
            // The last byte alone tells most.
            texts.iter().any(|text| through.last() == text.as_bytes().last() && through.ends_with(text.as_bytes()))
        };
        (0..self.rows).filter(ends)
    }

    /// A row's value; empty behind the last row, as all of these are nothing there.
    pub fn value(&self, at: usize) -> &str {
        std::str::from_utf8(self.slice(VALUES, at)).unwrap_or_default()
    }

    /// A row's value as its bytes, by which rows are ordered.
    pub fn value_bytes(&self, at: usize) -> &[u8] {
        self.slice(VALUES, at)
    }

    /// Whether any row has sums over visits.
    pub fn has_visits(&self) -> bool {
        self.columns.iter().skip(VISITS).any(|column| column.width > 0)
    }

    /// Page views of a row.
    pub fn pageviews(&self, at: usize) -> u64 {
        self.number(PAGEVIEWS, at)
    }

    /// Events of a row.
    pub fn events(&self, at: usize) -> u64 {
        self.number(EVENTS, at)
    }

    /// Sums over the visits of a row.
    pub fn visits(&self, at: usize) -> VisitSums {
        VisitSums {
            visits: self.sum(VISITS, at),
            bounces: self.sum(BOUNCES, at),
            visit_ms: self.sum(VISIT_MS, at),
            engaged_ms: self.sum(ENGAGED_MS, at),
            converted: self.sum(CONVERTED, at),
            quality: self.sum(QUALITY, at),
        }
    }

    /// Encoded sketch of a row's visitors.
    pub fn visitors(&self, at: usize) -> &[u8] {
        self.slice(VISITORS, at)
    }

    /// The encoded sketches of all rows' visitors, one behind the other.
    pub fn all_visitors(&self) -> &[u8] {
        let begin = self.parts.get(VISITORS).copied().unwrap_or_default();
        self.bytes.get(begin..begin + self.part_bytes(VISITORS)).unwrap_or_default()
    }

    /// Where the sketch of a row's visitors stands among [`Self::all_visitors`].
    pub fn visitors_at(&self, at: usize) -> Range<usize> {
        if at >= self.rows {
            return 0..0;
        }
        let first = if at == 0 { 0 } else { self.number(VISITORS, at - 1) as usize };
        first..self.number(VISITORS, at) as usize
    }

    /// Encoded sketch of the names of a row's visits.
    pub fn sessions(&self, at: usize) -> &[u8] {
        self.slice(SESSIONS, at)
    }

    /// Whether any row has revenue.
    pub fn has_revenue(&self) -> bool {
        !self.revenue.is_empty()
    }

    /// Revenue of a row by currency, in millionths of its unit.
    pub fn revenue(&self, at: usize) -> impl Iterator<Item = (&str, i64)> {
        let first = self.revenue.partition_point(|paid| (paid.row as usize) < at);
        let of_row = self.revenue.get(first..).unwrap_or_default().iter().take_while(move |p| p.row as usize == at);
        of_row.map(|paid| (self.currency(paid), paid.micros))
    }

    /// Bytes that it takes in memory.
    pub fn heap_bytes(&self) -> usize {
        self.bytes.capacity() + self.revenue.capacity() * size_of::<Paid>()
    }

    /// Where a value stands, or where it would.
    fn position(&self, value: &str) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.rows);
        while low < high {
            let middle = low.midpoint(high);
            match self.slice(VALUES, middle).cmp(value.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    fn currency(&self, paid: &Paid) -> &str {
        let bytes = self.bytes.get(paid.currency_at..paid.currency_at + paid.currency_bytes);
        std::str::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
    }

    /// Bytes of all values, visitors or sessions.
    fn part_bytes(&self, part: usize) -> usize {
        self.rows.checked_sub(1).map_or(0, |last| self.number(part, last) as usize)
    }

    /// The part of a row, one of values, visitors and sessions.
    fn slice(&self, part: usize, at: usize) -> &[u8] {
        if at >= self.rows {
            return &[];
        }
        let first = if at == 0 { 0 } else { self.number(part, at - 1) as usize };
        let (begin, end) = (self.parts.get(part).copied().unwrap_or_default(), self.number(part, at) as usize);
        self.bytes.get(begin + first..begin + end).unwrap_or_default()
    }

    fn number(&self, column: usize, at: usize) -> u64 {
        let bytes = self.cell(column, at);
        match *bytes {
            [] => 0,
            [one] => u64::from(one),
            [a, b] => u64::from(u16::from_le_bytes([a, b])),
            [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
            _ => bytes.try_into().map(u64::from_le_bytes).unwrap_or_default(),
        }
    }

    fn sum(&self, column: usize, at: usize) -> i64 {
        let bytes = self.cell(column, at);
        match *bytes {
            [] => 0,
            [one] => i64::from(one as i8),
            [a, b] => i64::from(i16::from_le_bytes([a, b])),
            [a, b, c, d] => i64::from(i32::from_le_bytes([a, b, c, d])),
            _ => bytes.try_into().map(i64::from_le_bytes).unwrap_or_default(),
        }
    }

    fn cell(&self, column: usize, at: usize) -> &[u8] {
        let Some(Column { at: begin, width }) = self.columns.get(column) else { return &[] };
        if at >= self.rows {
            return &[];
        }
        let first = begin + at * width;
        self.bytes.get(first..first + width).unwrap_or_default()
    }
}

impl<'a> BlockRow<'a> {
    /// Its place in the block.
    pub fn index(&self) -> usize {
        self.at
    }

    /// The value that is counted.
    pub fn value(&self) -> &'a str {
        self.block.value(self.at)
    }

    /// The value as its bytes, by which rows are ordered.
    fn value_bytes(&self) -> &'a [u8] {
        self.block.slice(VALUES, self.at)
    }

    /// Page views.
    pub fn pageviews(&self) -> u64 {
        self.block.pageviews(self.at)
    }

    /// Events.
    pub fn events(&self) -> u64 {
        self.block.events(self.at)
    }

    /// Encoded sketch of the visitors.
    pub fn visitors(&self) -> &'a [u8] {
        self.block.visitors(self.at)
    }

    /// Encoded sketch of the names of visits; on total rows.
    pub fn sessions(&self) -> &'a [u8] {
        self.block.sessions(self.at)
    }

    /// The visits that began in the window.
    pub fn visits(&self) -> VisitSums {
        self.block.visits(self.at)
    }

    /// Revenue by currency, in millionths of its unit.
    pub fn revenue(&self) -> impl Iterator<Item = (&'a str, i64)> + use<'a> {
        self.block.revenue(self.at)
    }

    /// Whether it says nothing: all that was counted was taken back.
    pub fn is_zero(&self) -> bool {
        self.events() == 0
            && self.pageviews() == 0
            && self.visitors().is_empty()
            && self.sessions().is_empty()
            && self.visits() == VisitSums::default()
            && self.revenue().all(|(_, micros)| micros == 0)
    }

    /// The row with its sketches decoded.
    ///
    /// # Errors
    /// [`SketchError`] when one of them is damaged.
    pub fn rollup(&self) -> Result<Rollup, SketchError> {
        let revenue: BTreeMap<_, _> = self.revenue().map(|(currency, micros)| (currency.to_owned(), micros)).collect();
        Ok(Rollup {
            pageviews: self.pageviews(),
            events: self.events(),
            visitors: Sketch::decode(self.visitors())?,
            sessions: Sketch::decode(self.sessions())?,
            visits: self.visits(),
            revenue,
        })
    }
}

#[cfg(test)]
mod tests;

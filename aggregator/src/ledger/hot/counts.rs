//! The rows of a minute, by value.

use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use domain::rollup::{Block, BlockError, Builder, Rollup};
use domain::window::Granularity;
use hashbrown::{DefaultHashBuilder, HashTable};
use wire::frame::RollupDimension;
use wire::frame_view::RowView;

use super::pieces::Pieces;
use super::{MinuteKey, Minutes};

/// Bytes that a row takes beside its value and its sketches: the row itself, 160, and a third more as room for others, its
/// place in the table, and what the system takes for an allocation.
const ROW_BYTES: usize = 250;

/// Bytes that a minute of a dimension takes beside its rows.
const MINUTE_BYTES: usize = 300;

/// Rollups of one minute and dimension, by value.
#[derive(Debug, Default)]
pub struct Counts {
    rows: Vec<Row>,
    /// The values of all rows, one behind the other.
    values: Vec<u8>,
    /// Where each value stands in `rows`.
    places: HashTable<u32>,
    hasher: DefaultHashBuilder,
    block: OnceLock<Arc<Block>>,
}

#[derive(Clone, Debug)]
struct Row {
    /// Where its value stands among the values. More than 4 GB of them take more memory than there is.
    value: [u32; 2],
    rollup: Rollup,
}

impl Clone for Counts {
    fn clone(&self) -> Self {
        let Self { rows, values, places, hasher, .. } = self;
        let (rows, values, places) = (rows.clone(), values.clone(), places.clone());
        Self { rows, values, places, hasher: hasher.clone(), block: OnceLock::new() }
    }
}

impl Counts {
    /// The rollups as a block. What says nothing is left out.
    ///
    /// # Errors
    /// [`BlockError`] when there are too many.
    pub fn block(&self) -> Result<Arc<Block>, BlockError> {
        if let Some(block) = self.block.get() {
            return Ok(Arc::clone(block));
        }
        let some = self.rows.iter().filter(|row| !row.rollup.is_empty());
        let mut sorted: Vec<(&[u8], &Rollup)> = some.map(|row| (row.value_in(&self.values), &row.rollup)).collect();
        sorted.sort_unstable_by_key(|(value, _)| *value);
        let mut builder = Builder::default();
        for (value, rollup) in sorted {
            builder.push(str::from_utf8(value).map_err(|_| BlockError::Text)?, rollup)?;
        }
        let block = Arc::new(builder.finish()?);
        Ok(Arc::clone(self.block.get_or_init(|| block)))
    }

    /// Adds rows by value; answers how many bytes that takes.
    fn add_all<'a>(&mut self, rows: impl Iterator<Item = (&'a [u8], RowView<'a>)>) -> usize {
        self.block.take();
        rows.map(|(value, row)| self.add(value, &row)).sum()
    }

    /// Adds a row; answers how many bytes that takes.
    fn add(&mut self, value: &[u8], said: &RowView<'_>) -> usize {
        let Self { rows, values, places, hasher, .. } = self;
        let hash = hasher.hash_one(value);
        let found = places.find(hash, |at| rows.get(*at as usize).is_some_and(|row| row.value_in(values) == value));
        if let Some(row) = found.and_then(|at| rows.get_mut(*at as usize)) {
            let before = sketch_bytes(&row.rollup);
            row.add(said);
            return sketch_bytes(&row.rollup).saturating_sub(before);
        }
        let start = values.len() as u32;
        values.extend_from_slice(value);
        let mut row = Row { value: [start, values.len() as u32], rollup: Rollup::default() };
        row.add(said);
        let bytes = ROW_BYTES + value.len() + sketch_bytes(&row.rollup);
        let place = |at: &u32| rows.get(*at as usize).map_or(0, |row| hasher.hash_one(row.value_in(values)));
        places.insert_unique(hash, rows.len() as u32, place);
        rows.push(row);
        bytes
    }
}

impl Row {
    fn value_in<'a>(&self, values: &'a [u8]) -> &'a [u8] {
        let [start, end] = self.value;
        values.get(start as usize..end as usize).unwrap_or_default()
    }

    fn add(&mut self, said: &RowView<'_>) {
        // A frame with a sketch that is none was refused when it was checked.
        let added = self.rollup.add_view(said);
        debug_assert!(added.is_ok(), "{added:?}");
    }
}

fn sketch_bytes(rollup: &Rollup) -> usize {
    rollup.visitors.heap_bytes() + rollup.sessions.heap_bytes()
}

/// Adds what a frame says; answers how many bytes that takes.
pub(super) fn add(minutes: &mut Minutes, pieces: &Pieces) -> usize {
    let mut grown = 0;
    for (key, rows) in pieces.iter() {
        // One search where the minute is there, as most often.
        if let Some(counts) = minutes.get_mut(key) {
            grown += Arc::make_mut(counts).add_all(rows);
            continue;
        }
        let mut counts = Counts::default();
        grown += MINUTE_BYTES + counts.add_all(rows);
        minutes.insert(key.clone(), Arc::new(counts));
    }
    grown
}

/// Hands the minutes of a dimension (and name) within `span` to `take`, each with the start of the window of that length
/// that it belongs to: a window may come in as many parts as it has minutes, in the order of time.
///
/// # Errors
/// [`BlockError`] when there are too many values for a block.
pub fn windows<E: From<BlockError>>(
    minutes: &Minutes,
    (dimension, name): (RollupDimension, &str),
    granularity: Granularity,
    span: Range<u64>,
    mut take: impl FnMut(u64, &Block) -> Result<(), E>,
) -> Result<(), E> {
    if span.is_empty() {
        return Ok(());
    }
    let key = |start_ms| MinuteKey { dimension, name: name.into(), start_ms };
    for (key, counts) in minutes.range(key(span.start)..key(span.end)) {
        take(granularity.start_of(key.start_ms), &*counts.block()?)?;
    }
    Ok(())
}

//! The rows of a minute, by value.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use domain::rollup::{Block, BlockError, Rollup, named};
use domain::window::Granularity;
use wire::frame::RollupDimension;
use wire::frame_view::RowView;

use super::{MinuteKey, Minutes};

/// Bytes that a row takes beside its value and its sketches: the rollup, its place in the table, and room in the table
/// for others.
const ROW_BYTES: usize = 300;

/// Bytes that a minute of a dimension takes beside its rows.
const MINUTE_BYTES: usize = 200;

/// What a frame says of one minute and dimension.
#[derive(Debug)]
pub struct Piece {
    /// Where it is counted.
    pub key: MinuteKey,
    /// By value.
    pub rows: Vec<(Box<str>, Rollup)>,
}

/// What a frame says.
pub type Pieces = Vec<Piece>;

/// Rollups of one minute and dimension, by value.
#[derive(Debug, Default)]
pub struct Counts {
    rows: HashMap<Box<str>, Rollup>,
    block: OnceLock<Arc<Block>>,
}

impl Clone for Counts {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), block: OnceLock::new() }
    }
}

impl Counts {
    /// The rollups as a block.
    ///
    /// # Errors
    /// [`BlockError`] when there are too many.
    pub fn block(&self) -> Result<Arc<Block>, BlockError> {
        if let Some(block) = self.block.get() {
            return Ok(Arc::clone(block));
        }
        let block = Arc::new(Block::of(self.rows.iter().map(|(value, rollup)| (&**value, rollup)))?);
        Ok(Arc::clone(self.block.get_or_init(|| block)))
    }

    /// All rollups by value, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Rollup)> {
        self.rows.iter().map(|(value, rollup)| (&**value, rollup))
    }

    /// Adds a rollup; answers how many bytes that takes.
    fn add(&mut self, value: Box<str>, rollup: Rollup) -> usize {
        let sketches = |rollup: &Rollup| rollup.visitors.heap_bytes() + rollup.sessions.heap_bytes();
        match self.rows.get_mut(&value) {
            Some(row) => {
                let before = sketches(row);
                row.merge(&rollup);
                sketches(row).saturating_sub(before)
            }
            None => {
                let bytes = ROW_BYTES + value.len() + sketches(&rollup);
                self.rows.insert(value, rollup);
                bytes
            }
        }
    }
}

/// Adds what a frame says; answers how many bytes that takes.
pub(super) fn add(minutes: &mut Minutes, pieces: Pieces) -> usize {
    let mut grown = 0;
    for Piece { key, rows } in pieces {
        let counts = minutes.entry(key).or_insert_with(|| {
            grown += MINUTE_BYTES;
            Arc::default()
        });
        let counts = Arc::make_mut(counts);
        counts.block.take();
        for (value, rollup) in rows {
            grown += counts.add(value, rollup);
        }
    }
    grown
}

/// The rows of a frame, parted by where they are counted. Neighbours in the frame are most often neighbours here.
pub fn pieces<'a>(rows: impl IntoIterator<Item = (&'a RowView<'a>, Rollup)>) -> Pieces {
    let mut pieces = Pieces::new();
    for (row, rollup) in rows {
        let (name, value) = named(row.dimension, row.value);
        match pieces.last_mut() {
            Some(Piece { key, rows })
                if key.start_ms == row.start_ms && key.dimension == row.dimension && *key.name == *name =>
            {
                rows.push((value.into(), rollup));
            }
            _ => {
                let key = MinuteKey { dimension: row.dimension, name: name.into(), start_ms: row.start_ms };
                pieces.push(Piece { key, rows: vec![(value.into(), rollup)] });
            }
        }
    }
    pieces
}

/// Hands the minutes of a dimension (and name) within `span` to `take`, merged to windows of that length: start and
/// block.
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
    let mut found = minutes.range(key(span.start)..key(span.end)).peekable();
    while let Some((first, counts)) = found.next() {
        let start_ms = granularity.start_of(first.start_ms);
        let is_same = |key: &MinuteKey| granularity.start_of(key.start_ms) == start_ms;
        if found.peek().is_none_or(|(next, _)| !is_same(next)) {
            take(start_ms, &*counts.block()?)?;
            continue;
        }
        let mut sum: HashMap<&str, Rollup> = counts.iter().map(|(value, rollup)| (value, rollup.clone())).collect();
        while let Some((_, counts)) = found.next_if(|(next, _)| is_same(next)) {
            for (value, rollup) in counts.iter() {
                sum.entry(value).or_default().merge(rollup);
            }
        }
        take(start_ms, &Block::of(sum.iter().map(|(value, rollup)| (*value, rollup)))?)?;
    }
    Ok(())
}

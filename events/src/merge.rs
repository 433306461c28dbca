//! Events in the order of a segment, out of several sources.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, BooleanArray, DictionaryArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use arrow_select::interleave::interleave_record_batch;
use domain::rollup;
use domain::window::Granularity;
use wire::Id128;

use crate::batch::{self, BatchError, Key, property_column};
use crate::columns::{self, Columns, Text};
use crate::schema;

/// Rows of one batch that is handed on.
const BATCH_ROWS: usize = 8192;

/// Batches one after the other.
pub type Run<'a, E> = Box<dyn Iterator<Item = Result<RecordBatch, E>> + 'a>;

/// Rows of several batches, in the order of a segment.
#[derive(Default)]
pub struct Sorted {
    batches: Vec<RecordBatch>,
    rows: Vec<(Key, usize, usize)>,
}

/// Sorts batches of the same columns, each UTC day (its start, Unix milliseconds) by itself. They stay in memory once.
///
/// # Errors
/// [`BatchError::Column`] when they are no events.
pub fn by_day(batches: &[RecordBatch]) -> Result<BTreeMap<u64, Sorted>, BatchError> {
    let mut days: BTreeMap<u64, Sorted> = BTreeMap::new();
    for (number, batch) in batches.iter().enumerate() {
        let columns = Columns::of(batch)?;
        for row in 0..batch.num_rows() {
            let day_ms = Granularity::Day.start_of(columns.at_ms(row));
            days.entry(day_ms).or_default().rows.push((columns.key(row), number, row));
        }
    }
    for day in days.values_mut() {
        day.rows.sort_unstable();
        day.batches = batches.to_vec();
    }
    Ok(days)
}

/// Sorts batches of the same columns.
///
/// # Errors
/// [`BatchError::Column`] when they are no events.
pub fn sorted(batches: Vec<RecordBatch>) -> Result<Sorted, BatchError> {
    let mut rows = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for (number, batch) in batches.iter().enumerate() {
        let columns = Columns::of(batch)?;
        rows.extend((0..batch.num_rows()).map(|row| (columns.key(row), number, row)));
    }
    rows.sort_unstable();
    Ok(Sorted { batches, rows })
}

impl Sorted {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows, some at a time.
    pub fn batches(&self) -> impl Iterator<Item = Result<RecordBatch, BatchError>> {
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        self.rows.chunks(BATCH_ROWS).map(move |rows| {
            let places: Vec<(usize, usize)> = rows.iter().map(|(_, batch, row)| (*batch, *row)).collect();
            Ok(interleave_record_batch(&batches, &places)?)
        })
    }
}

/// Merges runs of the same columns, each in the order of a segment, into one. Of each run one batch is held.
pub struct Merge<'a, E> {
    runs: Vec<Reading<'a, E>>,
    /// The next row of each run that has one.
    next: BinaryHeap<Reverse<(Key, usize)>>,
    has_failed: bool,
}

struct Reading<'a, E> {
    run: Run<'a, E>,
    batch: Option<RecordBatch>,
    row: usize,
}

impl<'a, E: From<BatchError>> Merge<'a, E> {
    /// Begins to merge.
    ///
    /// # Errors
    /// What the first batch of a run fails with.
    pub fn new(runs: Vec<Run<'a, E>>) -> Result<Self, E> {
        let runs = runs.into_iter().map(|run| Reading { run, batch: None, row: 0 }).collect();
        let mut merge = Self { runs, next: BinaryHeap::new(), has_failed: false };
        for number in 0..merge.runs.len() {
            merge.advance(number)?;
        }
        Ok(merge)
    }

    /// Turns to the next batch of a run that is at its end.
    fn advance(&mut self, number: usize) -> Result<(), E> {
        let Some(reading) = self.runs.get_mut(number) else { return Ok(()) };
        (reading.batch, reading.row) = (None, 0);
        for batch in reading.run.by_ref() {
            let batch = batch?;
            if batch.num_rows() > 0 {
                self.next.push(Reverse((Columns::of(&batch)?.key(0), number)));
                reading.batch = Some(batch);
                break;
            }
        }
        Ok(())
    }

    /// The next rows: until a run's batch is at its end, or there are enough.
    fn gather(&mut self) -> Result<Option<RecordBatch>, E> {
        let mut batches = Vec::new();
        let mut columns = Vec::new();
        // Position among the batches by number of run.
        let mut place_of = vec![usize::MAX; self.runs.len()];
        for (reading, place) in self.runs.iter().zip(&mut place_of) {
            if let Some(batch) = &reading.batch {
                *place = batches.len();
                batches.push(batch);
                columns.push(Columns::of(batch)?);
            }
        }
        let mut rows: Vec<(usize, usize)> = Vec::with_capacity(BATCH_ROWS);
        let mut ended = None;
        let mut positions: Vec<usize> = self.runs.iter().map(|reading| reading.row).collect();
        while rows.len() < BATCH_ROWS
            && let Some(Reverse((_, number))) = self.next.pop()
        {
            let (Some(place), Some(row)) = (place_of.get(number).copied(), positions.get_mut(number)) else { break };
            rows.push((place, *row));
            *row += 1;
            match (batches.get(place), columns.get(place)) {
                (Some(batch), Some(columns)) if *row < batch.num_rows() => {
                    self.next.push(Reverse((columns.key(*row), number)));
                }
                _ => {
                    ended = Some(number);
                    break;
                }
            }
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let merged = interleave_record_batch(&batches, &rows).map_err(BatchError::Arrow)?;
        drop(columns);
        for (reading, row) in self.runs.iter_mut().zip(positions) {
            reading.row = row;
        }
        if let Some(number) = ended {
            self.advance(number)?;
        }
        Ok(Some(merged))
    }
}

impl<E: From<BatchError>> Iterator for Merge<'_, E> {
    type Item = Result<RecordBatch, E>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let gathered = self.gather();
        self.has_failed = gathered.is_err();
        gathered.transpose()
    }
}

/// The rows of a batch that are not of these visitors, and those that are.
///
/// # Errors
/// [`BatchError::Column`] when it is no batch of events.
pub fn without(batch: &RecordBatch, visitors: &BTreeSet<Id128>) -> Result<(RecordBatch, RecordBatch), BatchError> {
    let gone: BooleanArray = columns::visitors(batch)?.map(|visitor| Some(visitors.contains(&visitor))).collect();
    let kept: BooleanArray = gone.iter().map(|is_gone| is_gone.map(|is_gone| !is_gone)).collect();
    Ok((filter_record_batch(batch, &kept)?, filter_record_batch(batch, &gone)?))
}

/// A batch with the columns of a site that declares these properties: what it lacks is taken from all properties, what
/// is not declared any more goes.
///
/// # Errors
/// [`BatchError`] when it is no batch of events.
pub fn conform(batch: &RecordBatch, declared: &[String]) -> Result<RecordBatch, BatchError> {
    let schema = batch::schema(declared);
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        match (batch.column_by_name(field.name()), field.name().strip_prefix(schema::PROPERTY)) {
            (Some(column), _) if column.data_type() == field.data_type() => columns.push(Arc::clone(column)),
            (None, Some(name)) => columns.push(property_of(batch, name)?),
            _ => return Err(BatchError::Column(field.name().clone())),
        }
    }
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// One property's column, of the column of all.
fn property_of(batch: &RecordBatch, name: &str) -> Result<ArrayRef, BatchError> {
    let all = Text::of(batch, schema::PROPERTIES)?;
    let mut values = Vec::with_capacity(all.values.len());
    for text in all.values.iter().map(Option::unwrap_or_default) {
        let properties = if text.is_empty() { BTreeMap::new() } else { serde_json::from_str(text)? };
        values.push(rollup::property_of(&properties, name).unwrap_or_default());
    }
    let mut column = StringDictionaryBuilder::<Int32Type>::new();
    for row in 0..batch.num_rows() {
        let value = usize::try_from(all.keys.value(row)).ok().and_then(|at| values.get(at));
        column.append(value.ok_or_else(|| BatchError::Column(property_column(name)))?)?;
    }
    let column: DictionaryArray<Int32Type> = column.finish();
    Ok(Arc::new(column))
}

#[cfg(test)]
mod tests;

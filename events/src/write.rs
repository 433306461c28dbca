//! A segment's file: sorted events in, Parquet out.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use wire::Id128;
use wire::frame::RawEvent;

use crate::batch::{self, BatchError, Key};
use crate::columns::Columns;
use crate::schema;

/// Rows of a row group: what is skipped or read as one. Decoded, ten columns of one take 10 MB.
pub const ROW_GROUP_ROWS: usize = 131_072;

/// Bytes of one column's dictionary in a row group: as many different texts of 128 bytes as it has rows. Beyond, the
/// column goes on without one.
const DICTIONARY_BYTES_MAX: usize = ROW_GROUP_ROWS * 128;

/// Name of the note in each file of how it is written, and what it says.
const FORMAT: (&str, &str) = ("tidemark.segment", "1");

/// Columns of [`schema::TEXTS`] whose dictionaries are large, and that few questions name.
const LONG: [&str; 3] = ["title", "referrer", "city"];

/// Other columns that are not compressed.
const AS_THEY_STAND: [&str; 5] = [schema::VISITOR, schema::SESSION, schema::AT, schema::ID, schema::GOALS];

/// Events that become columns at once.
const BATCH_EVENTS: usize = 8192;

/// Why a segment was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The events are no columns.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// Parquet's own, or the file's.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// An event stands before an earlier one.
    #[error("events are not in the order of visitor, time and id")]
    Disorder,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows.
    pub events: u64,
    /// Length of the file.
    pub bytes: u64,
    /// First event's time, Unix milliseconds; zero when there is none.
    pub first_ms: u64,
    /// Last event's time.
    pub last_ms: u64,
    /// Exclusive or of the events' ids.
    pub id_checksum: Id128,
}

impl Written {
    /// Counts one event.
    pub(crate) fn add(&mut self, at_ms: u64, id: Id128) {
        self.first_ms = if self.events == 0 { at_ms } else { self.first_ms.min(at_ms) };
        self.last_ms = self.last_ms.max(at_ms);
        self.id_checksum = self.id_checksum.xor(id);
        self.events += 1;
    }
}

/// Writes one segment, a row group at a time: about 100 MB at most are held, whatever its length.
pub struct SegmentWriter<W: Write + Send> {
    parquet: ArrowWriter<Counting<W>>,
    schema: SchemaRef,
    declared: Vec<String>,
    written: Written,
    last: Option<Key>,
}

impl<W: Write + Send> SegmentWriter<W> {
    /// Begins a segment of a site that declares these properties.
    ///
    /// # Errors
    /// [`WriteError::Parquet`] when nothing can be written.
    pub fn new(out: W, declared: &[String]) -> Result<Self, WriteError> {
        Self::with_row_groups(out, declared, ROW_GROUP_ROWS)
    }

    /// As [`SegmentWriter::new`], with row groups of at most so many rows: of these one is held.
    ///
    /// # Errors
    /// [`WriteError::Parquet`] when nothing can be written.
    pub fn with_row_groups(out: W, declared: &[String], rows_max: usize) -> Result<Self, WriteError> {
        let schema = batch::schema(declared);
        let properties = properties(declared, rows_max);
        let parquet = ArrowWriter::try_new(Counting { out, bytes: 0 }, Arc::clone(&schema), Some(properties))?;
        Ok(Self { parquet, schema, declared: declared.to_vec(), written: Written::default(), last: None })
    }

    /// Adds rows; all columns of [`batch::schema`], in the order of [`Key`], behind those before.
    ///
    /// # Errors
    /// [`WriteError`] when they do not fit, or nothing can be written.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        if batch.schema_ref().fields() != self.schema.fields() {
            return Err(BatchError::Column("of a segment".to_owned()).into());
        }
        let columns = Columns::of(batch)?;
        for row in 0..batch.num_rows() {
            let key = columns.key(row);
            if self.last.is_some_and(|last| last > key) {
                return Err(WriteError::Disorder);
            }
            self.last = Some(key);
            let (_, at_ms, id) = key;
            self.written.add(at_ms, id);
        }
        Ok(self.parquet.write(batch)?)
    }

    /// Adds events, in the same order.
    ///
    /// # Errors
    /// As [`SegmentWriter::push`].
    pub fn push_events(&mut self, events: &[RawEvent]) -> Result<(), WriteError> {
        for some in events.chunks(BATCH_EVENTS) {
            self.push(&batch::of_events(some, &self.declared)?)?;
        }
        Ok(())
    }

    /// Ends the segment.
    ///
    /// # Errors
    /// [`WriteError::Parquet`] when the rest cannot be written.
    pub fn finish(self) -> Result<(W, Written), WriteError> {
        let Counting { out, bytes } = self.parquet.into_inner()?;
        Ok((out, Written { bytes, ..self.written }))
    }
}

/// Counts what goes through it.
struct Counting<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A segment of these events, as bytes. They need not be sorted.
///
/// # Errors
/// [`WriteError`] when they are no segment.
pub fn to_bytes(mut events: Vec<RawEvent>, declared: &[String]) -> Result<(Vec<u8>, Written), WriteError> {
    events.sort_unstable_by_key(batch::key);
    let mut segment = SegmentWriter::new(Vec::new(), declared)?;
    segment.push_events(&events)?;
    segment.finish()
}

fn properties(declared: &[String], row_group_rows: usize) -> WriterProperties {
    let column = |name: &str| ColumnPath::from(name);
    // Visitor, time and id; the visit's name stands between them.
    let sorting = [0, 1, 4, 5].map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: false });
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("tidemark ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(row_group_rows))
        .set_dictionary_page_size_limit(DICTIONARY_BYTES_MAX)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_sorting_columns(Some(sorting.to_vec()))
        .set_key_value_metadata(Some(vec![KeyValue::new(FORMAT.0.to_owned(), FORMAT.1.to_owned())]));
    // What questions are asked by most, and what does not get shorter: hashes, ids and packed steps. Indices of few values
    // are short as they stand, and are read three times as fast; long texts are worth it.
    let short = schema::TEXTS.iter().filter(|name| !LONG.contains(name)).map(|name| column(name));
    let of_properties = declared.iter().map(|name| column(&[schema::PROPERTY, name].concat()));
    for column in short.chain(AS_THEY_STAND.map(column)).chain(of_properties) {
        properties = properties.set_column_compression(column, Compression::UNCOMPRESSED);
    }
    // Hashes: no value comes again but beside itself. Ids never do, and have no statistics worth having.
    properties = properties
        .set_column_dictionary_enabled(column(schema::ID), false)
        .set_column_statistics_enabled(column(schema::ID), EnabledStatistics::None)
        .set_column_statistics_enabled(column(schema::PROPERTIES), EnabledStatistics::None)
        // Small steps, and never twice the same.
        .set_column_dictionary_enabled(column(schema::AT), false)
        .set_column_encoding(column(schema::AT), Encoding::DELTA_BINARY_PACKED)
        // By pages: a single visitor is found without reading the rest.
        .set_column_statistics_enabled(column(schema::VISITOR), EnabledStatistics::Page);
    properties.build()
}

#[cfg(test)]
mod tests;

//! A segment's file, read back.

use std::collections::BTreeSet;

use arrow_array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::reader::ChunkReader;
use wire::Id128;

use crate::batch::BatchError;
use crate::columns::{self, Columns};
use crate::schema;
use crate::write::Written;

/// Rows read at once.
const BATCH_ROWS: usize = 8192;

/// Why a segment cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no segment.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// Parquet's own, or the file's.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
}

/// All rows of a segment, some at a time.
///
/// # Errors
/// [`ReadError::Parquet`] when its end cannot be read.
pub fn batches(
    file: impl ChunkReader + 'static,
) -> Result<impl Iterator<Item = Result<RecordBatch, ReadError>>, ReadError> {
    let reader: ParquetRecordBatchReader =
        ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(BATCH_ROWS).build()?;
    Ok(reader.map(|batch| Ok(batch.map_err(BatchError::Arrow)?)))
}

/// How many rows each row group of a segment has.
///
/// # Errors
/// [`ReadError`] when it cannot be read.
pub fn row_groups(file: impl ChunkReader + 'static) -> Result<Vec<u64>, ReadError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    Ok(builder
        .metadata()
        .row_groups()
        .iter()
        .map(|group| u64::try_from(group.num_rows()).unwrap_or_default())
        .collect())
}

/// The ids of a segment, and nothing else of it.
///
/// # Errors
/// [`ReadError`] when it cannot be read.
pub fn ids(file: impl ChunkReader + 'static, mut take: impl FnMut(Id128)) -> Result<(), ReadError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), [schema::ID]);
    for batch in builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()? {
        columns::each_id(&batch.map_err(BatchError::Arrow)?, &mut take)?;
    }
    Ok(())
}

/// Whether a segment has an event of one of these visitors. Reads two columns.
///
/// # Errors
/// [`ReadError`] when it cannot be read.
pub fn has_visitor(file: impl ChunkReader + 'static, visitors: &BTreeSet<Id128>) -> Result<bool, ReadError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), [schema::VISITOR, schema::VISITOR_LOW]);
    for batch in builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()? {
        if columns::visitors(&batch.map_err(BatchError::Arrow)?)?.any(|visitor| visitors.contains(&visitor)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads a whole segment and says what is in it: what was said when it was written, if it is undamaged. Its length is
/// the reader's to compare.
///
/// # Errors
/// [`ReadError`] when it cannot be read.
pub fn summary(file: impl ChunkReader + 'static) -> Result<Written, ReadError> {
    let bytes = file.len();
    let mut found = Written { bytes, ..Written::default() };
    for batch in batches(file)? {
        let batch = batch?;
        let columns = Columns::of(&batch)?;
        (0..batch.num_rows()).for_each(|row| found.add(columns.at_ms(row), columns.id(row)));
    }
    Ok(found)
}

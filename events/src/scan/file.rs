//! A segment's file as it is read: whole columns of row groups, and nothing else.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};

use super::ScanError;

/// Bytes at the end that are read first: the footer of a segment with fifty columns and a few row groups fits.
const FOOTER_BYTES: u64 = 64 * 1024;

/// Where a segment's bytes are: a local file, an object in a bucket, memory.
pub trait Blob: Send + Sync {
    /// Reads a range, all of it.
    ///
    /// # Errors
    /// When it cannot be read, or is shorter.
    fn read(&self, range: Range<u64>) -> io::Result<Bytes>;
}

impl Blob for File {
    fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        let mut bytes = vec![0; range_length(&range)?];
        self.read_exact_at(&mut bytes, range.start)?;
        Ok(bytes.into())
    }
}

impl Blob for Bytes {
    fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        let (start, length) = (usize::try_from(range.start).unwrap_or(usize::MAX), range_length(&range)?);
        let end = start.checked_add(length).filter(|end| *end <= Self::len(self));
        Ok(self.slice(start..end.ok_or(io::ErrorKind::UnexpectedEof)?))
    }
}

/// Reads what a file of that length says of itself.
///
/// # Errors
/// [`ScanError`] when it cannot be read or is no Parquet file.
pub fn footer(blob: &dyn Blob, length: u64) -> std::result::Result<ParquetMetaData, ScanError> {
    let last = |bytes: u64| blob.read(length.saturating_sub(bytes)..length);
    let mut reader = ParquetMetaDataReader::new();
    match reader.try_parse_sized(&last(FOOTER_BYTES)?, length) {
        Err(ParquetError::NeedMoreData(needed)) => reader.try_parse_sized(&last(needed as u64)?, length)?,
        other => other?,
    }
    Ok(reader.finish()?)
}

/// A part of a file, addressed as the file is.
pub struct Part {
    start: u64,
    bytes: Bytes,
}

impl Part {
    /// Reads a range of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(blob: &dyn Blob, range: Range<u64>) -> io::Result<Self> {
        Ok(Self { start: range.start, bytes: blob.read(range)? })
    }

    fn from(&self, start: u64) -> Result<Bytes> {
        let at = start.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        let at = at.filter(|at| *at <= self.bytes.len());
        Ok(self.bytes.slice(at.ok_or_else(|| ParquetError::EOF("a page lies outside of its column".to_owned()))?..))
    }
}

impl Length for Part {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
}

impl ChunkReader for Part {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let bytes = self.from(start)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF("a page reaches beyond its column".to_owned()));
        }
        Ok(bytes.slice(..length))
    }
}

fn range_length(range: &Range<u64>) -> io::Result<usize> {
    let length = range.end.checked_sub(range.start).and_then(|length| usize::try_from(length).ok());
    length.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

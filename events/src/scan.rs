//! The scan engine: a question answered from single events.
//!
//! | module | what |
//! |---|---|
//! | `file` | a segment's bytes: whole columns of row groups, read when they are needed |
//! | `bits`, `indices`, `column`, `values` | Parquet's pages to codes and numbers; dictionaries stay dictionaries |
//! | `block` | some rows and their columns: a row group, or a batch of the tail |
//! | `parts` | what is to be read: by day and time, divided among threads |
//! | `filter` | a condition, tested once for each distinct text |
//! | `groups` | values to numbered groups |
//! | `uniques` | distinct visitors of groups |
//! | `visits`, `pages` | visits told anew from their events |
//! | `task` | a question, and what follows from it |
//! | `worker` | one thread's way through its parts |
//! | `answer` | what the threads found, put together |
//! | `spare` | memory that is used again |
//! | `ordered` | all events, one visitor after the other |
//! | `people` | what questions about people want to know of events, one person after the other |
//! | `members` | the people of whom something is true |
//! | `sorter` | sorting by hashes |
//!
//! A segment's rows are sorted by visitor and time. That makes distinct visitors and visits a matter of comparing
//! with the row before, and a share of the visitors the first rows of every segment.

mod answer;
mod bits;
mod block;
mod column;
mod file;
mod filter;
mod groups;
mod indices;
mod members;
mod ordered;
mod pages;
mod parts;
mod people;
mod sorter;
mod spare;
mod task;
mod uniques;
mod values;
mod visits;
mod worker;

use std::io;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use parquet::errors::ParquetError;

pub use answer::aggregate;
pub use file::Blob;
pub use members::members;
pub use ordered::ordered;
pub use parts::Footers;
pub use people::{analyze, people};

use crate::batch::BatchError;
use crate::segment::Segment;
use crate::store::Budget;

/// Why a scan came to no answer.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// Groups or visits take more than the budget has.
    #[error("the scan needs more than {0} bytes of memory: narrow the range, the filters or the dimensions")]
    TooMuchMemory(usize),
    /// Its time is over.
    #[error("the scan takes longer than it may: narrow the range, or ask for a share of the visitors")]
    TooLong,
    /// Nobody waits for it any more.
    #[error("nobody waits for the scan any more")]
    GivenUp,
    /// A file or batch is not what a segment is.
    #[error("a segment is damaged: {0}")]
    Damaged(&'static str),
    /// A condition says what people did, and nobody found out who they are.
    #[error("the people that a filter means were not looked for")]
    Unresolved,
    /// A thread ended before its work did.
    #[error("a thread of the scan ended early")]
    Thread,
    /// A file cannot be read.
    #[error("a segment cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A file is no Parquet, or not as it should be.
    #[error("a segment cannot be read: {0}")]
    Parquet(#[from] ParquetError),
    /// A batch cannot be put in order.
    #[error("a batch cannot be read: {0}")]
    Arrow(#[from] ArrowError),
    /// Rows are no events.
    #[error("a segment's rows cannot be read: {0}")]
    Batch(#[from] BatchError),
}

impl From<bits::Damage> for ScanError {
    fn from(damage: bits::Damage) -> Self {
        Self::Damaged(damage.0)
    }
}

/// Where a site's events are.
pub struct Sources<'a> {
    /// Its segments, and their bytes. Those outside of a question's range are not touched.
    pub segments: &'a [(Segment, Arc<dyn Blob>)],
    /// What is not sealed yet: batches as [`crate::batch`] makes them, in any order.
    pub tail: &'a [RecordBatch],
    /// What is remembered of files.
    pub footers: &'a Footers,
}

/// Fails when the budget's time is over.
fn check(budget: &Budget) -> Result<(), ScanError> {
    if !budget.is_spent() {
        return Ok(());
    }
    let is_given_up = budget.is_given_up.load(std::sync::atomic::Ordering::Relaxed);
    Err(if is_given_up { ScanError::GivenUp } else { ScanError::TooLong })
}

#[cfg(test)]
mod tests;

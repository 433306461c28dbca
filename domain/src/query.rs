//! How a question becomes a plan, and what a store finds an answer.
//!
//! | module | what |
//! |---|---|
//! | `period`, `buckets` | spans and buckets of time, by the calendar of a zone |
//! | `filter` | which events are meant |
//! | `filtered` | where questions have filters |
//! | `saved_segment` | what is kept under a name, written out in filters |
//! | `people` | what a plan asks of people |
//! | `compare` | what a span is compared with |
//! | `conversion` | amounts in one currency |
//! | `coverage`, `pieces` | which rollup answers, by which of its windows |
//! | `plan` | all of this together: rollup where one tells it, single events where not |
//! | `question` | what any store is asked, and what it answers |
//! | `evaluate`, `sketches` | rollup rows become groups |
//! | `tally`, `cells`, `answer` | groups become rows |

mod answer;
mod buckets;
mod cells;
mod compare;
mod conversion;
mod coverage;
mod evaluate;
mod filter;
mod filtered;
mod people;
mod period;
mod pieces;
mod plan;
mod question;
mod saved_segment;
mod sketches;
mod tally;

pub use answer::{Told, answer};
pub use conversion::Conversion;
pub(crate) use conversion::billionths;
pub use coverage::{Coverage, Lookup};
pub use evaluate::{Evaluation, StoredRow};
pub use filter::{Condition, Test};
pub use filtered::Filtered;
pub use period::{Period, range};
pub use pieces::{Piece, Pieces};
pub use plan::{Ask, Circumstances, Plan, Route, Sides, Then, plan, site, zone_of};
pub use question::{Buckets, Counted, Found, Group, Question};
pub use saved_segment::{Definitions, Named, write_out_all, written_out};
pub use tally::Tally;

/// Why a question cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct QueryError {
    /// The field at fault, e.g. `date_range.start`.
    pub field: String,
    /// What is wrong with it, with the limit.
    pub detail: String,
}

impl QueryError {
    /// Of a field.
    pub(crate) fn new(field: &str, detail: impl Into<String>) -> Self {
        Self { field: field.to_owned(), detail: detail.into() }
    }
}

#[cfg(test)]
mod tests;

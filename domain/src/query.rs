//! How a question becomes a plan over rollups, and rollup rows an answer.
//!
//! A rollup counts one dimension apart, or two where the site declares them as a pair, so a question is covered when its
//! dimensions and filters name at most so many besides time.

mod coverage;
mod evaluate;
mod filter;
mod plan;
mod question;

pub use coverage::{Coverage, Part};
pub use evaluate::{Evaluation, StoredRow};
pub use filter::{Condition, Test};
pub use plan::{Plan, plan, range, site};
pub use question::{Buckets, Counted, Found, Group, Question};

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
    fn new(field: &str, detail: impl Into<String>) -> Self {
        Self { field: field.to_owned(), detail: detail.into() }
    }
}

#[cfg(test)]
mod tests;

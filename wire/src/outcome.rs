//! What became of each event of a request. Every event ends in exactly one outcome.

use serde::{Deserialize, Serialize};

/// The end of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Position in the request, from 0.
    pub index: usize,
    /// The end.
    pub status: Status,
    /// Why, when not accepted: what is wrong, by field name and limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The field that is wrong, e.g. `page.url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// The possible ends of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Durable, will be counted once.
    Accepted,
    /// Was accepted before, under the same id; nothing changed.
    Duplicate,
    /// A program sent it: counted as such, by `detail`, and not as a visit.
    Filtered,
    /// Not an event we can count: `field` and `detail` say why. Sending it again cannot help.
    Rejected,
}

/// Body of a `200` answer to an ingest request some events of which were not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// How many were accepted.
    pub accepted: usize,
    /// One per event, in order.
    pub outcomes: Vec<Outcome>,
}

//! Event counters that run on: `GET /api/v1/live/counters`, e.g. sign-ins by country over the last 24 hours.

use serde::{Deserialize, Serialize};

use crate::dimension::Dimension;

/// Minutes that counters go back at most: 24 h.
pub const COUNTER_MINUTES_MAX: u64 = 24 * 60;

/// Longest window that is told by minute where the question does not say; longer ones are told by hour.
pub const BY_MINUTE_MAX: u64 = 180;

/// Values told apart; what is left is summed up. With 1 440 minutes each they are 72 000 numbers, mostly of one digit.
pub const COUNTER_VALUES_MAX: usize = 50;

/// Length of a counter's steps. UTC windows; the running one is counted as far as it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

/// How often something happened lately.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// The site.
    pub tracking_id: String,
    /// When this was read, Unix milliseconds.
    pub timestamp: u64,
    /// Version of the site's data; see [`crate::realtime::Realtime::version`].
    pub version: u64,
    /// The type of events that are counted; all where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// What they are told apart by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Dimension>,
    /// Length of a step.
    pub interval: Interval,
    /// Start of the first step, Unix milliseconds.
    pub start_ms: u64,
    /// End of the last step, which is running.
    pub end_ms: u64,
    /// Events in all; where they are told apart, those whose value is known.
    pub events: u64,
    /// Those events by step, oldest first, none left out.
    pub series: Vec<u64>,
    /// The most frequent values, at most [`COUNTER_VALUES_MAX`]; none where nothing is told apart.
    pub values: Vec<ValueCounter>,
    /// Events of all values that are not listed.
    pub other_events: u64,
}

/// How often a value came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueCounter {
    /// The value.
    pub value: String,
    /// Events in all.
    pub events: u64,
    /// Events of each step.
    pub series: Vec<u64>,
}

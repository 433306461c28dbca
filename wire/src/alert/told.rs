//! How alerts stand, and what they told.

use serde::{Deserialize, Serialize};

use super::AlertDefinition;

/// Whether something is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not known yet: no bucket told anything, or there is too little history.
    #[default]
    Unknown,
    /// Nothing is wrong.
    Ok,
    /// Something is.
    Firing,
}

/// How an alert stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Whether something is wrong.
    pub status: Status,
    /// Since when, Unix milliseconds.
    pub since_ms: u64,
    /// Before then all buckets were looked at, Unix milliseconds.
    pub through_ms: u64,
    /// Bad buckets in a row.
    pub bad: u32,
    /// Good buckets in a row.
    pub good: u32,
    /// Whether it was told that it is open, and not that it ended.
    pub is_told: bool,
    /// When it was last told to be open, Unix milliseconds; 0 where it never was.
    pub opened_at_ms: u64,
    /// When anything was last told, Unix milliseconds; 0 where nothing was.
    pub told_at_ms: u64,
    /// The last bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Judged>,
}

/// A bucket, and what is to be thought of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Where it begins, Unix milliseconds.
    pub start_ms: u64,
    /// Where it ends, Unix milliseconds.
    pub end_ms: u64,
    /// What was measured; none where there was nothing to take a mean of.
    pub value: Option<f64>,
    /// What was expected.
    pub expected: Option<f64>,
    /// Below is bad.
    pub low: Option<f64>,
    /// Above is bad.
    pub high: Option<f64>,
    /// Whether it is a bad one; none where it cannot be told.
    pub is_bad: Option<bool>,
}

/// Something to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// It is open.
    Opened,
    /// It is still open.
    Still,
    /// It has ended.
    Resolved,
    /// Somebody tries the channels.
    Test,
}

impl News {
    /// Its name in payloads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Still => "still",
            Self::Resolved => "resolved",
            Self::Test => "test",
        }
    }
}

/// Something that was told, or would have been where there are no channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertEntry {
    /// Number, ascending.
    pub entry: i64,
    /// When, Unix milliseconds.
    pub at_ms: u64,
    /// What.
    pub news: News,
    /// The bucket that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Judged>,
    /// In words.
    pub text: String,
    /// What became of it by channel.
    pub deliveries: Vec<Delivery>,
}

/// What became of something that was to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Known by this to the receiver: the same with every try.
    pub id: String,
    /// `webhook`, `slack` or `mail`, and the host or the number of addresses.
    pub channel: String,
    /// How far it is.
    pub state: DeliveryState,
    /// Tries so far.
    pub tries: u32,
    /// When it is tried next, Unix milliseconds, while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at_ms: Option<u64>,
    /// Why the last try failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It will be tried, or tried again.
    Waiting,
    /// The receiver has it.
    Delivered,
    /// It was tried for a day, or cannot succeed.
    Failed,
}

/// Answer of `GET /api/v1/sites/{tracking_id}/alerts/{alert}/history` and of `POST …/test`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertHistory {
    /// The latest first.
    pub entries: Vec<AlertEntry>,
}

/// Body of `POST /api/v1/sites/{tracking_id}/alerts/preview`: a definition alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertPreviewQuery {
    /// What would be watched.
    pub definition: AlertDefinition,
}

/// What an alert would have said of the last weeks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertPreview {
    /// Every bucket, by time: of a day by the minute, 28 days by the hour, 90 days by the day.
    pub buckets: Vec<Judged>,
    /// When it would have opened and ended, by the ends of the buckets.
    pub incidents: Vec<Incident>,
    /// The zone whose clock the buckets are of.
    pub time_zone: String,
}

/// Something that would have been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// When it would have opened, Unix milliseconds.
    pub opened_at_ms: u64,
    /// When it would have ended; none where it would not have yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at_ms: Option<u64>,
}

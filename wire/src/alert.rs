//! Alerts: what of a site is watched, when it is told of, and to whom.

mod told;

use serde::{Deserialize, Serialize};

use crate::filter::Filters;
use crate::query::Metric;
pub use told::{
    AlertEntry, AlertHistory, AlertPreview, AlertPreviewQuery, Delivery, DeliveryState, Incident, Judged, News,
    Standing, Status,
};

/// Alerts of a site: evaluated by the minute, each reads a few hundred rows.
pub const ALERTS_MAX: usize = 50;

/// Bytes of an alert's name.
pub const ALERT_NAME_BYTES_MAX: usize = 100;

/// Bytes of an alert's definition and channels as JSON, each.
pub const ALERT_BYTES_MAX: usize = 16 * 1024;

/// Channels of an alert.
pub const CHANNELS_MAX: usize = 5;

/// Addresses of a mail channel.
pub const MAIL_ADDRESSES_MAX: usize = 10;

/// Bad buckets in a row that open an alert, and good ones that end it, at most.
pub const BUCKETS_IN_A_ROW_MAX: u32 = 60;

/// Longest cool-down and longest time between two reminders, minutes: a week.
pub const PAUSE_MINUTES_MAX: u32 = 7 * 24 * 60;

/// Entries of an alert's history that are kept: 1 000 × some 200 bytes.
pub const ALERT_HISTORY_MAX: usize = 1000;

/// What is watched, and what counts as bad.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertDefinition {
    /// What is measured. Not `percentage`.
    pub metric: Metric,
    /// ISO 4217 code, where the metric is an amount of money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Only events for which this holds.
    #[serde(default, skip_serializing_if = "Filters::is_empty")]
    pub filters: Filters,
    /// Length of the buckets that are looked at.
    pub interval: Interval,
    /// What makes a bucket a bad one.
    pub condition: Condition,
    /// How far from the usual a bucket must be for `spike`, `drop` and `conversion_drop`.
    #[serde(default)]
    pub sensitivity: Sensitivity,
    /// Bad buckets in a row until it opens. Default 1.
    #[serde(default = "one")]
    pub open_after: u32,
    /// Good buckets in a row until it ends. Default 1.
    #[serde(default = "one")]
    pub close_after: u32,
    /// Minutes after it was told to be open in which it is not told so again. Default 0.
    #[serde(default)]
    pub cooldown_minutes: u32,
    /// Minutes after which it is told again that it is still open. Default: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_minutes: Option<u32>,
    /// Hours of the site's clock in which nothing is told; what still holds then is told at their end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<QuietHours>,
}

fn one() -> u32 {
    1
}

impl AlertDefinition {
    /// A definition that opens with the first bad bucket and ends with the first good one.
    pub fn new(metric: Metric, interval: Interval, condition: Condition) -> Self {
        Self {
            metric,
            currency: None,
            filters: Filters::default(),
            interval,
            condition,
            sensitivity: Sensitivity::default(),
            open_after: 1,
            close_after: 1,
            cooldown_minutes: 0,
            remind_minutes: None,
            quiet: None,
        }
    }
}

/// Length of a bucket, by the site's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day.
    Day,
}

/// What makes a bucket a bad one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// More than this.
    Above {
        /// In the metric's unit.
        value: f64,
    },
    /// Less than this.
    Below {
        /// In the metric's unit.
        value: f64,
    },
    /// At least so many percent more than then, or less where it is negative.
    Change {
        /// Percent, from -100 on, not 0.
        percent: f64,
        /// Than when.
        against: Against,
        /// What there must have been then at least, for a percentage to mean anything. Default 0.
        #[serde(default)]
        least: f64,
    },
    /// Far more than usual.
    Spike,
    /// Far less than usual.
    Drop,
    /// A far smaller share of the visits reaches a goal than usual. The metric is `conversion_rate`.
    ConversionDrop {
        /// Which goal; any where none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        goal: Option<String>,
    },
    /// Nothing, for as long as that cannot be chance. The metric is a count.
    NoData,
}

/// What a change is measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// The bucket before.
    Previous,
    /// The bucket a week before.
    Week,
    /// What is usual then.
    Usual,
}

/// How much must happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Only what nobody can overlook.
    Low,
    /// What is no chance and matters.
    #[default]
    Medium,
    /// What is hardly chance.
    High,
}

/// Hours of the clock, every day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// When they begin, as `22:00`.
    pub from: String,
    /// When they end, as `07:00`; the next day where that is not later.
    pub to: String,
    /// Whether the whole of Saturday and Sunday is quiet too.
    #[serde(default)]
    pub weekends: bool,
}

/// Where an alert is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Channel {
    /// A POST with JSON, signed as [Standard Webhooks](https://www.standardwebhooks.com) are.
    Webhook {
        /// Where to.
        url: String,
        /// The key that it is signed with, `whsec_` and Base64. Drawn by the server where none is given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
    },
    /// A message as Slack's incoming webhooks take it.
    Slack {
        /// Where to.
        url: String,
    },
    /// A mail.
    Mail {
        /// Whom to.
        to: Vec<String>,
    },
}

/// Body of `POST /api/v1/sites/{tracking_id}/alerts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAlert {
    /// What it is called; no two of a site are called the same.
    pub name: String,
    /// What is watched.
    pub definition: AlertDefinition,
    /// Where it is told; nowhere but in its history where there are none.
    #[serde(default)]
    pub channels: Vec<Channel>,
    /// Whether it is looked at. Default true.
    #[serde(default = "yes")]
    pub is_on: bool,
}

fn yes() -> bool {
    true
}

/// Body of `PATCH /api/v1/sites/{tracking_id}/alerts/{alert}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertChange {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another definition. The alert begins anew with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<AlertDefinition>,
    /// Other channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<Channel>>,
    /// On or off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_on: Option<bool>,
}

/// An alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Number to name and to change it by.
    pub alert: i64,
    /// What it is called.
    pub name: String,
    /// What is watched.
    pub definition: AlertDefinition,
    /// Where it is told. Who may not change it sees neither whole addresses nor keys.
    pub channels: Vec<Channel>,
    /// Whether it is looked at.
    pub is_on: bool,
    /// How it stands.
    pub standing: Standing,
    /// Why it could not be looked at the last time, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: u64,
    /// When it was last changed, Unix milliseconds.
    pub changed_at_ms: u64,
}

/// Answer of `GET /api/v1/sites/{tracking_id}/alerts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alerts {
    /// By name.
    pub alerts: Vec<Alert>,
    /// Those that a site usually has, and this one has not.
    pub suggested: Vec<NewAlert>,
    /// Whether mail can be sent from here.
    pub can_mail: bool,
}

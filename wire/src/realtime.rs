//! What is happening on a site now: `GET /api/v1/realtime`, and each message of the live stream.

use serde::{Deserialize, Serialize};

/// Minutes that count as "now" for active users and sessions.
pub const ACTIVE_MINUTES: u64 = 5;

/// Minutes of [`Realtime::minutes`].
pub const SERIES_MINUTES: u64 = 30;

/// A site, now. Minutes are UTC windows; the running one is counted as far as it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Realtime {
    /// The site.
    pub tracking_id: String,
    /// When this was read, Unix milliseconds.
    pub timestamp: u64,
    /// Grows with every change of the site's data; equal versions mean equal numbers.
    pub version: u64,
    /// Distinct visitors of the last [`ACTIVE_MINUTES`] minutes.
    pub active_users: u64,
    /// Distinct sessions of the last [`ACTIVE_MINUTES`] minutes.
    pub active_sessions: u64,
    /// Mean events a minute over the last [`ACTIVE_MINUTES`] minutes.
    pub events_per_minute: f64,
    /// Pages by active users, at most ten.
    pub top_pages: Vec<TopPage>,
    /// Active users by where they came from.
    pub traffic_sources: TrafficSources,
    /// Active users by kind of device.
    pub devices: Devices,
    /// Where visitors came from, by active users, at most ten.
    #[serde(default)]
    pub top_sources: Vec<TopValue>,
    /// Countries by active users, at most ten.
    #[serde(default)]
    pub top_countries: Vec<TopValue>,
    /// Types of events by active users, at most ten.
    #[serde(default)]
    pub top_event_types: Vec<TopValue>,
    /// The last [`SERIES_MINUTES`] minutes, oldest first, none left out.
    pub minutes: Vec<Minute>,
}

/// A page with people on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopPage {
    /// Path of the page.
    pub url: String,
    /// Distinct visitors.
    pub active_users: u64,
    /// Page views.
    pub pageviews: u64,
}

/// A value of a dimension, now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopValue {
    /// The value; what is not known is not listed.
    pub value: String,
    /// Distinct visitors.
    pub active_users: u64,
    /// Events of every kind.
    pub events: u64,
}

/// Distinct visitors by channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficSources {
    /// No referrer.
    pub direct: u64,
    /// From a search engine's results.
    pub organic_search: u64,
    /// From a social network.
    pub social: u64,
    /// From any other site.
    pub referral: u64,
    /// From an advertisement or a campaign, by its UTM tags.
    pub paid: u64,
    /// From a message: web mail, or a campaign that says so.
    #[serde(default)]
    pub email: u64,
    /// From an assistant that answers questions.
    #[serde(default)]
    pub ai: u64,
}

/// Distinct visitors by kind of device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devices {
    /// Computers.
    pub desktop: u64,
    /// Phones.
    pub mobile: u64,
    /// Tablets.
    pub tablet: u64,
}

/// One minute of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minute {
    /// Start, Unix milliseconds.
    pub start_ms: u64,
    /// Page views.
    pub pageviews: u64,
    /// Events of every kind, page views among them.
    pub events: u64,
    /// Distinct visitors.
    pub visitors: u64,
}

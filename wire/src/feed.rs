//! Single events as they are taken in: `GET /api/v1/live/events`.

use serde::{Deserialize, Serialize};

/// Events of one message at most: what a reader begins with, and what one that was away is told.
pub const FEED_EVENTS_MAX: usize = 50;

/// Events told a second; of more, some are chosen.
pub const FEED_EVENTS_PER_SECOND: usize = 10;

/// What a site took in since a position. Nothing in it tells people apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// The site.
    pub tracking_id: String,
    /// When this was read, Unix milliseconds.
    pub timestamp: u64,
    /// How far it reaches; to be named as `after` or `Last-Event-ID` by who goes on.
    pub position: u64,
    /// Events that came since then: where they are more than are listed, those are some of them.
    pub taken: u64,
    /// The events, at most [`FEED_EVENTS_MAX`], oldest first.
    pub events: Vec<FeedEvent>,
}

/// An event, without anybody in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedEvent {
    /// When it happened, Unix milliseconds.
    pub at_ms: u64,
    /// `pageview` or the custom event's name.
    pub event_type: String,
    /// Path of the page.
    pub path: String,
    /// Name of the source of the visit.
    pub source: String,
    /// ISO 3166-1 alpha-2 country, or empty.
    pub country: String,
    /// desktop, mobile, tablet.
    pub device: String,
    /// Browser; empty when not known.
    pub browser: String,
}

//! Filters that people keep under a name, for all who read the site. A question names one as
//! `["is", "segment", ["3"]]`.

use serde::{Deserialize, Serialize};

use crate::filter::Filters;

/// Saved segments of a site.
pub const SAVED_SEGMENTS_MAX: usize = 100;

/// Bytes of a saved segment's name.
pub const SAVED_SEGMENT_NAME_BYTES_MAX: usize = 100;

/// Bytes of a saved segment's filters as JSON: with [`SAVED_SEGMENTS_MAX`] of them a site's list is at most 0.8 MB.
pub const SAVED_SEGMENT_BYTES_MAX: usize = 8 * 1024;

/// Body of `POST /api/v1/sites/{tracking_id}/segments`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSavedSegment {
    /// What it is called; no two of a site are called the same.
    pub name: String,
    /// Which events. Segments in them are written out as they are then.
    pub filters: Filters,
}

/// Body of `PATCH /api/v1/sites/{tracking_id}/segments/{segment}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedSegmentChange {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Other filters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<Filters>,
}

/// A saved segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSegment {
    /// Number to name and to change it by.
    pub segment: i64,
    /// What it is called.
    pub name: String,
    /// Which events.
    pub filters: Filters,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: u64,
    /// When it was last changed, Unix milliseconds.
    pub changed_at_ms: u64,
}

/// Answer of `GET /api/v1/sites/{tracking_id}/segments`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSegments {
    /// By name.
    pub segments: Vec<SavedSegment>,
}

//! One immutable file of a site's day, as the manifest knows it.

use wire::Id128;

/// A segment. The manifest lists those that count; a file that is in no manifest is nobody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Path below the store's root: site, day, name.
    pub path: String,
    /// Start of its UTC day, Unix milliseconds. All its events lie in that day.
    pub day_ms: u64,
    /// Rows.
    pub events: u64,
    /// Length of the file.
    pub bytes: u64,
    /// First event's time, Unix milliseconds.
    pub first_ms: u64,
    /// Last event's time.
    pub last_ms: u64,
    /// Exclusive or of the events' ids.
    pub id_checksum: Id128,
    /// How often its events were merged into a larger file.
    pub level: u8,
}

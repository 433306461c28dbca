//! Filters that are kept of a site.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use wire::filter::Filters;
use wire::saved_segment::{SAVED_SEGMENTS_MAX, SavedSegment};

use super::LedgerError;
use super::kept::{Kept, Kind};
use super::site::SiteKey;

/// Saved segments, each a [`Definition`].
pub const SAVED_SEGMENTS: Kind =
    Kind { what: "segment", table: "saved_segments", number: "segment", text: "definition", most: SAVED_SEGMENTS_MAX };

/// What makes a segment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Definition {
    /// Which events.
    pub filters: Filters,
}

impl From<Kept<Definition>> for SavedSegment {
    fn from(Kept { number, name, content, created_at_ms, changed_at_ms }: Kept<Definition>) -> Self {
        Self { segment: number, name, filters: content.filters, created_at_ms, changed_at_ms }
    }
}

/// Those of a site's segments that are named by their numbers as texts; what is not there is left out.
///
/// # Errors
/// As [`Kind::find`].
pub fn named<'a>(
    connection: &Connection,
    site: SiteKey,
    names: impl Iterator<Item = &'a String>,
) -> Result<Vec<SavedSegment>, LedgerError> {
    let numbers = names.filter_map(|name| name.parse().ok());
    let find = |number| SAVED_SEGMENTS.find::<Definition>(connection, site, number).transpose();
    numbers.filter_map(find).map(|found| found.map(SavedSegment::from)).collect()
}

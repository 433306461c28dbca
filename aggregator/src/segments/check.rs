//! Whether segments are what the manifest says, and hold what was sealed.

use events::read;
use events::write::Written;
use rusqlite::Connection;

use super::{Segments, SegmentsError};
use crate::ledger;

/// What a check found, once all was well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Segments.
    pub segments: u64,
    /// Events in them.
    pub events: u64,
    /// Bytes of their files.
    pub bytes: u64,
}

impl Segments {
    /// Reads every segment. `connection` belongs in a transaction, so that all is of one instant.
    ///
    /// # Errors
    /// [`SegmentsError`] names the first thing that is wrong.
    pub fn check(&self, connection: &Connection) -> Result<Checked, SegmentsError> {
        let mut checked = Checked::default();
        for site in ledger::site::list(connection, None)? {
            let Some(key) = ledger::site::find(connection, &site.tracking_id)? else { continue };
            ledger::segment::check(connection, key, &site.tracking_id)?;
            for segment in ledger::segment::list(connection, Some(key))? {
                let file = self.files.open(&segment.path)?;
                let found = read::summary(file).map_err(|e| SegmentsError::Read(segment.path.clone(), e))?;
                let events::segment::Segment { events, bytes, first_ms, last_ms, id_checksum, .. } = segment;
                let is_of_day = [first_ms, last_ms].map(|ms| domain::window::Granularity::Day.start_of(ms));
                if found != (Written { events, bytes, first_ms, last_ms, id_checksum })
                    || is_of_day != [segment.day_ms; 2]
                {
                    return Err(SegmentsError::Damaged(segment.path));
                }
                checked.segments += 1;
                checked.events += events;
                checked.bytes += bytes;
            }
        }
        Ok(checked)
    }
}

//! Sealed events by their ids: what a replayed frame is compared with.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use domain::window::DAY_MS;
use events::read;
use rusqlite::Connection;
use wire::Id128;

use super::{Segments, SegmentsError};
use crate::intake::SealedIds;
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError};

/// How far apart an event that is sent anew may say that it happened.
const APART_MS: u64 = DAY_MS;

impl Segments {
    /// For the writer: looks ids up in segments.
    pub fn lookup(self: &Arc<Self>) -> SealedIds {
        let segments = Arc::clone(self);
        Box::new(move |connection, site, span, wanted| {
            segments.sealed_ids(connection, site, &span, wanted).map_err(|e| match e {
                SegmentsError::Ledger(e) => e,
                e => LedgerError::Damaged(e.to_string()),
            })
        })
    }

    /// Which of these events a site's segments have. Reads nothing but ids, of the days concerned.
    fn sealed_ids(
        &self,
        connection: &Connection,
        site: SiteKey,
        span: &Range<u64>,
        wanted: &BTreeSet<Id128>,
    ) -> Result<BTreeSet<Id128>, SegmentsError> {
        let mut found = BTreeSet::new();
        if wanted.is_empty() || ledger::segment::progress(connection, site)?.position == 0 {
            return Ok(found);
        }
        let (first_ms, last_ms) = (span.start.saturating_sub(APART_MS), span.end.saturating_add(APART_MS));
        for segment in ledger::segment::list(connection, Some(site))? {
            if segment.last_ms >= first_ms && segment.first_ms <= last_ms {
                let take = |id| {
                    if wanted.contains(&id) {
                        found.insert(id);
                    }
                };
                let ids = read::ids(self.files.open(&segment.path)?, take);
                ids.map_err(|e| SegmentsError::Read(segment.path.clone(), e))?;
            }
        }
        Ok(found)
    }
}

//! What of a replayed frame is counted already. A frame that was counted under another number is known by where it was
//! born; of any other, the events are: all that this edge ever got counted, as far back as the frame's events reach, and
//! all that were erased of the site since.
//!
//! An edge replays after a new epoch only, so what was read for one frame is kept for those that follow it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use domain::delta::intake;
use domain::seal;
use rusqlite::Connection;
use wire::Id128;
use wire::frame::{Born, Frame};

use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError};

/// Edges that may replay at once before what was read is read anew.
const EDGES_MAX: usize = 16;

/// Looks up events that are sealed: those of the ids that a site's segments have, of events that happened in a span of
/// time (Unix milliseconds) or little apart from it.
pub type SealedIds =
    Box<dyn Fn(&Connection, SiteKey, Range<u64>, &BTreeSet<Id128>) -> Result<BTreeSet<Id128>, LedgerError> + Send>;

/// What was read of the edges that replay now.
#[derive(Default)]
pub(super) struct Replays {
    edges: BTreeMap<Id128, Counted>,
    sealed: Option<SealedIds>,
}

struct Counted {
    since_ms: u64,
    ids: BTreeSet<Id128>,
}

impl Replays {
    /// Looks sealed events up, too.
    pub fn over(sealed: SealedIds) -> Self {
        Self { edges: BTreeMap::new(), sealed: Some(sealed) }
    }

    /// Forgets all that was read.
    pub fn forget_all(&mut self) {
        self.edges.clear();
    }

    /// The part of a replayed frame that is not counted yet. It counts as counted from now on.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn news(
        &mut self,
        connection: &Connection,
        frame: Frame,
        born: Born,
        site: SiteKey,
    ) -> Result<Frame, LedgerError> {
        if ledger::frame::is_counted(connection, frame.edge_id, born)? {
            return Ok(nothing_of(frame));
        }
        let since_ms = intake::search_from_ms(&frame);
        let edge = frame.edge_id;
        if self.edges.get(&edge).is_none_or(|counted| counted.since_ms > since_ms) {
            if self.edges.len() >= EDGES_MAX {
                self.edges.clear();
            }
            let ids = ledger::frame::counted_events(connection, edge, since_ms)?;
            self.edges.insert(edge, Counted { since_ms, ids });
        }
        let settings = ledger::settings::read(connection, site)?;
        let Some(counted) = self.edges.get_mut(&edge) else { return Ok(frame) };
        let unknown = frame.events.iter().map(|event| event.id).filter(|id| !counted.ids.contains(id)).collect();
        counted.ids.extend(ledger::deletion::erased_among(connection, site, &unknown)?);
        if let Some(sealed) = &self.sealed {
            let until_ms = frame.events.iter().map(|event| event.at_ms + 1).max().unwrap_or_default();
            counted.ids.extend(sealed(connection, site, since_ms..until_ms, &unknown)?);
        }
        let news = seal::news(frame, &counted.ids, &settings);
        counted.ids.extend(news.events.iter().map(|event| event.id));
        Ok(news)
    }

    /// Forgets an edge: it counts without replaying, so what was read of it is out of date.
    pub fn forget(&mut self, edge: Id128) {
        self.edges.remove(&edge);
    }
}

/// A frame that is counted wholly, for the log to have its number.
fn nothing_of(frame: Frame) -> Frame {
    Frame {
        rows: Vec::new(),
        events: Vec::new(),
        outcomes: Vec::new(),
        event_count: 0,
        id_checksum: Id128::default(),
        ..frame
    }
}

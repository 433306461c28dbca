//! A batch: events under one id, sent until the edge has it.

use alloc::vec::Vec;

use crate::id::Id;
use crate::limits::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX, TRACKING_ID_BYTES_MAX, cut};
use crate::pack::Packer;

/// Name and version that batches carry.
const SDK: &str = concat!("wasm/", env!("CARGO_PKG_VERSION"));

/// Events that travel together.
pub struct Batch {
    /// The same on every attempt, so that the edge counts the events once.
    pub id: Id,
    /// Encoded events, one after the other.
    pub events: Vec<u8>,
    /// How many.
    pub event_count: usize,
    /// Attempts that failed.
    pub failures: u32,
}

impl Batch {
    /// A batch without events.
    #[must_use]
    pub const fn new(id: Id) -> Self {
        Self { id, events: Vec::new(), event_count: 0, failures: 0 }
    }

    /// Whether an encoded event fits in.
    #[must_use]
    pub const fn has_room(&self, event: &[u8]) -> bool {
        self.event_count < BATCH_EVENTS_MAX && self.events.len() + event.len() <= BATCH_BYTES_MAX
    }

    /// The body of a request. Between attempts only `sent_at_ms`, the page's monotonic clock, differs. Which
    /// visit it belongs to, the edge tells: a page cannot know without keeping something in the browser.
    #[must_use]
    pub fn encode(&self, tracking_id: &str, sent_at_ms: f64) -> Vec<u8> {
        let mut packer = Packer::new();
        packer.map(5);
        packer.pair("batch_id", self.id);
        packer.pair("tracking_id", cut(tracking_id, TRACKING_ID_BYTES_MAX));
        packer.text("sent_at_ms");
        packer.number(sent_at_ms);
        packer.pair("sdk", SDK);
        packer.text("events");
        packer.array(self.event_count);
        packer.packed(&self.events);
        packer.finish()
    }
}

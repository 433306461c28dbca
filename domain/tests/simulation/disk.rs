//! What survives a kill of an edge object; each method one transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use domain::delta::edge::Held;
use domain::rollup::Caps;
use domain::seal::{self, Folding, Sealed, Writer};
use domain::visit::{self, Known};
use domain::window::HOUR_MS;
use wire::frame::{Frame, RawEvent};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

/// How long a batch is recognised.
const SEEN_MS: u64 = 48 * HOUR_MS;

/// Bytes of an event in the journal, about.
const EVENT_BYTES: u64 = 200;

/// Journal rows folded at once: so few that an alarm may leave some.
const ROWS_AT_ONCE: usize = 1;

#[derive(Clone)]
pub struct Kept {
    pub frame: Sealed,
    /// Ids of its events.
    pub ids: Rc<[Id128]>,
}

#[derive(Clone, Default)]
pub struct Disk {
    pub writer: Option<Writer>,
    pub applied_through: Seq,
    pub outbox: BTreeMap<Seq, Kept>,
    /// Batches that are recognised, by when they came.
    pub seen: BTreeMap<u64, u64>,
    journal: Vec<Vec<RawEvent>>,
    visits: Known,
    next: Seq,
}

impl Disk {
    /// Ids of all events it holds.
    pub fn held(&self) -> BTreeSet<Id128> {
        let sealed = self.outbox.values().flat_map(|kept| kept.ids.iter().copied());
        sealed.chain(self.journal.iter().flatten().map(|event| event.id)).collect()
    }

    pub fn holds(&self) -> Held {
        Held {
            journal_bytes: self.journal.iter().map(|events| events.len() as u64 * EVENT_BYTES).sum(),
            outbox_bytes: self.outbox.values().map(|kept| kept.frame.bytes.len() as u64).sum(),
        }
    }

    pub fn begin(&mut self, writer: Writer) {
        self.writer = Some(writer);
        self.next = Seq(1);
    }

    pub fn journal(&mut self, group: Vec<(u64, Vec<RawEvent>)>, clock_ms: u64) {
        for (batch, events) in group {
            assert!(self.seen.insert(batch, clock_ms).is_none(), "batch {batch} is journaled twice");
            self.journal.push(events);
        }
    }

    pub fn expire(&mut self, clock_ms: u64) {
        self.seen.retain(|_, at_ms| *at_ms + SEEN_MS >= clock_ms);
    }

    pub fn seal(&mut self, clock_ms: u64) -> usize {
        let rows = self.journal.len().min(ROWS_AT_ONCE);
        let mut events: Vec<RawEvent> = self.journal.drain(..rows).flatten().collect();
        let (settings, mut caps) = (Settings::default(), Caps::default());
        let changes = visit::follow(&mut events, &mut self.visits, &settings, &mut caps);
        let folding = Folding {
            events: &events,
            changes: &changes,
            outcomes: &[],
            settings: &settings,
            sealed_through_ms: clock_ms,
        };
        let sealed = seal::seal(&folding, self.writer.as_ref().unwrap(), self.next, &mut caps).unwrap();
        let frames = sealed.len();
        for frame in sealed {
            self.next = frame.seq.next();
            let ids = Frame::decode(&frame.bytes).unwrap().events.iter().map(|event| event.id).collect();
            self.outbox.insert(frame.seq, Kept { frame, ids });
        }
        frames
    }

    pub fn settle(&mut self, forget_through: Seq, applied_through: Seq) {
        self.outbox = self.outbox.split_off(&forget_through.next());
        self.applied_through = applied_through;
    }

    pub fn renew(&mut self, epoch: Epoch) {
        let mut next = Seq(1);
        for kept in std::mem::take(&mut self.outbox).into_values() {
            let frame = seal::renumber(&kept.frame.bytes, epoch, next).unwrap();
            self.outbox.insert(next, Kept { frame, ids: kept.ids });
            next = next.next();
        }
        self.next = next;
        self.applied_through = Seq(0);
        self.writer.as_mut().unwrap().epoch = epoch;
    }
}

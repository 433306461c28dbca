//! The edge's objects: each keeps the visits of its part of a site's visitors and numbers its frames.

use std::collections::BTreeMap;

use anyhow::Result;
use domain::hash;
use domain::rollup::Caps;
use domain::seal::{self, Folding, Sealed, Writer};
use domain::visit::{self, Known};
use wire::frame::RawEvent;
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

/// A frame on its way.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its writer.
    pub edge: Id128,
    /// Its number, bytes and hash.
    pub sealed: Sealed,
    /// Events that it counts.
    pub events: u32,
}

/// The objects of one site.
#[derive(Debug)]
pub struct Objects {
    settings: Settings,
    objects: Vec<Object>,
}

#[derive(Debug)]
struct Object {
    writer: Writer,
    next: Seq,
    known: Known,
    caps: Caps,
}

impl Objects {
    /// So many objects of a site, in their first epoch.
    pub fn new(settings: &Settings, count: u16) -> Self {
        let object = |shard: u16| {
            let edge_id = hash::of_fields(&[b"object", settings.site.as_bytes(), &shard.to_be_bytes()]);
            let writer = Writer { edge_id, epoch: Epoch(1), site: settings.site.clone(), shard };
            Object { writer, next: Seq(1), known: Known::new(), caps: Caps::default() }
        };
        Self { settings: settings.clone(), objects: (0..count.max(1)).map(object).collect() }
    }

    /// Who they are: to say hello for each.
    pub fn writers(&self) -> impl Iterator<Item = &Writer> {
        self.objects.iter().map(|object| &object.writer)
    }

    /// The frames of these events, all of one stretch of time: each visitor's go to one object.
    ///
    /// # Errors
    /// When an event is too large for a frame.
    pub fn seal(&mut self, events: Vec<RawEvent>, sealed_through_ms: u64) -> Result<Vec<Made>> {
        let count = self.objects.len() as u64;
        let mut parts: BTreeMap<usize, Vec<RawEvent>> = BTreeMap::new();
        for event in events {
            let point = event.visitor.unwrap_or(event.id).high_bits();
            parts.entry((point % count) as usize).or_default().push(event);
        }
        let mut made = Vec::new();
        for (at, events) in parts {
            if let Some(object) = self.objects.get_mut(at) {
                made.extend(object.seal(events, &self.settings, sealed_through_ms)?);
            }
        }
        Ok(made)
    }
}

impl Object {
    fn seal(&mut self, mut events: Vec<RawEvent>, settings: &Settings, sealed_through_ms: u64) -> Result<Vec<Made>> {
        let changes = visit::follow(&mut events, &mut self.known, settings, &mut self.caps);
        let through = sealed_through_ms;
        self.known.retain(|_, visits| visits.iter().any(|visit| visit.last_ms + visit::PAUSE_MAX_MS > through));
        let folding = Folding { events: &events, changes: &changes, outcomes: &[], settings, sealed_through_ms };
        let sealed = seal::seal(&folding, &self.writer, self.next, &mut self.caps)?;
        self.next = sealed.last().map_or(self.next, |last| last.seq.next());
        let edge = self.writer.edge_id;
        let frames = sealed.len() as u32;
        let (each, mut more) = (events.len() as u32 / frames.max(1), events.len() as u32 % frames.max(1));
        // How many of the events each of several frames holds is not told apart: the sum is what counts.
        let share = |sealed| {
            let events = each + u32::from(more > 0);
            more = more.saturating_sub(1);
            Made { edge, sealed, events }
        };
        Ok(sealed.into_iter().map(share).collect())
    }
}

//! The events that are not delivered yet, and what to do with them when.
//!
//! Events gather in the open batch until there are twenty, or until the first has waited half a
//! second; then it is sealed. While an older one is under way it goes on growing until it is full.
//! The oldest batch is sent, one request at a time:
//!
//! | answer | the batch | then |
//! |---|---|---|
//! | 2xx | delivered (rejected events would be rejected again) | the next one at once |
//! | 429, 5xx, no answer | kept, tried again with the same id and bytes | [`delay_ms`] later |
//! | anything else | dropped: it would be refused again | the next one at once |
//!
//! When the page is left, all that is not in flight goes by beacon; what the browser does not take
//! stays. The outbox is bounded: a new event that does not fit is refused and counted.

use alloc::vec::Vec;

use crate::backoff::{ATTEMPTS_MAX, delay_ms};
use crate::batch::Batch;
use crate::id::Id;
use crate::limits::{FLUSH_EVENTS, FLUSH_INTERVAL_MS, HELD_BYTES_MAX, HELD_EVENTS_MAX};

/// The events that are not delivered yet.
#[derive(Default)]
pub struct Outbox {
    /// Sealed, oldest first; the first may be in flight.
    batches: Vec<Batch>,
    /// The batch that takes new events.
    open: Option<Batch>,
    opened_at_ms: f64,
    in_flight: bool,
    resume_at_ms: f64,
    held_events: usize,
    held_bytes: usize,
    lost_events: usize,
}

/// What came back for a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    /// Delivered, or refused for good.
    Final,
    /// To be tried again; the server asked for this many milliseconds, or zero.
    Again {
        /// Milliseconds of `Retry-After`.
        asked_ms: f64,
    },
}

impl Answer {
    /// Reads a status (0: no answer) and the value of `Retry-After` in seconds (0: none).
    #[must_use]
    pub fn new(status: u16, retry_after_s: u32) -> Self {
        match status {
            0 | 429 | 500.. => Self::Again { asked_ms: f64::from(retry_after_s) * 1000.0 },
            _ => Self::Final,
        }
    }
}

impl Outbox {
    /// Nothing to deliver.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            batches: Vec::new(),
            open: None,
            opened_at_ms: 0.0,
            in_flight: false,
            resume_at_ms: 0.0,
            held_events: 0,
            held_bytes: 0,
            lost_events: 0,
        }
    }

    /// Takes an encoded event, or refuses it when the outbox is full. A batch takes its id from its
    /// first event.
    pub fn offer(&mut self, id: Id, event: &[u8], now_ms: f64) {
        if self.held_events >= HELD_EVENTS_MAX || self.held_bytes + event.len() > HELD_BYTES_MAX {
            self.lost_events += 1;
            return;
        }
        self.held_events += 1;
        self.held_bytes += event.len();
        if self.open.as_ref().is_some_and(|open| !open.has_room(event)) {
            self.seal();
        }
        let open = self.open.get_or_insert_with(|| {
            self.opened_at_ms = now_ms;
            Batch::new(id)
        });
        open.events.extend_from_slice(event);
        open.event_count += 1;
    }

    /// When there is something to do, in milliseconds on the same clock; nothing while a request is
    /// in flight or when all is delivered.
    #[must_use]
    pub fn due_at_ms(&self) -> Option<f64> {
        if self.in_flight {
            return None;
        }
        if !self.batches.is_empty() {
            return Some(self.resume_at_ms);
        }
        let open = self.open.as_ref()?;
        Some(if open.event_count < FLUSH_EVENTS { self.opened_at_ms + FLUSH_INTERVAL_MS } else { 0.0 })
    }

    /// The batch to send now, if one is due. It counts as in flight until [`Self::settle`].
    pub fn take_due(&mut self, now_ms: f64) -> Option<&Batch> {
        if self.due_at_ms()? > now_ms {
            return None;
        }
        if self.batches.is_empty() {
            self.seal();
        }
        self.in_flight = true;
        self.batches.first()
    }

    /// Ends the request in flight. `random` is uniform.
    pub fn settle(&mut self, answer: Answer, now_ms: f64, random: u32) {
        self.in_flight = false;
        let Some(batch) = self.batches.first_mut() else {
            return;
        };
        if let Answer::Again { asked_ms } = answer {
            batch.failures += 1;
            if batch.failures < ATTEMPTS_MAX {
                self.resume_at_ms = now_ms + delay_ms(batch.failures, asked_ms, random);
                return;
            }
            self.lost_events += batch.event_count;
        }
        self.remove(0);
    }

    /// Offers all that is not in flight to `send`, batch by batch, and forgets what it takes.
    pub fn leave(&mut self, mut send: impl FnMut(&Batch) -> bool) {
        self.seal();
        let mut position = usize::from(self.in_flight);
        while let Some(batch) = self.batches.get(position) {
            if send(batch) {
                self.remove(position);
            } else {
                position += 1;
            }
        }
    }

    /// Events that were refused or given up.
    #[must_use]
    pub const fn lost_events(&self) -> usize {
        self.lost_events
    }

    /// Events that are not delivered yet.
    #[must_use]
    pub const fn held_events(&self) -> usize {
        self.held_events
    }

    /// Closes the open batch.
    fn seal(&mut self) {
        self.batches.extend(self.open.take());
    }

    fn remove(&mut self, position: usize) {
        let batch = self.batches.remove(position);
        if position == 0 {
            self.resume_at_ms = 0.0;
        }
        self.held_events -= batch.event_count;
        self.held_bytes -= batch.events.len();
    }
}

#[cfg(test)]
mod tests;

//! The events that are not delivered yet, and what to do with them when.
//!
//! Events gather in the open batch until there are twenty, or until the first has waited five seconds; then it is sealed.
//! While an older one is under way it goes on growing until it is full. The oldest batch is sent, one request at a time:
//!
//! | answer | the batch | then |
//! |---|---|---|
//! | 2xx | delivered (rejected events would be rejected again) | the next one at once |
//! | 429, 5xx, no answer | kept, tried again with the same id and bytes | [`delay_ms`] later |
//! | anything else | dropped: it would be refused again | the next one at once |
//!
//! When the page is left, all that is not in flight goes by beacon; what the browser does not take stays. The outbox is bounded:
//! a new event that does not fit is refused.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem::take;

use crate::backoff::{ATTEMPTS_MAX, delay_ms};
use crate::batch;
use crate::limits::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX, FLUSH_EVENTS, FLUSH_INTERVAL_MS, HELD_BYTES_MAX};
use crate::random::{ID_BYTES, Random};

/// The events that are not delivered yet. Times are milliseconds on one clock.
pub struct Outbox {
    /// What ids and pauses are drawn from; to be set before anything else.
    pub random: Random,
    /// What the events of a batch share.
    envelope: String,
    /// Oldest first; the first may be in flight.
    batches: Vec<String>,
    /// Whether the last batch takes new events.
    is_open: bool,
    open_events: usize,
    flush_at_ms: f64,
    in_flight: bool,
    /// Attempts at the first batch that failed.
    failures: u32,
    resume_at_ms: f64,
    asked_until_ms: f64,
}

impl Outbox {
    /// An outbox with nothing to deliver.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            random: Random::new([0; 4]),
            envelope: String::new(),
            batches: Vec::new(),
            is_open: false,
            open_events: 0,
            flush_at_ms: 0.0,
            in_flight: false,
            failures: 0,
            resume_at_ms: 0.0,
            asked_until_ms: 0.0,
        }
    }

    /// Says what later events share, as members of a JSON object. Events before keep what they had.
    pub fn share(&mut self, envelope: &str) {
        self.is_open = false;
        self.envelope = envelope.into();
    }

    /// Takes an event as a JSON object, or refuses it: when the outbox is full, or when it alone is too large.
    pub fn offer(&mut self, event: &str, now_ms: f64) -> bool {
        if event.len() > BATCH_BYTES_MAX || !self.has_room(event.len()) {
            return false;
        }
        let is_full = self.batches.last().is_none_or(|batch| batch.len() + event.len() > BATCH_BYTES_MAX);
        if !self.is_open || is_full || self.open_events >= BATCH_EVENTS_MAX {
            self.is_open = true;
            self.open_events = 0;
            self.flush_at_ms = now_ms + FLUSH_INTERVAL_MS;
            self.batches.push(batch::open(&mut self.random, &self.envelope));
        }
        self.open_events += 1;
        if let Some(batch) = self.batches.last_mut() {
            batch::push(batch, &mut self.random, event, now_ms);
        }
        true
    }

    /// Sends what there is without waiting for more, but for a pause that the server asked for.
    pub const fn flush(&mut self) {
        self.flush_at_ms = 0.0;
        self.resume_at_ms = self.asked_until_ms;
    }

    /// When there is something to do; infinity while a request is in flight or when all is delivered.
    #[must_use]
    pub fn due_at_ms(&self) -> f64 {
        if self.in_flight || self.batches.is_empty() {
            f64::INFINITY
        } else if self.batches.len() == 1 && self.is_open && self.open_events < FLUSH_EVENTS {
            self.flush_at_ms
        } else {
            self.resume_at_ms
        }
    }

    /// The body to send now; nothing when none is due. It counts as in flight until [`Self::settle`].
    pub fn take_due(&mut self, now_ms: f64) -> String {
        if self.due_at_ms() > now_ms {
            return String::new();
        }
        self.in_flight = true;
        if self.batches.len() == 1 {
            self.is_open = false;
        }
        self.body(0, now_ms)
    }

    /// Ends the request in flight, by its status (0: no answer) and the seconds of `Retry-After` (0: none).
    pub fn settle(&mut self, status: u32, retry_after_s: f64, now_ms: f64) {
        self.in_flight = false;
        self.failures += 1;
        if matches!(status, 0 | 429 | 500..) && self.failures < ATTEMPTS_MAX {
            let (asked_ms, wait_ms) = delay_ms(self.failures, retry_after_s * 1000.0, self.random.draw());
            self.asked_until_ms = now_ms + asked_ms;
            self.resume_at_ms = self.asked_until_ms + wait_ms;
            return;
        }
        self.failures = 0;
        self.resume_at_ms = 0.0;
        self.asked_until_ms = 0.0;
        self.taken(0);
    }

    /// The body at a position among all batches that are not in flight, for a page that is left; nothing behind the last.
    pub fn leave(&mut self, position: usize, now_ms: f64) -> String {
        self.is_open = false;
        self.body(position + usize::from(self.in_flight), now_ms)
    }

    /// Forgets the batch that [`Self::leave`] gave for this position.
    pub fn taken(&mut self, position: usize) {
        let position = position + usize::from(self.in_flight);
        if position < self.batches.len() {
            self.batches.remove(position);
        }
    }

    /// Everything that is not delivered, for the browser's storage: a batch a line. JSON has no bare line ends.
    ///
    /// The batch that still takes events is saved under a new id: this page may go on adding to it when another sends what was
    /// saved. An event that then comes twice is known by its own id.
    pub fn save(&mut self) -> String {
        let mut text = String::new();
        for (position, batch) in self.batches.iter().enumerate() {
            let mut head = 0;
            if self.is_open && position + 1 == self.batches.len() {
                text.push_str(&batch::head(&mut self.random));
                head = batch::HEAD_BYTES + ID_BYTES;
            }
            text.push_str(batch.get(head..).unwrap_or_default());
            text.push('\n');
        }
        text
    }

    /// Takes over what another page saved, as far as there is room; it is sent after what is here.
    pub fn restore(&mut self, saved: &str) {
        let mut batch = String::new();
        for character in saved.chars() {
            if character != '\n' {
                batch.push(character);
            } else if self.has_room(batch.len()) {
                self.is_open = false;
                self.batches.push(take(&mut batch));
            } else {
                batch.clear();
            }
        }
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.batches.iter().map(String::len).sum::<usize>() + bytes <= HELD_BYTES_MAX
    }

    fn body(&self, position: usize, now_ms: f64) -> String {
        self.batches.get(position).map(|batch| batch::body(batch, now_ms)).unwrap_or_default()
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;

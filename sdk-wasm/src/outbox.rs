//! The events that are not delivered yet, and what to do with them when.
//!
//! They are held as text, a batch a line, as it is saved and, but for its end, as it is sent. Events gather in the last batch, the
//! open one, until there are twenty, or until the first has waited five seconds; then it is sealed: it gets its id.
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

use crate::backoff::{ATTEMPTS_MAX, delay_ms};
use crate::limits::{
    BATCH_BYTES_MAX, BATCH_EVENTS_MAX, ENVELOPE_BYTES_MAX, FLUSH_EVENTS, FLUSH_INTERVAL_MS, HELD_BYTES_MAX,
    INPUT_BYTES, INPUT_BYTES_MAX,
};
use crate::random::Random;
use crate::text::Text;

/// Bytes that one call may add beside the text that has to fit: an envelope, three ids with their names, less than 150 bytes.
const MORE_BYTES: usize = ENVELOPE_BYTES_MAX + 512;

/// The events that are not delivered yet. Times are milliseconds on one clock.
pub struct Outbox {
    /// What ids and pauses are drawn from; to be set before anything else.
    pub random: Random,
    /// Where a text is put before the call that it is for.
    pub input: [u8; INPUT_BYTES],
    /// What a batch begins with.
    envelope: Text<ENVELOPE_BYTES_MAX>,
    /// The batches, oldest first; each but the open one ends its line.
    held: Text<{ HELD_BYTES_MAX + MORE_BYTES }>,
    /// The body of a request.
    body: Text<INPUT_BYTES>,
    /// Whether the last batch takes new events.
    is_open: bool,
    /// Where it begins, while it is open.
    open_at: usize,
    open_events: u32,
    flush_at_ms: f64,
    /// Bytes of the first batch while it is under way, else none.
    in_flight: usize,
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
            input: [0; INPUT_BYTES],
            envelope: Text::new(),
            held: Text::new(),
            body: Text::new(),
            is_open: false,
            open_at: 0,
            open_events: 0,
            flush_at_ms: 0.0,
            in_flight: 0,
            failures: 0,
            resume_at_ms: 0.0,
            asked_until_ms: 0.0,
        }
    }

    /// So many bytes of what was put in.
    #[must_use]
    pub fn given(&self, bytes: usize) -> &[u8] {
        self.input.get(..bytes).unwrap_or_default()
    }

    /// Says what later batches begin with: `{"tracking_id":"…","sdk":"…","events":[`, of so many bytes of input.
    pub fn share(&mut self, bytes: usize) {
        self.seal();
        self.envelope.truncate(0);
        self.envelope.push(self.input.get(..bytes).unwrap_or_default());
    }

    /// Takes an event, a JSON object of one member at least, of so many bytes of input; or refuses it: when the outbox is full, or
    /// when it alone is too large.
    pub fn offer(&mut self, bytes: usize, now_ms: f64) -> bool {
        if bytes > BATCH_BYTES_MAX || self.held.len() + bytes > HELD_BYTES_MAX {
            return false;
        }
        if self.open_events >= BATCH_EVENTS_MAX || self.held.len() - self.open_at + bytes > BATCH_BYTES_MAX {
            self.seal();
        }
        if self.is_open {
            self.held.push(b",");
        } else {
            self.is_open = true;
            self.open_at = self.held.len();
            self.open_events = 0;
            self.flush_at_ms = now_ms + FLUSH_INTERVAL_MS;
            self.held.push(self.envelope.bytes());
        }
        self.open_events += 1;
        self.held.push(b"{\"event_id\":\"");
        self.held.push(&self.random.id());
        self.held.push(b"\",");
        self.held.push(self.input.get(1..bytes).unwrap_or_default());
        true
    }

    /// Ends the open batch, if there is one, under a new id.
    fn seal(&mut self) {
        if self.is_open {
            self.is_open = false;
            self.held.push(b"],\"batch_id\":\"");
            self.held.push(&self.random.id());
            self.held.push(b"\"\n");
        }
    }

    /// Sends what there is without waiting for more, but for a pause that the server asked for.
    pub const fn flush(&mut self) {
        self.flush_at_ms = 0.0;
        self.resume_at_ms = self.asked_until_ms;
    }

    /// When there is something to do; infinity while a request is in flight or when all is delivered.
    #[must_use]
    pub const fn due_at_ms(&self) -> f64 {
        if self.in_flight > 0 || self.held.is_empty() {
            f64::INFINITY
        } else if self.is_open && self.open_at == 0 && self.open_events < FLUSH_EVENTS {
            self.flush_at_ms
        } else {
            self.resume_at_ms
        }
    }

    /// The body to send when it is due, ended by so many bytes of input. It counts as in flight until [`Self::settle`].
    pub fn take_due(&mut self, bytes: usize) -> &[u8] {
        if self.open_at == 0 {
            self.seal();
        }
        self.in_flight = self.line_end(0);
        self.body(0, self.in_flight, bytes)
    }

    /// Ends the request in flight, by its status (0: no answer) and the seconds of `Retry-After` (0: none).
    pub fn settle(&mut self, status: u32, retry_after_s: f64, now_ms: f64) {
        self.failures += 1;
        if matches!(status, 0 | 429 | 500..) && self.failures < ATTEMPTS_MAX {
            let (asked_ms, wait_ms) = delay_ms(self.failures, retry_after_s * 1000.0, self.random.draw());
            self.asked_until_ms = now_ms + asked_ms;
            self.resume_at_ms = self.asked_until_ms + wait_ms;
        } else {
            self.failures = 0;
            self.resume_at_ms = 0.0;
            self.asked_until_ms = 0.0;
            self.taken(0, self.in_flight);
        }
        self.in_flight = 0;
    }

    /// Where the first batch begins that is not in flight, for a page that is left.
    pub fn leave(&mut self) -> usize {
        self.seal();
        self.in_flight
    }

    /// The body of the batch from one place to another, as [`Self::line_end`] tells them, ended by so many bytes of input.
    pub fn body(&mut self, start: usize, end: usize, bytes: usize) -> &[u8] {
        self.body.truncate(0);
        self.body.push(self.held.bytes().get(start..end - 1).unwrap_or_default());
        self.body.push(self.input.get(..bytes).unwrap_or_default());
        self.body.bytes()
    }

    /// Where the batch ends that begins at a place, with its line: there, behind the last.
    pub fn line_end(&self, start: usize) -> usize {
        let line = self.held.bytes().get(start..).unwrap_or_default();
        line.iter().position(|byte| *byte == b'\n').map_or(start, |bytes| start + bytes + 1)
    }

    /// Forgets the batch from one place to another.
    pub fn taken(&mut self, start: usize, end: usize) {
        self.held.remove(start, end);
        self.open_at = self.open_at.saturating_sub(end - start);
    }

    /// Everything that is not delivered, for the browser's storage: a batch a line. JSON has no bare line ends.
    ///
    /// The batch that still takes events is saved under an id that it will not have here: this page may go on adding to it when
    /// another sends what was saved. An event that then comes twice is known by its own id.
    pub fn save(&mut self) -> &[u8] {
        let (is_open, end) = (self.is_open, self.held.len());
        self.seal();
        self.is_open = is_open;
        self.held.truncate(end)
    }

    /// Takes over a batch that another page saved, a line of so many bytes of input, if there is room; it is sent after what is
    /// here.
    pub fn restore(&mut self, bytes: usize) {
        if bytes <= INPUT_BYTES_MAX && self.held.len() + bytes <= HELD_BYTES_MAX {
            self.seal();
            self.held.push(self.input.get(..bytes).unwrap_or_default());
            self.held.push(b"\n");
        }
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;

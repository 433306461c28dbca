//! Events that wait, in the order in which they came.

use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::outcome::Receipt;
use crate::{Outcome, Refused, batch};

/// Most events that wait: a minute without the edge, at 150 events a second.
pub const QUEUE_EVENTS_MAX: usize = 10_000;

/// Most bytes that wait: [`QUEUE_EVENTS_MAX`] events of 1.6 KiB.
pub const QUEUE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Events that are not waited with.
const FLUSH_EVENTS: usize = 20;

/// Longest that an event waits for others.
const FLUSH_INTERVAL: Duration = Duration::from_secs(5);

/// An event that waits.
pub(crate) struct Waiting {
    /// As JSON.
    pub text: String,
    since: Instant,
    teller: SyncSender<Outcome>,
}

impl Waiting {
    /// Tells its sender, if that still asks.
    pub fn end(&self, outcome: Outcome) {
        let _ = self.teller.try_send(outcome);
    }
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// Events that came and that have their end, ever.
    came: u64,
    ended: u64,
    /// Up to which event somebody waits.
    wanted: u64,
    /// Somebody began to wait: the next random pause is left out.
    is_hurried: bool,
    is_closed: bool,
    /// What the last try came to, where that was no answer to its events.
    failure: String,
}

impl State {
    fn is_urgent(&self) -> bool {
        self.ended < self.wanted
    }

    /// How long the oldest event may wait still; nothing when there is none.
    fn patience(&self) -> Option<Duration> {
        let oldest = self.waiting.front()?;
        if self.waiting.len() >= FLUSH_EVENTS || self.is_urgent() {
            return Some(Duration::ZERO);
        }
        Some(FLUSH_INTERVAL.saturating_sub(oldest.since.elapsed()))
    }
}

/// The queue, between those who send and the thread that delivers.
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    begun: Instant,
}

impl Queue {
    pub fn new() -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), begun: Instant::now() }
    }

    /// Milliseconds on a clock that only goes forward.
    pub fn now_ms(&self) -> f64 {
        self.begun.elapsed().as_secs_f64() * 1000.0
    }

    pub fn push(&self, text: String) -> Result<Receipt, Refused> {
        let mut state = self.lock();
        if state.waiting.len() >= QUEUE_EVENTS_MAX || state.bytes + text.len() > QUEUE_BYTES_MAX {
            return Err(Refused::QueueFull { events: state.waiting.len(), bytes: state.bytes });
        }
        let (teller, receipt) = Receipt::new();
        state.bytes += text.len();
        state.came += 1;
        state.waiting.push_back(Waiting { text, since: Instant::now(), teller });
        self.changed.notify_all();
        Ok(receipt)
    }

    /// Waits for events that are due, and hands them out as a batch; nothing when the queue is closed.
    pub fn next(&self) -> Option<Vec<Waiting>> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            match state.patience() {
                Some(Duration::ZERO) => break,
                Some(patience) => state = self.wait(state, patience),
                None => state = self.wait(state, FLUSH_INTERVAL),
            }
        }
        let count = batch::fitting(state.waiting.iter());
        let taken: Vec<Waiting> = state.waiting.drain(..count).collect();
        state.bytes -= taken.iter().map(|one| one.text.len()).sum::<usize>();
        Some(taken)
    }

    /// So many events have their end.
    pub fn ended(&self, count: usize) {
        self.lock().ended += count as u64;
        self.changed.notify_all();
    }

    /// Waits until all that came so far has its end. Answers how many have not, at `until`.
    pub fn flush(&self, until: Instant) -> usize {
        let mut state = self.lock();
        let target = state.came;
        state.wanted = target;
        state.is_hurried = true;
        self.changed.notify_all();
        while state.ended < target {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || state.is_closed {
                break;
            }
            state = self.wait(state, left);
        }
        target.saturating_sub(state.ended) as usize
    }

    /// Ends what waits, and the thread that delivers.
    pub fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        let outcome = given_up(&state);
        for one in state.waiting.drain(..) {
            one.end(outcome.clone());
        }
        self.changed.notify_all();
    }

    /// A try failed.
    pub fn note(&self, failure: String) {
        self.lock().failure = failure;
    }

    /// The end of events that nobody tries any more.
    pub fn given_up(&self) -> Outcome {
        given_up(&self.lock())
    }

    /// Rests for so long; `random` is left out once for each that begins to wait. Answers whether to go on.
    pub fn rest(&self, asked: Duration, random: Duration) -> bool {
        let begun = Instant::now();
        let mut state = self.lock();
        loop {
            let whole = if state.is_hurried { asked } else { asked + random };
            let left = whole.saturating_sub(begun.elapsed());
            if state.is_closed || left.is_zero() {
                state.is_hurried = false;
                return !state.is_closed;
            }
            state = self.wait(state, left);
        }
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, within: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, within).unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn given_up(state: &State) -> Outcome {
    let last = if state.failure.is_empty() { "none was made" } else { &state.failure };
    Outcome::unsent(format!("the edge did not take it; the last try: {last}"))
}

//! How far it is: a bar on a terminal, a line now and then elsewhere.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two pictures of the bar, and between two lines.
const BAR_EVERY: Duration = Duration::from_millis(80);
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Characters of the bar.
const WIDTH: u64 = 32;

/// What is told of the making of several sites.
pub struct Progress {
    is_terminal: bool,
    days: u64,
    begun: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    shown: Option<Instant>,
    is_over: bool,
    done_days: u64,
    events: u64,
}

impl Progress {
    /// * `is_terminal`: whether what is written can be written over
    /// * `days`: how many there are, of all sites
    pub fn new(is_terminal: bool, days: u64) -> Self {
        Self { is_terminal, days, begun: Instant::now(), state: Mutex::default() }
    }

    /// So many more days are made.
    pub fn days(&self, days: u64) {
        self.note(|state| state.done_days += days);
    }

    /// So many more events are counted.
    pub fn events(&self, events: u64) {
        self.note(|state| state.events += events);
    }

    fn note(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        let every = if self.is_terminal { BAR_EVERY } else { LINE_EVERY };
        if state.is_over || state.shown.unwrap_or(self.begun).elapsed() < every {
            return;
        }
        state.shown = Some(Instant::now());
        self.show(&state);
    }

    /// All is counted.
    pub fn end(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done_days = self.days;
        self.show(&state);
        if self.is_terminal {
            eprintln!();
        }
        state.is_over = true;
    }

    fn show(&self, state: &State) {
        let State { done_days, events, .. } = state;
        let (days, done_days) = (self.days.max(1), self.days.min(*done_days));
        let (done, percent) = (done_days * WIDTH / days, done_days * 100 / days);
        let (events, seconds) = (super::grouped(*events), self.begun.elapsed().as_secs());
        let mut out = io::stderr().lock();
        // Nobody minds when there is nobody to read it.
        let _ = if self.is_terminal {
            let (full, empty) = ("█".repeat(done as usize), "░".repeat((WIDTH - done) as usize));
            write!(out, "\r{full}{empty} {}%, {events} events counted, {seconds} s ", percent)
                .and_then(|()| out.flush())
        } else {
            writeln!(out, "{}%, {events} events counted, {seconds} s", percent)
        };
    }
}

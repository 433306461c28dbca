//! The order of an edge object's steps on its alarm: seal, send, hear, settle, renew, rest.
//!
//! The machine holds positions and times, no frames. Its shell asks [`Machine::next`] what to do, telling what the
//! storage holds at that moment, does it as one transaction or one request, and [reports](Machine::report) what came
//! of it, until it is told to rest. Between any two steps the object may be killed; the next alarm begins with a
//! machine that knows what the storage knows.
//!
//! | while | step |
//! |---|---|
//! | an alarm begins | what is too old is dropped, once a minute |
//! | events are journaled, delivery is due or the journal is long | seal |
//! | delivery is due, fewer than [`WINDOW`] frames are under way | send the next frame |
//! | frames are under way | await the oldest one's answer |
//! | answers were heard | settle: forget what is stable, remember what is applied |
//! | an answer asks for it | after the other answers: rewind; or quarantine, seal all, hello, renew |
//! | the hello is answered that the site was deleted | forget all, and be nobody again |
//! | all is sent, some of it is not stable for a minute | send the last applied frame again: its answer tells news |
//! | nothing can be done now | rest |

pub mod timer;

use std::collections::VecDeque;

use wire::frame::Acknowledgement;
use wire::{Epoch, Seq};

use super::outbox::{self, Reaction, Sent};
use crate::window::{DAY_MS, HOUR_MS};
use timer::{Timer, WAIT_MAX_MS, backoff_ms};

/// How long a day's visitor key outlives its day, for requests that arrived before midnight: so none gets older than
/// 25 hours.
pub const KEY_GRACE_MS: u64 = HOUR_MS;

/// How long a new batch waits before its events are sealed and sent.
pub const SEAL_DELAY_MS: u64 = 1000;

/// Frames under way at once: a round trip and its commit take about as long as four take to work through.
pub const WINDOW: usize = 4;

/// Frames sent in one alarm before the next is set: about a second's worth.
const FRAMES_PER_ALARM: usize = 64;

/// Seals in one alarm, then it is the frames' turn: 16 MB, about 64 000 events.
const SEALS_PER_ALARM: usize = 16;

/// Journal bytes at which events are sealed even while nothing can be sent.
const JOURNAL_BYTES_MAX: u64 = 512 * 1024;

/// Answers heard before they are settled: as many frames come again, as duplicates, after a kill.
const ANSWERS_PER_SETTLING: usize = 16;

/// Outbox bytes over which applied frames are forgotten though they are not stable: half of what an object holds
/// before it refuses events. New events are worth more than a second copy of old ones.
const KEPT_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// How far an object has come, as its storage knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Epoch its frames are numbered in.
    pub epoch: Epoch,
    /// Last frame that it keeps though it was told that it is applied; of those before, it was told the same.
    pub applied_through: Seq,
}

/// What the storage holds at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Bytes of events that are not sealed.
    pub journal_bytes: u64,
    /// Bytes of sealed frames.
    pub outbox_bytes: u64,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Drop the batch ids, event ids, visits and visitor keys whose time is over.
    Expire,
    /// Fold the oldest part of the journal into frames: one transaction puts them into the outbox in its place.
    Seal,
    /// Begin to send the first frame held from this number on.
    Send(Seq),
    /// Wait for the answer to the oldest frame under way.
    Await,
    /// In one transaction, forget frames and remember that those after them are applied.
    Settle {
        /// Last frame to forget.
        forget_through: Seq,
        /// Last frame that is applied.
        applied_through: Seq,
    },
    /// Set one frame aside.
    Quarantine(Seq),
    /// Ask for an epoch after this one.
    SayHello(Epoch),
    /// In one transaction, number all held frames anew in this epoch, as replayed ones.
    Renew(Epoch),
    /// In one transaction, drop all that is stored: the site was deleted. The object has no epoch from then on.
    Forget,
    /// End the alarm and set the next.
    Sleep {
        /// When it rings, from now.
        ms: u64,
    },
    /// End the alarm: nothing is held.
    Idle {
        /// When it rings, from now, if a visitor key is stored. A key must not outlive its time, even if nobody
        /// comes any more.
        keys_expire_in_ms: u64,
    },
}

/// What came of a step.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is durable.
    Done,
    /// So many frames were sealed; none when nothing was journaled.
    Sealed(usize),
    /// This frame is under way; none when no frame is held from there on.
    Sent(Option<Seq>),
    /// The oldest frame under way was answered.
    Answered(Acknowledgement),
    /// The aggregator handed out this epoch.
    Welcomed(Epoch),
    /// The aggregator says that the site was deleted.
    Deleted,
    /// Nothing came of it, as far as is known.
    Failed {
        /// Evenly spread in [0, 1).
        random: f64,
    },
}

/// The steps of one object. A new one knows nothing but the storage.
#[derive(Clone, Debug)]
pub struct Machine {
    stage: Stage,
    asked: Step,
    position: Option<Position>,
    /// Where to look for the next frame to send.
    from: Seq,
    /// Frames whose answers are awaited, oldest first.
    under_way: VecDeque<Sent>,
    /// No frame is held from `from` on.
    is_all_sent: bool,
    /// As the last answer has it.
    stable_through: Seq,
    /// Answers heard and not settled.
    unsettled: usize,
    frames_left: usize,
    seals_left: usize,
    failures: u32,
    retry: Timer,
    /// When to ask what has become stable.
    ask: Timer,
    expiry: Timer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Begin,
    Seal,
    Deliver,
    /// Hear the rest of the window, then deliver again.
    Rewind,
    Quarantine(Seq),
    /// Seal the whole journal: after a rollback it may be counted already, so it must go as replayed too.
    SealAll,
    Hello,
    Renew(Epoch),
    Forget,
    Rest,
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            stage: Stage::Rest,
            asked: Step::Sleep { ms: 0 },
            position: None,
            from: Seq(0),
            under_way: VecDeque::new(),
            is_all_sent: false,
            stable_through: Seq(0),
            unsettled: 0,
            frames_left: 0,
            seals_left: 0,
            failures: 0,
            retry: Timer::default(),
            ask: Timer::default(),
            expiry: Timer::default(),
        }
    }
}

impl Machine {
    /// The alarm rings. `position` is what the storage knows; none before the first epoch.
    pub fn wake(&mut self, position: Option<Position>) {
        self.stage = Stage::Begin;
        self.under_way.clear();
        self.unsettled = 0;
        self.frames_left = FRAMES_PER_ALARM;
        self.seals_left = SEALS_PER_ALARM;
        self.take(position);
    }

    /// What to do next. It must be reported before the next is asked for.
    pub fn next(&mut self, held: &Held, now_ms: u64) -> Step {
        self.asked = self.choose(held, now_ms);
        self.asked
    }

    fn choose(&mut self, held: &Held, now_ms: u64) -> Step {
        let Some(position) = self.position else { return idle(now_ms) };
        if self.unsettled >= ANSWERS_PER_SETTLING || (self.unsettled > 0 && self.under_way.is_empty()) {
            return self.settle(position, held);
        }
        if self.stage != Stage::Deliver && !self.under_way.is_empty() {
            return Step::Await;
        }
        match self.stage {
            Stage::Begin => self.begin(position, held, now_ms),
            Stage::Seal => self.seal(position, held, now_ms),
            Stage::Deliver | Stage::Rewind => self.deliver(position, held, now_ms),
            Stage::Quarantine(seq) => Step::Quarantine(seq),
            Stage::SealAll if held.journal_bytes > 0 => Step::Seal,
            Stage::SealAll | Stage::Hello => self.say_hello(position),
            Stage::Renew(epoch) => Step::Renew(epoch),
            Stage::Forget => Step::Forget,
            Stage::Rest => self.rest(held, now_ms),
        }
    }

    fn settle(&self, position: Position, held: &Held) -> Step {
        let Position { applied_through, .. } = position;
        let is_kept = held.outbox_bytes <= KEPT_BYTES_MAX;
        let forget_through = if is_kept { self.stable_through.min(applied_through) } else { applied_through };
        Step::Settle { forget_through, applied_through }
    }

    fn begin(&mut self, position: Position, held: &Held, now_ms: u64) -> Step {
        self.stage = Stage::Seal;
        if !self.expiry.is_due(now_ms) {
            return self.seal(position, held, now_ms);
        }
        self.expiry.set(now_ms, WAIT_MAX_MS);
        Step::Expire
    }

    fn seal(&mut self, position: Position, held: &Held, now_ms: u64) -> Step {
        let is_due = self.retry.is_due(now_ms);
        if self.seals_left > 0 && held.journal_bytes > if is_due { 0 } else { JOURNAL_BYTES_MAX } {
            self.seals_left -= 1;
            return Step::Seal;
        }
        if is_due { self.deliver(position, held, now_ms) } else { self.rest(held, now_ms) }
    }

    fn deliver(&mut self, position: Position, held: &Held, now_ms: u64) -> Step {
        self.stage = Stage::Deliver;
        if !self.is_all_sent && self.frames_left > 0 && self.under_way.len() < WINDOW {
            return Step::Send(self.from);
        }
        if !self.under_way.is_empty() {
            return Step::Await;
        }
        if self.is_all_sent && held.outbox_bytes > 0 && self.frames_left > 0 && self.ask.is_due(now_ms) {
            self.ask.set(now_ms, WAIT_MAX_MS);
            return Step::Send(position.applied_through);
        }
        self.failures = 0;
        // Frames that can be sent at once may be left: the alarm ends to let others take their turn.
        if self.is_all_sent { self.rest(held, now_ms) } else { Step::Sleep { ms: 0 } }
    }

    fn say_hello(&mut self, position: Position) -> Step {
        self.stage = Stage::Hello;
        Step::SayHello(position.epoch)
    }

    fn rest(&mut self, held: &Held, now_ms: u64) -> Step {
        self.stage = Stage::Rest;
        if held.journal_bytes + held.outbox_bytes == 0 {
            return idle(now_ms);
        }
        let is_only_asking = self.is_all_sent && held.journal_bytes == 0;
        let ask_ms = if is_only_asking { self.ask.left_ms(now_ms) } else { 0 };
        Step::Sleep { ms: self.retry.left_ms(now_ms).max(ask_ms).max(SEAL_DELAY_MS) }
    }

    /// Hears what came of the step last asked for.
    pub fn report(&mut self, outcome: Outcome, now_ms: u64) {
        match (self.asked, outcome) {
            (Step::Send(searched_from), Outcome::Sent(seq)) => self.sent(searched_from, seq),
            (Step::Await, Outcome::Answered(answer)) => self.hear(&answer, now_ms),
            (Step::Seal, Outcome::Sealed(0)) if self.stage == Stage::SealAll => self.stage = Stage::Hello,
            (Step::Seal, Outcome::Sealed(0)) => self.seals_left = 0,
            (Step::Settle { .. }, Outcome::Done) => self.unsettled = 0,
            (Step::Quarantine(_), Outcome::Done) => self.stage = Stage::SealAll,
            (Step::SayHello(_), Outcome::Welcomed(epoch)) => self.stage = Stage::Renew(epoch),
            (Step::SayHello(_), Outcome::Deleted) => self.stage = Stage::Forget,
            (Step::Forget, Outcome::Done) => self.take(None),
            (Step::Renew(epoch), Outcome::Done) => {
                self.take(Some(Position { epoch, applied_through: Seq(0) }));
                self.stage = Stage::Deliver;
            }
            (Step::Await, Outcome::Failed { random }) => {
                self.under_way.pop_front();
                // Of the rest of a window, nothing is expected any more.
                if self.stage == Stage::Deliver {
                    self.fail(now_ms, random);
                }
            }
            (_, Outcome::Failed { random }) => {
                self.unsettled = 0;
                self.fail(now_ms, random);
            }
            _ => {}
        }
    }

    fn sent(&mut self, searched_from: Seq, seq: Option<Seq>) {
        let (Some(seq), Some(position)) = (seq, self.position) else {
            self.is_all_sent = true;
            return;
        };
        self.under_way.push_back(Sent { epoch: position.epoch, seq, searched_from });
        self.frames_left = self.frames_left.saturating_sub(1);
        self.from = seq.next();
    }

    fn hear(&mut self, answer: &Acknowledgement, now_ms: u64) {
        let (Some(sent), Some(position)) = (self.under_way.pop_front(), &mut self.position) else { return };
        if self.stage != Stage::Deliver {
            return;
        }
        match outbox::react(&sent, answer) {
            Reaction::Advance => {
                position.applied_through = position.applied_through.max(sent.seq);
                self.stable_through = answer.stable_through;
                self.unsettled += 1;
                self.ask.set(now_ms, WAIT_MAX_MS);
            }
            Reaction::Rewind(missing) => {
                position.applied_through = position.applied_through.min(answer.applied_through);
                self.from = missing.min(position.applied_through.next());
                self.is_all_sent = false;
                self.stage = Stage::Rewind;
            }
            Reaction::SayHello => self.stage = Stage::SealAll,
            Reaction::Quarantine => self.stage = Stage::Quarantine(sent.seq),
        }
    }

    fn fail(&mut self, now_ms: u64, random: f64) {
        self.failures = self.failures.saturating_add(1);
        self.retry.set(now_ms, backoff_ms(self.failures, random));
        self.is_all_sent = false;
        self.stage = Stage::Rest;
    }

    fn take(&mut self, position: Option<Position>) {
        self.position = position;
        self.from = position.map(|position| position.applied_through.next()).unwrap_or_default();
        self.is_all_sent = false;
        self.stable_through = Seq(0);
    }
}

fn idle(now_ms: u64) -> Step {
    Step::Idle { keys_expire_in_ms: DAY_MS - now_ms % DAY_MS + KEY_GRACE_MS }
}

#[cfg(test)]
mod tests;

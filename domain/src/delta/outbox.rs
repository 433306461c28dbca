//! The edge's end: what to do with the frames that wait for the aggregator.

use wire::frame::{Acknowledgement, FrameResult};
use wire::{Epoch, Seq};

/// What the edge holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outbox {
    /// Epoch its frames are numbered in.
    pub epoch: Epoch,
    /// Oldest frame still held, or the next to be sealed when none is.
    pub oldest: Seq,
}

/// What an answer asks of the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Forget the frames up to `forget_through`, then send from `send_from` on.
    Continue {
        /// Last frame that is stable at the aggregator.
        forget_through: Seq,
        /// Next frame to send.
        send_from: Seq,
    },
    /// Seal what is journaled, ask for a new epoch, and number all held frames anew in it.
    SayHello,
    /// Set this one frame aside for a person to look at, then say hello for the rest.
    Quarantine(Seq),
}

/// Decides what to do after `sent` was answered.
///
/// | answer | reaction |
/// |---|---|
/// | applied, duplicate | forget this frame if it is stable, go on with the next |
/// | gap, the missing frame is held | from the oldest held frame again |
/// | gap, the missing frame is not held any more | hello: the aggregator lost it, a new epoch closes the gap |
/// | fenced, unknown edge, an answer about another epoch | hello |
/// | forked | hello: this edge's storage went back in time |
/// | rejected | quarantine: a sealed frame never heals |
///
/// Only the frame that was sent is known to be the one that is counted under its number: should the storage have
/// gone back in time, the aggregator's later ones are others. So no answer moves the edge by more than one frame.
/// Nor is anything dropped on hello: of a replayed frame, the aggregator counts the events that it has not counted.
pub fn react(outbox: &Outbox, sent: Seq, answer: &Acknowledgement) -> Reaction {
    match answer.result {
        FrameResult::Rejected => Reaction::Quarantine(sent),
        FrameResult::Forked | FrameResult::Fenced | FrameResult::UnknownEdge => Reaction::SayHello,
        _ if answer.epoch != outbox.epoch => Reaction::SayHello,
        FrameResult::Gap if answer.applied_through.next() < outbox.oldest => Reaction::SayHello,
        FrameResult::Gap => Reaction::Continue { forget_through: Seq::default(), send_from: outbox.oldest },
        FrameResult::Applied | FrameResult::Duplicate => {
            Reaction::Continue { forget_through: answer.stable_through.min(sent), send_from: sent.next() }
        }
    }
}

/// Longest wait between two tries: 60 s.
const BACKOFF_MAX_MS: u64 = 60_000;

/// How long to wait after `failures` failed tries in a row: full jitter over 1, 2, 4, … up to 60 s, so that edges
/// that lost the aggregator together do not come back together.
///
/// `random` lies in [0, 1).
pub fn backoff_ms(failures: u32, random: f64) -> u64 {
    let ceiling = 1000u64.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(BACKOFF_MAX_MS);
    (ceiling as f64 * random.clamp(0.0, 1.0)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTBOX: Outbox = Outbox { epoch: Epoch(2), oldest: Seq(4) };

    fn check(sent: u64, result: FrameResult, epoch: u64, applied: u64, stable: u64, expect: Reaction) {
        let answer = Acknowledgement {
            result,
            epoch: Epoch(epoch),
            applied_through: Seq(applied),
            settings_version: 0,
            stable_through: Seq(stable),
            detail: None,
        };
        assert_eq!(react(&OUTBOX, Seq(sent), &answer), expect, "{answer:?}");
    }

    fn go_on(forget: u64, from: u64) -> Reaction {
        Reaction::Continue { forget_through: Seq(forget), send_from: Seq(from) }
    }

    #[test]
    fn every_row_of_the_table() {
        check(5, FrameResult::Applied, 2, 5, 5, go_on(5, 6));
        check(5, FrameResult::Applied, 2, 5, 3, go_on(3, 6));
        check(5, FrameResult::Duplicate, 2, 8, 8, go_on(5, 6));
        check(5, FrameResult::Duplicate, 2, 12, 12, go_on(5, 6));
        check(5, FrameResult::Gap, 2, 3, 3, go_on(0, 4));
        check(5, FrameResult::Gap, 2, 2, 2, Reaction::SayHello);
        check(5, FrameResult::Fenced, 3, 0, 0, Reaction::SayHello);
        check(5, FrameResult::UnknownEdge, 0, 0, 0, Reaction::SayHello);
        check(5, FrameResult::Forked, 2, 8, 8, Reaction::SayHello);
        check(5, FrameResult::Rejected, 2, 4, 4, Reaction::Quarantine(Seq(5)));
        check(5, FrameResult::Applied, 3, 5, 5, Reaction::SayHello);
    }

    #[test]
    fn waits_grow_to_a_minute_and_are_spread() {
        let longest = |failures| backoff_ms(failures, 1.0);
        assert_eq!([1, 2, 3, 6, 7, 99].map(longest), [1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
        assert_eq!(backoff_ms(99, 0.5), 30_000);
        assert_eq!(backoff_ms(0, 0.0), 0);
    }
}

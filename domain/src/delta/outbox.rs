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
    /// The number the next sealed frame gets.
    pub next: Seq,
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
    /// Ask for a new epoch and number what [`Rewrite`] keeps anew.
    SayHello(Rewrite),
    /// Set this one frame aside for a person to look at, then say hello for the rest.
    Quarantine(Seq),
}

/// Which held frames go on into a new epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// Those the aggregator has not counted, by the hello's answer.
    Uncounted,
    /// Those from this number on, for they differ from what the aggregator counted under their numbers.
    From(Seq),
}

impl Rewrite {
    /// Whether the frame `seq` goes on, when `applied_through` is counted of the epoch left behind.
    pub fn keeps(self, seq: Seq, applied_through: Seq) -> bool {
        match self {
            Self::Uncounted => seq > applied_through,
            Self::From(first) => seq >= first,
        }
    }
}

/// Decides what to do after `sent` was answered.
///
/// | answer | reaction |
/// |---|---|
/// | applied, duplicate | forget what is stable, go on behind what is applied |
/// | gap, the missing frame is held | rewind to it |
/// | gap, the missing frame is not held any more | hello: the aggregator lost it, a new epoch closes the gap |
/// | fenced, unknown edge | hello |
/// | applied beyond all this edge ever sealed, frames left to compare | this edge's storage went back in time: go on one by one, the hash of each tells whether it is counted |
/// | the same, none left | hello |
/// | forked | hello, keeping this frame and the later ones: they were sealed after the storage went back |
/// | rejected | quarantine: a sealed frame never heals |
/// | an answer about another epoch | hello |
pub fn react(outbox: &Outbox, sent: Seq, answer: &Acknowledgement) -> Reaction {
    let hello = Reaction::SayHello(Rewrite::Uncounted);
    let applied = answer.applied_through;
    let stable = answer.stable_through.min(applied);
    match answer.result {
        FrameResult::Forked => Reaction::SayHello(Rewrite::From(sent)),
        FrameResult::Rejected => Reaction::Quarantine(sent),
        FrameResult::Fenced | FrameResult::UnknownEdge => hello,
        _ if answer.epoch != outbox.epoch => hello,
        FrameResult::Gap if applied.next() < outbox.oldest => hello,
        _ if applied >= outbox.next && sent.next() >= outbox.next => hello,
        _ if applied >= outbox.next => Reaction::Continue { forget_through: stable.min(sent), send_from: sent.next() },
        FrameResult::Gap | FrameResult::Applied | FrameResult::Duplicate => {
            Reaction::Continue { forget_through: stable, send_from: applied.next() }
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

    const OUTBOX: Outbox = Outbox { epoch: Epoch(2), oldest: Seq(4), next: Seq(9) };

    fn check(sent: u64, result: FrameResult, epoch: u64, applied: u64, stable: u64, expect: Reaction) {
        let answer = Acknowledgement {
            result,
            epoch: Epoch(epoch),
            applied_through: Seq(applied),
            stable_through: Seq(stable),
            detail: None,
        };
        assert_eq!(react(&OUTBOX, Seq(sent), &answer), expect, "{answer:?}");
    }

    const HELLO: Reaction = Reaction::SayHello(Rewrite::Uncounted);

    fn go_on(forget: u64, from: u64) -> Reaction {
        Reaction::Continue { forget_through: Seq(forget), send_from: Seq(from) }
    }

    #[test]
    fn every_row_of_the_table() {
        check(5, FrameResult::Applied, 2, 5, 5, go_on(5, 6));
        check(5, FrameResult::Applied, 2, 5, 3, go_on(3, 6));
        check(5, FrameResult::Duplicate, 2, 8, 8, go_on(8, 9));
        check(5, FrameResult::Applied, 2, 5, 7, go_on(5, 6));
        check(5, FrameResult::Gap, 2, 3, 3, go_on(3, 4));
        check(5, FrameResult::Gap, 2, 2, 2, HELLO);
        check(5, FrameResult::Fenced, 3, 0, 0, HELLO);
        check(5, FrameResult::UnknownEdge, 0, 0, 0, HELLO);
        check(5, FrameResult::Duplicate, 2, 12, 12, go_on(5, 6));
        check(8, FrameResult::Duplicate, 2, 12, 12, HELLO);
        check(5, FrameResult::Forked, 2, 8, 8, Reaction::SayHello(Rewrite::From(Seq(5))));
        check(5, FrameResult::Rejected, 2, 4, 4, Reaction::Quarantine(Seq(5)));
        check(5, FrameResult::Applied, 3, 5, 5, HELLO);
    }

    #[test]
    fn a_rewrite_drops_what_is_counted_alone() {
        assert!(!Rewrite::Uncounted.keeps(Seq(5), Seq(5)));
        assert!(Rewrite::Uncounted.keeps(Seq(6), Seq(5)));
        assert!(Rewrite::From(Seq(4)).keeps(Seq(4), Seq(9)));
        assert!(!Rewrite::From(Seq(4)).keeps(Seq(3), Seq(0)));
    }

    #[test]
    fn waits_grow_to_a_minute_and_are_spread() {
        let longest = |failures| backoff_ms(failures, 1.0);
        assert_eq!([1, 2, 3, 6, 7, 99].map(longest), [1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
        assert_eq!(backoff_ms(99, 0.5), 30_000);
        assert_eq!(backoff_ms(0, 0.0), 0);
    }
}

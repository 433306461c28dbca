//! What an answer to a frame asks of the edge.

use wire::frame::{Acknowledgement, FrameResult};
use wire::{Epoch, Seq};

/// A frame under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Epoch it is numbered in.
    pub epoch: Epoch,
    /// Its number.
    pub seq: Seq,
    /// It was the first frame held from here on: none is held in between.
    pub searched_from: Seq,
}

/// What an answer asks of the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// The frame is counted: go on with the next.
    Advance,
    /// All frames from this one on are not counted: send them.
    Rewind(Seq),
    /// Seal what is journaled, ask for a new epoch, and number all held frames anew in it.
    SayHello,
    /// Set the frame aside for a person to look at, then say hello for the rest.
    Quarantine,
}

/// Decides what to do after `sent` was answered.
///
/// | answer | reaction |
/// |---|---|
/// | applied, duplicate | go on with the next |
/// | gap, the missing frame is known not to be held | hello: the aggregator lost it, a new epoch closes the gap |
/// | any other gap | from the missing frame on; where that is not held either, its successor's gap will tell |
/// | fenced, unknown edge, an answer about another epoch | hello |
/// | forked | hello: this edge's storage went back in time |
/// | rejected | quarantine: a sealed frame never heals |
///
/// Only the frame that was sent is known to be the one that is counted under its number: should the storage have
/// gone back in time, the aggregator's later ones are others. So no answer moves the edge by more than one frame.
/// Nor is anything dropped on hello: of a replayed frame, the aggregator counts the events that it has not counted.
pub fn react(sent: &Sent, answer: &Acknowledgement) -> Reaction {
    let missing = answer.applied_through.next();
    match answer.result {
        FrameResult::Rejected => Reaction::Quarantine,
        FrameResult::Forked | FrameResult::Fenced | FrameResult::UnknownEdge => Reaction::SayHello,
        _ if answer.epoch != sent.epoch => Reaction::SayHello,
        FrameResult::Gap if sent.searched_from <= missing && missing < sent.seq => Reaction::SayHello,
        FrameResult::Gap => Reaction::Rewind(missing),
        FrameResult::Applied | FrameResult::Duplicate => Reaction::Advance,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(searched_from: u64, sent: u64, result: FrameResult, epoch: u64, applied: u64, expect: Reaction) {
        let answer = Acknowledgement {
            result,
            epoch: Epoch(epoch),
            applied_through: Seq(applied),
            settings_version: 0,
            stable_through: Seq(0),
            detail: None,
        };
        let sent = Sent { epoch: Epoch(2), seq: Seq(sent), searched_from: Seq(searched_from) };
        assert_eq!(react(&sent, &answer), expect, "{sent:?} {answer:?}");
    }

    #[test]
    fn every_row_of_the_table() {
        check(5, 5, FrameResult::Applied, 2, 5, Reaction::Advance);
        check(1, 5, FrameResult::Applied, 2, 5, Reaction::Advance);
        check(5, 5, FrameResult::Duplicate, 2, 12, Reaction::Advance);
        check(3, 5, FrameResult::Gap, 2, 2, Reaction::SayHello);
        check(3, 5, FrameResult::Gap, 2, 3, Reaction::SayHello);
        check(5, 5, FrameResult::Gap, 2, 2, Reaction::Rewind(Seq(3)));
        check(3, 5, FrameResult::Gap, 2, 1, Reaction::Rewind(Seq(2)));
        // It overtook the frame before it, which is counted meanwhile.
        check(5, 5, FrameResult::Gap, 2, 4, Reaction::Rewind(Seq(5)));
        check(5, 5, FrameResult::Fenced, 3, 0, Reaction::SayHello);
        check(5, 5, FrameResult::UnknownEdge, 0, 0, Reaction::SayHello);
        check(5, 5, FrameResult::Forked, 2, 8, Reaction::SayHello);
        check(5, 5, FrameResult::Rejected, 2, 4, Reaction::Quarantine);
        check(5, 5, FrameResult::Applied, 3, 5, Reaction::SayHello);
    }
}

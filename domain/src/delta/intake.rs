//! The aggregator's end: what a frame or a hello means against what is already counted.

use wire::frame::{Frame, FrameResult, Hello};
use wire::{Epoch, Id128, Seq};

/// How far one epoch of an edge is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The epoch.
    pub epoch: Epoch,
    /// Its last frame that is counted.
    pub applied_through: Seq,
}

/// Decides about a frame that is well-formed and signed.
///
/// * `mark`: the edge's newest epoch, if it ever said hello
/// * `hash`: of the frame as received; `counted`: of the frame counted under the same epoch and number, if still kept
///
/// | frame against the mark | result |
/// |---|---|
/// | no mark | unknown edge: the edge says hello |
/// | older epoch | fenced: the edge says hello and gets a new epoch |
/// | newer epoch than was handed out | fenced: this aggregator was set back; hello hands out a newer one |
/// | same epoch, seq = applied + 1 | applied |
/// | same epoch, seq ≤ applied, same hash or hash no longer kept | duplicate: acknowledged, no effect |
/// | same epoch, seq ≤ applied, other hash | forked: no effect, alarm |
/// | same epoch, seq > applied + 1 | gap: the edge rewinds to applied + 1 |
pub fn decide(mark: Option<Mark>, frame: &Frame, hash: Id128, counted: Option<Id128>) -> FrameResult {
    let Some(mark) = mark else { return FrameResult::UnknownEdge };
    if frame.epoch != mark.epoch {
        return FrameResult::Fenced;
    }
    if frame.seq == mark.applied_through.next() {
        return FrameResult::Applied;
    }
    if frame.seq > mark.applied_through {
        return FrameResult::Gap;
    }
    match counted {
        Some(counted) if counted != hash => FrameResult::Forked,
        _ => FrameResult::Duplicate,
    }
}

/// The epoch that answers a hello: above every epoch this edge may ever have used.
pub fn next_epoch(newest: Option<Mark>, hello: &Hello) -> Epoch {
    let used = newest.map(|mark| mark.epoch).max(hello.epoch).unwrap_or_default();
    Epoch(used.0.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: Id128 = Id128([1; 16]);
    const OTHER: Id128 = Id128([2; 16]);

    fn check(mark: Option<(u64, u64)>, frame: (u64, u64), counted: Option<Id128>, expect: FrameResult) {
        let mark = mark.map(|(epoch, seq)| Mark { epoch: Epoch(epoch), applied_through: Seq(seq) });
        let frame = Frame {
            wire_version: 1,
            edge_id: Id128::default(),
            epoch: Epoch(frame.0),
            seq: Seq(frame.1),
            site: String::new(),
            shard: 0,
            rows: Vec::new(),
            events: Vec::new(),
            event_count: 0,
            id_checksum: Id128::default(),
            outcomes: Vec::new(),
            replayed: false,
            born: None,
            sealed_through_ms: 0,
        };
        assert_eq!(decide(mark, &frame, HASH, counted), expect);
    }

    #[test]
    fn every_row_of_the_table() {
        check(None, (1, 1), None, FrameResult::UnknownEdge);
        check(Some((2, 5)), (1, 6), None, FrameResult::Fenced);
        check(Some((2, 5)), (3, 1), None, FrameResult::Fenced);
        check(Some((2, 5)), (2, 6), None, FrameResult::Applied);
        check(Some((2, 0)), (2, 1), None, FrameResult::Applied);
        check(Some((2, 5)), (2, 5), Some(HASH), FrameResult::Duplicate);
        check(Some((2, 5)), (2, 1), None, FrameResult::Duplicate);
        check(Some((2, 5)), (2, 5), Some(OTHER), FrameResult::Forked);
        check(Some((2, 5)), (2, 7), None, FrameResult::Gap);
        check(Some((2, 0)), (2, u64::MAX), None, FrameResult::Gap);
    }

    #[test]
    fn epochs_only_grow() {
        let hello = |epoch: Option<u64>| Hello {
            wire_version: 1,
            edge_id: Id128::default(),
            site: String::new(),
            shard: 0,
            epoch: epoch.map(Epoch),
        };
        let mark = |epoch| Some(Mark { epoch: Epoch(epoch), applied_through: Seq(3) });
        assert_eq!(next_epoch(None, &hello(None)), Epoch(1));
        assert_eq!(next_epoch(mark(4), &hello(None)), Epoch(5));
        assert_eq!(next_epoch(mark(4), &hello(Some(4))), Epoch(5));
        assert_eq!(next_epoch(mark(4), &hello(Some(9))), Epoch(10));
    }
}

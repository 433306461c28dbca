//! The aggregator's end: what a frame or a hello means against what is already counted.

use wire::frame::{Acknowledgement, Frame, FrameResult, Hello};
use wire::{Epoch, Id128, Seq};

use super::edge::{SEAL_DELAY_MS, WINDOW};
use crate::window::{DAY_MS, MINUTE_MS};

/// How long something that was counted may come again under another number: Cloudflare sets an object back by 30 days at
/// most (point-in-time recovery of Durable Objects), and one that was set back has 5 days to deliver what it has.
pub const COMES_AGAIN_MS: u64 = (30 + 5) * DAY_MS;

/// How far one epoch of an edge is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The epoch.
    pub epoch: Epoch,
    /// Its last frame that is counted.
    pub applied_through: Seq,
}

/// How long an edge that sends nothing may still have something to send: it seals a second after it gets an event, and
/// tries again for some minutes where the way is broken. One that is silent for longer is taken for one that has nothing;
/// a frame does not say whether it is its edge's last, so one that is cut off for longer looks the same.
pub const SILENCE_MAX_MS: u64 = 5 * MINUTE_MS;

/// From an edge's getting an event to its being counted, where nothing is in the way: [`SEAL_DELAY_MS`] until it is sealed,
/// and as long as that thrice more for writing, the way, and counting.
pub const DELIVERY_MS: u64 = 4 * SEAL_DELAY_MS;

/// What becomes of a frame: to be written in one transaction, and acknowledged after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What the edge is told.
    pub result: FrameResult,
    /// Where the edge's newest epoch stands then; none if it never said hello.
    pub mark: Option<Mark>,
    /// What is written.
    pub effect: Effect,
}

/// What a frame changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// The mark moves; the frame is logged and its rows are added.
    Count,
    /// The mark moves; those of the frame's events that are not counted yet ([`search_from_ms`]) are logged and
    /// added ([`crate::seal::news`]).
    CountNews,
    /// The frame is kept for a person to look at.
    SetAside,
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
/// | same epoch, seq = applied + 1 | applied: counted, of a replayed frame what is news |
/// | same epoch, seq ≤ applied, same hash or hash no longer kept | duplicate: acknowledged, no effect |
/// | same epoch, seq ≤ applied, other hash | forked: set aside, alarm |
/// | same epoch, seq > applied + 1 | gap: the edge rewinds to applied + 1 |
pub fn judge(mark: Option<Mark>, frame: &Frame, hash: Id128, counted: Option<Id128>) -> Verdict {
    let result = decide(mark, frame, hash, counted);
    let moved = Mark { epoch: frame.epoch, applied_through: frame.seq };
    match result {
        FrameResult::Applied if frame.replayed => Verdict { result, mark: Some(moved), effect: Effect::CountNews },
        FrameResult::Applied => Verdict { result, mark: Some(moved), effect: Effect::Count },
        FrameResult::Forked => Verdict { result, mark, effect: Effect::SetAside },
        _ => Verdict { result, mark, effect: Effect::None },
    }
}

fn decide(mark: Option<Mark>, frame: &Frame, hash: Id128, counted: Option<Id128>) -> FrameResult {
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

/// What an edge is told, once the verdict is durable.
///
/// * `mark`: the edge's newest epoch
/// * `kept`: the edge's newest epoch in the last backup; equal to `mark` where nothing outlives the disk, so that
///   what is applied is as stable as it gets
pub fn acknowledge(
    result: FrameResult,
    mark: Option<Mark>,
    kept: Option<Mark>,
    detail: Option<String>,
) -> Acknowledgement {
    let Mark { epoch, applied_through } = mark.unwrap_or_default();
    let kept_through = kept.filter(|kept| kept.epoch == epoch).map(|kept| kept.applied_through).unwrap_or_default();
    let stable_through = kept_through.min(applied_through);
    Acknowledgement { result, epoch, applied_through, settings_version: 0, stable_through, detail }
}

/// Before when everything that a site's edges got is counted, as far as that can be known. It goes back when an edge brings
/// what it could not deliver before.
///
/// * `sealed_through_ms`: the least of what edges sealed that were heard of within [`SILENCE_MAX_MS`]; none when none was
pub fn watermark_ms(sealed_through_ms: Option<u64>, now_ms: u64) -> u64 {
    let delivered_ms = now_ms.saturating_sub(DELIVERY_MS);
    sealed_through_ms.unwrap_or(delivered_ms).min(delivered_ms)
}

/// The last frame of an epoch of which its edge has read the answer, for certain: no more than [`WINDOW`] are under way
/// without one. None where that may be none.
///
/// * `applied_through`: the epoch's last frame that is counted
pub fn last_answered(applied_through: Seq) -> Option<Seq> {
    applied_through.0.checked_sub(WINDOW as u64).filter(|seq| *seq > 0).map(Seq)
}

/// Whether an edge knows that its frame is counted, so that it comes no more unless the edge is set back. Of a frame for
/// which this holds, and longer ago than [`COMES_AGAIN_MS`], nothing but the mark needs to be kept: under its own number it
/// is a duplicate by that. The frame that was answered last stays, to tell when that was.
pub fn is_known_to_edge(applied_through: Seq, seq: Seq) -> bool {
    last_answered(applied_through).is_some_and(|answered| seq < answered)
}

/// Under which time a counted frame is logged: the aggregator's, and not before any of its events. The clocks of
/// edge and aggregator may differ, now or when an event happened; this orders frame and events all the same.
///
/// `minutes`: starts of those that its rows are of
pub fn logged_at_ms(minutes: impl IntoIterator<Item = u64>, now_ms: u64) -> u64 {
    minutes.into_iter().map(|start_ms| start_ms.saturating_add(MINUTE_MS)).fold(now_ms, u64::max)
}

/// From when on the log is searched for the events of a replayed frame.
pub fn search_from_ms(frame: &Frame) -> u64 {
    frame.events.iter().map(|event| event.at_ms).min().unwrap_or(u64::MAX)
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
        let verdict = judge(mark, &frame, HASH, counted);
        assert_eq!(verdict.result, expect);
        let (moved, effect) = match expect {
            FrameResult::Applied => {
                let replayed = Frame { replayed: true, ..frame.clone() };
                assert_eq!(judge(mark, &replayed, HASH, counted).effect, Effect::CountNews);
                (Some(Mark { epoch: frame.epoch, applied_through: frame.seq }), Effect::Count)
            }
            FrameResult::Forked => (mark, Effect::SetAside),
            _ => (mark, Effect::None),
        };
        assert_eq!((verdict.mark, verdict.effect), (moved, effect));
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
    fn only_what_a_backup_holds_is_stable() {
        let mark = |epoch, seq| Some(Mark { epoch: Epoch(epoch), applied_through: Seq(seq) });
        let stable = |kept| acknowledge(FrameResult::Applied, mark(2, 5), kept, None).stable_through.0;
        assert_eq!([mark(2, 5), mark(2, 3), mark(1, 9), mark(2, 9), None].map(stable), [5, 3, 0, 5, 0]);
        let unknown = acknowledge(FrameResult::UnknownEdge, None, None, None);
        assert_eq!((unknown.epoch, unknown.applied_through, unknown.stable_through), (Epoch(0), Seq(0), Seq(0)));
    }

    #[test]
    fn what_may_be_under_way_is_not_forgotten() {
        let window = WINDOW as u64;
        assert_eq!(
            [0, 1, window, window + 1, 100].map(|seq| last_answered(Seq(seq))),
            [None, None, None, Some(Seq(1)), Some(Seq(100 - window))]
        );
        assert!(is_known_to_edge(Seq(100), Seq(99 - window)) && !is_known_to_edge(Seq(100), Seq(100 - window)));
        assert!(!is_known_to_edge(Seq(window), Seq(0)) && !is_known_to_edge(Seq(window + 1), Seq(1)));
        // Known or not, what is at or below the mark counts no second time.
        check(Some((2, 100)), (2, 99 - window), None, FrameResult::Duplicate);
    }

    #[test]
    fn the_watermark_is_that_of_the_last_edge_and_never_now() {
        let now_ms = 600_000;
        let due = now_ms - DELIVERY_MS;
        // An edge's clock may be ahead.
        let cases = [(None, due), (Some(now_ms), due), (Some(now_ms + 9), due), (Some(due - 1), due - 1), (Some(0), 0)];
        for (sealed_through_ms, expect) in cases {
            assert_eq!(watermark_ms(sealed_through_ms, now_ms), expect, "{sealed_through_ms:?}");
        }
        assert_eq!(watermark_ms(None, 1), 0);
    }

    #[test]
    fn no_event_is_logged_before_it_happened() {
        assert_eq!(logged_at_ms([0, MINUTE_MS], 500_000), 500_000);
        assert_eq!(logged_at_ms([60 * MINUTE_MS, 0], 500_000), 61 * MINUTE_MS);
        assert_eq!(logged_at_ms([], 500_000), 500_000);
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

//! What the aggregator reads: frames, hellos and sketches of edges, questions of people.

use std::collections::BTreeSet;

use domain::query::{Ask, Circumstances, Route, Tally, plan};
use domain::seal;
use domain::sketch::Sketch;
use wire::frame::{Frame, Hello, WIRE_VERSION};
use wire::limits::{
    FRAME_EVENTS_MAX, FRAME_ROWS_MAX, QUERY_BUCKETS_MAX, QUERY_BYTES_MAX, QUERY_LIMIT_MAX, VALUE_BYTES_MAX,
};
use wire::query::Query;
use wire::site::Settings;
use wire::{Epoch, Seq};

/// When questions are asked.
const NOW: u64 = 1_770_028_230_000; // 2026-02-02T10:30:30Z

/// A frame that decodes is the same when written and read again; one that agrees with itself is within its limits,
/// and the part of any frame that is news agrees with itself too.
pub fn frame(bytes: &[u8]) -> bool {
    let Ok(frame) = Frame::decode(bytes) else { return false };
    let written = frame.encode().expect("a frame can be written");
    let read = Frame::decode(&written);
    assert!(read.is_ok() || written.len() > bytes.len(), "a written frame is refused: {read:?}");
    if let Ok(read) = read {
        assert_eq!(read.encode().ok(), Some(written));
    }
    if let Ok(rollups) = seal::rollups(&frame) {
        assert_eq!(rollups.len(), frame.rows.len());
        assert!(rollups.len() <= FRAME_ROWS_MAX && frame.events.len() <= FRAME_EVENTS_MAX);
        assert!(frame.rows.iter().all(|row| row.value.len() <= VALUE_BYTES_MAX));
    }
    if let Ok(again) = seal::renumber(bytes, Epoch(3), Seq(9)) {
        let again = Frame::decode(&again.bytes).expect("a renumbered frame can be read");
        assert!((again.epoch, again.seq, again.replayed) == (Epoch(3), Seq(9), true));
    }
    let counted: BTreeSet<_> = frame.events.iter().step_by(2).map(|event| event.id).collect();
    let is_folded = !counted.is_empty();
    let news = seal::news(frame, &counted, &Settings::default());
    assert!(news.events.iter().all(|event| !counted.contains(&event.id)));
    // Folded anew, it agrees with itself, whatever the frame said; only what is too much or too long does not.
    let news = Frame { wire_version: WIRE_VERSION, seq: Seq(1), ..news };
    if is_folded && news.rows.len() <= FRAME_ROWS_MAX && news.rows.iter().all(|row| row.value.len() <= VALUE_BYTES_MAX)
    {
        let rollups = seal::rollups(&news).expect("news agrees with itself");
        assert_eq!(rollups.len(), news.rows.len());
    }
    true
}

/// A hello that decodes is the same when written and read again.
pub fn hello(bytes: &[u8]) -> bool {
    let Ok(hello) = rmp_serde::from_slice::<Hello>(bytes) else { return false };
    let written = rmp_serde::to_vec_named(&hello).expect("a hello can be written");
    assert_eq!(rmp_serde::from_slice::<Hello>(&written).ok(), Some(hello));
    true
}

/// Only what [`Sketch::encode`] writes is a sketch; it merges with itself to itself, and counts to a number.
pub fn sketch(bytes: &[u8]) -> bool {
    let Ok(sketch) = Sketch::decode(bytes) else { return false };
    assert_eq!(sketch.encode(), bytes);
    let mut twice = sketch.clone();
    twice.merge(&sketch);
    assert!(twice == sketch);
    assert_eq!(sketch.count() == 0, sketch.is_empty());
    true
}

/// A question that is planned stays within every limit, and is the same when written and read again.
pub fn query(bytes: &[u8]) -> bool {
    let bytes = bytes.get(..QUERY_BYTES_MAX).unwrap_or(bytes);
    let Ok(query) = serde_json::from_slice::<Query>(bytes) else { return false };
    let written = serde_json::to_vec(&query).expect("a query can be written");
    assert_eq!(serde_json::from_slice::<Query>(&written).ok().as_ref(), Some(&query));
    let settings = Settings::default();
    let around = Circumstances { events_from_ms: Some(NOW - 86_400_000), ..Circumstances::at(NOW, &settings) };
    let Ok(plan) = plan(&query, &settings, &around) else { return false };
    for Ask { question, route } in plan.asks() {
        assert!(question.start_ms < question.end_ms && (1..=QUERY_LIMIT_MAX).contains(&question.limit));
        assert!(question.order.iter().all(|(column, _)| *column < question.columns().len()));
        let Route::Rollup { pieces, .. } = route else { continue };
        let ends = pieces.pieces.iter().map(|piece| piece.end_ms);
        assert!(ends.zip(pieces.pieces.iter().skip(1)).all(|(end_ms, next)| next.start_ms == end_ms));
        for piece in &pieces.pieces {
            let window_ms = piece.granularity.length_ms();
            assert!(piece.start_ms.is_multiple_of(window_ms) && piece.end_ms.is_multiple_of(window_ms));
        }
    }
    let tally = |_: &Ask| Ok::<_, ()>(Tally::default());
    let now = plan.now.try_map(tally).expect("nothing fails");
    let then = plan.then.as_ref().map(|then| then.asks.try_map(tally).expect("nothing fails"));
    let told = plan.answer(now, then).expect("no sketch is damaged");
    assert!(told.rows.len() <= QUERY_LIMIT_MAX && told.total_rows as i64 <= QUERY_BUCKETS_MAX + 1);
    true
}

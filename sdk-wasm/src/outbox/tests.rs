//! One test per row of the table in the module's documentation, and the bounds.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Outbox;
use crate::backoff::ATTEMPTS_MAX;
use crate::limits::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX, HELD_BYTES_MAX};
use crate::random::Random;

/// Bytes of a body beside its events, with the room that limits.rs takes for it.
const ENVELOPE_BYTES_MAX: usize = 1024;

fn outbox() -> Outbox {
    let mut outbox = Outbox::new();
    outbox.random = Random::new([1, 2, 3, 4]);
    outbox.share(r#""tracking_id":"UA-1-1","sdk":"test/1""#);
    outbox
}

fn event(name: &str, bytes: usize) -> String {
    format!(r#"{{"event_type":"{name}","filling":"{}"}}"#, "x".repeat(bytes))
}

/// An outbox that was offered `count` events of some `bytes` bytes at time 0; the n-th is named n.
fn filled(count: usize, bytes: usize) -> Outbox {
    let mut outbox = outbox();
    for number in 0..count {
        outbox.offer(&event(&number.to_string(), bytes), 0.0);
    }
    outbox
}

fn parsed(body: &str) -> Value {
    serde_json::from_str(body).expect("JSON")
}

/// The id of a body's batch, and the names of its events.
fn read(body: &str) -> (String, Vec<String>) {
    let body = parsed(body);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let events = body["events"].as_array().expect("events").iter().map(|event| text(&event["event_type"])).collect();
    (text(&body["batch_id"]), events)
}

#[test]
fn the_first_event_waits_five_seconds() {
    let mut outbox = outbox();
    assert_eq!(outbox.due_at_ms(), f64::INFINITY);
    outbox.offer(&event("a", 0), 1000.0);
    outbox.offer(&event("b", 0), 1400.0);
    assert_eq!(outbox.due_at_ms(), 6000.0);
    assert_eq!(outbox.take_due(5999.0), "");
    assert_eq!(read(&outbox.take_due(6000.0)).1, ["a", "b"]);
}

#[test]
fn twenty_events_do_not_wait() {
    assert_eq!(filled(19, 1).take_due(0.0), "");
    assert_eq!(read(&filled(20, 1).take_due(0.0)).1.len(), 20);
}

#[test]
fn nothing_waits_that_is_flushed_but_for_what_the_server_asked() {
    let mut outbox = filled(1, 1);
    outbox.flush();
    assert_ne!(outbox.take_due(0.0), "");
    outbox.settle(503, 7.0, 0.0);
    outbox.flush();
    assert_eq!(outbox.due_at_ms(), 7000.0);
    assert_ne!(outbox.take_due(7000.0), "");
    outbox.settle(0, 0.0, 8000.0);
    outbox.flush();
    assert_eq!(outbox.due_at_ms(), 8000.0);
}

#[test]
fn one_request_at_a_time() {
    let mut outbox = filled(20, 1);
    assert_ne!(outbox.take_due(0.0), "");
    for _ in 0..40 {
        outbox.offer(&event("more", 1), 1.0);
    }
    assert_eq!(outbox.due_at_ms(), f64::INFINITY);
    assert_eq!(outbox.take_due(1e9), "");
}

#[test]
fn final_answers_end_a_batch_and_the_next_goes_at_once() {
    for status in [200, 202, 204, 400, 401, 403, 404, 413, 422, 499] {
        let mut outbox = filled(20, 1);
        assert_ne!(outbox.take_due(0.0), "");
        (0..20).for_each(|_| assert!(outbox.offer(&event("next", 1), 1.0)));
        outbox.settle(status, 0.0, 600.0);
        assert_eq!(read(&outbox.take_due(600.0)).1, ["next"; 20], "{status}");
        outbox.settle(204, 0.0, 700.0);
        assert_eq!((outbox.due_at_ms(), outbox.save().as_str()), (f64::INFINITY, ""));
    }
}

#[test]
fn other_answers_repeat_the_same_batch_later() {
    for (status, retry_after_s) in [(0, 0.0), (429, 7.0), (500, 0.0), (503, 2.0)] {
        let mut outbox = filled(20, 1);
        let first = outbox.take_due(0.0);
        outbox.offer(&event("next", 1), 1.0);
        outbox.settle(status, retry_after_s, 100.0);
        let earliest_ms = 100.0 + retry_after_s * 1000.0;
        assert!((earliest_ms..=earliest_ms + 1000.0).contains(&outbox.due_at_ms()), "{status}");
        assert_eq!(outbox.take_due(earliest_ms - 1.0), "");
        let (mut first, mut second) = (parsed(&first), parsed(&outbox.take_due(1e6)));
        assert_eq!((first["sent_at_ms"].take(), second["sent_at_ms"].take()), (0.into(), 1_000_000.into()));
        assert_eq!(first, second, "{status}");
    }
}

#[test]
fn attempts_are_bounded() {
    let mut outbox = filled(20, 1);
    for attempt in 1..=ATTEMPTS_MAX {
        assert_ne!(outbox.take_due(1e12), "", "{attempt}");
        outbox.settle(0, 0.0, 0.0);
    }
    assert_eq!(outbox.due_at_ms(), f64::INFINITY);
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut outbox = outbox();
    assert!(!outbox.offer(&event("huge", BATCH_BYTES_MAX), 0.0));
    let taken = (0..100).filter(|_| outbox.offer(&event("large", 4096), 0.0)).count();
    assert!((55..=HELD_BYTES_MAX / 4096).contains(&taken), "{taken}");
    assert!(outbox.save().len() <= HELD_BYTES_MAX + ENVELOPE_BYTES_MAX);
}

#[test]
fn batches_are_small_enough_for_the_edge_and_for_a_page_that_leaves() {
    let mut outbox = filled(3 * BATCH_EVENTS_MAX, 100);
    let bodies: Vec<String> = (0..).map(|at| outbox.leave(at, 0.0)).take_while(|body| !body.is_empty()).collect();
    assert!(bodies.len() > 2);
    for body in &bodies {
        assert!(body.len() <= BATCH_BYTES_MAX + ENVELOPE_BYTES_MAX && body.len() < 60 * 1024 + 100);
        assert!(read(body).1.len() <= BATCH_EVENTS_MAX);
    }
    // Small ones are bounded by their number.
    let mut outbox = outbox_of(BATCH_EVENTS_MAX + 1);
    assert_eq!(read(&outbox.leave(0, 0.0)).1.len(), BATCH_EVENTS_MAX);
}

/// The smallest events there are.
fn outbox_of(count: usize) -> Outbox {
    let mut outbox = outbox();
    (0..count).for_each(|_| assert!(outbox.offer(r#"{"event_type":"e"}"#, 0.0)));
    outbox
}

#[test]
fn leaving_skips_what_is_in_flight_and_keeps_what_is_not_taken() {
    let mut outbox = filled(60, 2048);
    let (in_flight, _) = read(&outbox.take_due(0.0));
    let ids = |outbox: &mut Outbox| -> Vec<String> {
        let bodies = (0..).map(|at| outbox.leave(at, 0.0)).take_while(|body| !body.is_empty());
        bodies.map(|body| read(&body).0).collect()
    };
    let left = ids(&mut outbox);
    assert_eq!((left.len(), left.contains(&in_flight)), (2, false));
    outbox.taken(0);
    assert_eq!(ids(&mut outbox), left[1..]);
    outbox.settle(204, 0.0, 0.0);
    assert_eq!(read(&outbox.take_due(0.0)).0, left[1]);
}

#[test]
fn what_is_saved_goes_on_in_another_page() {
    let mut first = filled(45, 2048);
    let (in_flight, _) = read(&first.take_due(0.0));
    let saved = first.save();
    let mut second = outbox();
    second.random = Random::new([5, 6, 7, 8]);
    second.restore(&saved);
    let mut ids = vec![];
    let mut names = BTreeSet::new();
    loop {
        let body = second.take_due(0.0);
        if body.is_empty() {
            break;
        }
        let (id, events) = read(&body);
        ids.push(id);
        names.extend(events);
        second.settle(204, 0.0, 0.0);
    }
    assert_eq!((ids.first(), names.len()), (Some(&in_flight), 45));
    // The first page goes on adding to its last batch, which is why that has another id.
    first.offer(&event("later", 1), 0.0);
    let last = (0..).map(|at| first.leave(at, 0.0)).take_while(|body| !body.is_empty()).last().expect("a batch");
    assert!(!ids.contains(&read(&last).0));
    let last = parsed(&last)["events"][0]["event_id"].clone();
    assert!(saved.contains(last.as_str().expect("an id")), "the event's own id stays");
}

#[test]
fn what_was_saved_is_bounded_and_may_be_anything() {
    let mut outbox = outbox();
    outbox.restore("one line without an end");
    assert_eq!(outbox.due_at_ms(), f64::INFINITY);
    outbox.restore(&format!("{}\n{}\n", "x".repeat(HELD_BYTES_MAX + 1), "y".repeat(HELD_BYTES_MAX)));
    assert!(outbox.save().starts_with('y'));
    outbox.restore("z\n");
    assert!(!outbox.save().contains('z'));
}

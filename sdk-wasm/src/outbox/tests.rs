//! One test per row of the table in the module's documentation, and the bounds.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Outbox;
use crate::backoff::ATTEMPTS_MAX;
use crate::limits::{
    BATCH_BYTES_MAX, BATCH_EVENTS_MAX, ENVELOPE_BYTES_MAX, HELD_BYTES_MAX, INPUT_BYTES, INPUT_BYTES_MAX,
};
use crate::random::Random;

fn outbox() -> Box<Outbox> {
    let mut outbox = Box::new(Outbox::new());
    outbox.random = Random::new([1, 2, 3, 4]);
    let bytes = put(&mut outbox, r#"{"tracking_id":"UA-1-1","sdk":"test/1","events":["#);
    outbox.share(bytes);
    outbox
}

/// Puts a text in as a page does: what does not fit is cut.
fn put(outbox: &mut Outbox, text: &str) -> usize {
    let bytes = text.len().min(INPUT_BYTES);
    outbox.input[..bytes].copy_from_slice(&text.as_bytes()[..bytes]);
    bytes
}

fn offer(outbox: &mut Outbox, event: &str, now_ms: f64) -> bool {
    let bytes = put(outbox, event);
    outbox.offer(bytes, now_ms)
}

/// The body that is sent at a time, if one is due.
fn take_due(outbox: &mut Outbox, now_ms: f64) -> String {
    if outbox.due_at_ms() > now_ms {
        return String::new();
    }
    let bytes = put(outbox, &ending(now_ms));
    String::from_utf8(outbox.take_due(bytes).to_vec()).expect("UTF-8")
}

fn ending(now_ms: f64) -> String {
    format!(",\"sent_at_ms\":{now_ms}}}")
}

/// The places and bodies of all that goes when a page is left.
fn leave(outbox: &mut Outbox) -> Vec<(usize, usize, String)> {
    let mut left = vec![];
    let mut start = outbox.leave();
    loop {
        let end = outbox.line_end(start);
        if end == start {
            return left;
        }
        let bytes = put(outbox, &ending(0.0));
        left.push((start, end, String::from_utf8(outbox.body(start, end, bytes).to_vec()).expect("UTF-8")));
        start = end;
    }
}

fn save(outbox: &mut Outbox) -> String {
    String::from_utf8(outbox.save().to_vec()).expect("UTF-8")
}

fn restore(outbox: &mut Outbox, saved: &str) {
    for batch in saved.lines() {
        let bytes = put(outbox, batch);
        outbox.restore(bytes);
    }
}

fn event(name: &str, bytes: usize) -> String {
    format!(r#"{{"event_type":"{name}","filling":"{}"}}"#, "x".repeat(bytes))
}

/// An outbox that was offered `count` events of some `bytes` bytes at time 0; the n-th is named n.
fn filled(count: usize, bytes: usize) -> Box<Outbox> {
    let mut outbox = outbox();
    for number in 0..count {
        offer(&mut outbox, &event(&number.to_string(), bytes), 0.0);
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
    offer(&mut outbox, &event("a", 0), 1000.0);
    offer(&mut outbox, &event("b", 0), 1400.0);
    assert_eq!(outbox.due_at_ms(), 6000.0);
    assert_eq!(take_due(&mut outbox, 5999.0), "");
    assert_eq!(read(&take_due(&mut outbox, 6000.0)).1, ["a", "b"]);
}

#[test]
fn twenty_events_do_not_wait() {
    assert_eq!(take_due(&mut filled(19, 1), 0.0), "");
    assert_eq!(read(&take_due(&mut filled(20, 1), 0.0)).1.len(), 20);
}

#[test]
fn nothing_waits_that_is_flushed_but_for_what_the_server_asked() {
    let mut outbox = filled(1, 1);
    outbox.flush();
    assert_ne!(take_due(&mut outbox, 0.0), "");
    outbox.settle(503, 7.0, 0.0);
    outbox.flush();
    assert_eq!(outbox.due_at_ms(), 7000.0);
    assert_ne!(take_due(&mut outbox, 7000.0), "");
    outbox.settle(0, 0.0, 8000.0);
    outbox.flush();
    assert_eq!(outbox.due_at_ms(), 8000.0);
}

#[test]
fn one_request_at_a_time() {
    let mut outbox = filled(20, 1);
    assert_ne!(take_due(&mut outbox, 0.0), "");
    for _ in 0..40 {
        offer(&mut outbox, &event("more", 1), 1.0);
    }
    assert_eq!(outbox.due_at_ms(), f64::INFINITY);
    assert_eq!(take_due(&mut outbox, 1e9), "");
}

#[test]
fn final_answers_end_a_batch_and_the_next_goes_at_once() {
    for status in [200, 202, 204, 400, 401, 403, 404, 413, 422, 499] {
        let mut outbox = filled(20, 1);
        assert_ne!(take_due(&mut outbox, 0.0), "");
        (0..20).for_each(|_| assert!(offer(&mut outbox, &event("next", 1), 1.0)));
        outbox.settle(status, 0.0, 600.0);
        assert_eq!(read(&take_due(&mut outbox, 600.0)).1, ["next"; 20], "{status}");
        outbox.settle(204, 0.0, 700.0);
        assert_eq!((outbox.due_at_ms(), save(&mut outbox).as_str()), (f64::INFINITY, ""));
    }
}

#[test]
fn other_answers_repeat_the_same_batch_later() {
    for (status, retry_after_s) in [(0, 0.0), (429, 7.0), (500, 0.0), (503, 2.0)] {
        let mut outbox = filled(20, 1);
        let first = take_due(&mut outbox, 0.0);
        offer(&mut outbox, &event("next", 1), 1.0);
        outbox.settle(status, retry_after_s, 100.0);
        let earliest_ms = 100.0 + retry_after_s * 1000.0;
        assert!((earliest_ms..=earliest_ms + 1000.0).contains(&outbox.due_at_ms()), "{status}");
        assert_eq!(take_due(&mut outbox, earliest_ms - 1.0), "");
        let (mut first, mut second) = (parsed(&first), parsed(&take_due(&mut outbox, 1e6)));
        assert_eq!((first["sent_at_ms"].take(), second["sent_at_ms"].take()), (0.into(), 1_000_000.into()));
        assert_eq!(first, second, "{status}");
    }
}

#[test]
fn attempts_are_bounded() {
    let mut outbox = filled(20, 1);
    for attempt in 1..=ATTEMPTS_MAX {
        assert_ne!(take_due(&mut outbox, 1e12), "", "{attempt}");
        outbox.settle(0, 0.0, 0.0);
    }
    assert_eq!(outbox.due_at_ms(), f64::INFINITY);
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut outbox = outbox();
    assert!(!offer(&mut outbox, &event("huge", BATCH_BYTES_MAX), 0.0));
    let taken = (0..100).filter(|_| offer(&mut outbox, &event("large", 4096), 0.0)).count();
    assert!((55..=HELD_BYTES_MAX / 4096).contains(&taken), "{taken}");
    assert!(save(&mut outbox).len() <= HELD_BYTES_MAX + ENVELOPE_BYTES_MAX);
}

#[test]
fn batches_are_small_enough_for_the_edge_and_for_a_page_that_leaves() {
    let bodies = leave(&mut filled(3 * BATCH_EVENTS_MAX as usize, 100));
    assert!(bodies.len() > 2);
    for (_, _, body) in &bodies {
        assert!(body.len() <= BATCH_BYTES_MAX + ENVELOPE_BYTES_MAX && body.len() < 60 * 1024 + 100);
        assert!(read(body).1.len() <= BATCH_EVENTS_MAX as usize);
    }
    // Small ones are bounded by their number.
    let bodies = leave(&mut smallest(BATCH_EVENTS_MAX + 1));
    assert_eq!(bodies.iter().map(|(_, _, body)| read(body).1.len() as u32).collect::<Vec<_>>(), [BATCH_EVENTS_MAX, 1]);
}

/// The smallest events there are.
fn smallest(count: u32) -> Box<Outbox> {
    let mut outbox = outbox();
    (0..count).for_each(|_| assert!(offer(&mut outbox, r#"{"event_type":"e"}"#, 0.0)));
    outbox
}

#[test]
fn leaving_skips_what_is_in_flight_and_keeps_what_is_not_taken() {
    let mut outbox = filled(60, 2048);
    let (in_flight, _) = read(&take_due(&mut outbox, 0.0));
    let ids = |outbox: &mut Outbox| -> Vec<String> { leave(outbox).iter().map(|(_, _, body)| read(body).0).collect() };
    let left = ids(&mut outbox);
    assert_eq!((left.len(), left.contains(&in_flight)), (2, false));
    let (start, end, _) = leave(&mut outbox)[0];
    outbox.taken(start, end);
    assert_eq!(ids(&mut outbox), left[1..]);
    outbox.settle(204, 0.0, 0.0);
    assert_eq!(read(&take_due(&mut outbox, 0.0)).0, left[1]);
}

#[test]
fn what_is_saved_goes_on_in_another_page() {
    let mut first = filled(45, 2048);
    let (in_flight, _) = read(&take_due(&mut first, 0.0));
    let saved = save(&mut first);
    let mut second = outbox();
    second.random = Random::new([5, 6, 7, 8]);
    restore(&mut second, &saved);
    let mut ids = vec![];
    let mut names = BTreeSet::new();
    loop {
        let body = take_due(&mut second, 0.0);
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
    offer(&mut first, &event("later", 1), 0.0);
    let (_, _, last) = leave(&mut first).pop().expect("a batch");
    assert!(!ids.contains(&read(&last).0));
    let last = parsed(&last)["events"][0]["event_id"].clone();
    assert!(saved.contains(last.as_str().expect("an id")), "the event's own id stays");
}

#[test]
fn what_was_saved_is_bounded_and_may_be_anything() {
    let mut outbox = outbox();
    restore(&mut outbox, &"x".repeat(INPUT_BYTES_MAX + 1));
    restore(&mut outbox, &"x".repeat(2 * INPUT_BYTES));
    assert_eq!(outbox.due_at_ms(), f64::INFINITY);
    restore(&mut outbox, &vec!["y".repeat(INPUT_BYTES_MAX); 5].join("\n"));
    assert_eq!(save(&mut outbox).lines().count(), HELD_BYTES_MAX / INPUT_BYTES_MAX);
    assert!(!offer(&mut outbox, &event("no room", 20_000), 0.0));
    while outbox.due_at_ms() <= 0.0 {
        assert_eq!(take_due(&mut outbox, 0.0).len(), INPUT_BYTES_MAX + ending(0.0).len());
        outbox.settle(400, 0.0, 0.0);
    }
    assert_eq!(save(&mut outbox), "");
}

#[test]
fn the_largest_batch_has_room() {
    let mut outbox = outbox();
    let envelope = "e".repeat(ENVELOPE_BYTES_MAX);
    let bytes = put(&mut outbox, &envelope);
    outbox.share(bytes);
    assert!(offer(&mut outbox, &"x".repeat(BATCH_BYTES_MAX), 0.0));
    let saved = save(&mut outbox);
    assert!(
        saved.starts_with(&envelope) && saved.ends_with("\"\n") && saved.len() <= INPUT_BYTES_MAX,
        "{}",
        saved.len()
    );
    let body = take_due(&mut outbox, 5000.0);
    assert!(body.ends_with(&ending(5000.0)), "{}", body.len());
    restore(&mut outbox, &saved);
    assert_eq!(save(&mut outbox).lines().count(), 2);
}

//! One test per row of the table in the module's documentation, and the bounds.

use super::{Answer, Outbox};
use crate::backoff::ATTEMPTS_MAX;
use crate::batch::Batch;
use crate::id::{ID_BYTES, Id};
use crate::limits::{BATCH_BYTES_MAX, HELD_BYTES_MAX, HELD_EVENTS_MAX};

const AGAIN: Answer = Answer::Again { asked_ms: 0.0 };

fn id(number: u8) -> Id {
    Id::new([number; ID_BYTES])
}

/// An outbox that was offered `count` events of `bytes` bytes at time 0; the n-th consists of n.
fn filled(count: usize, bytes: usize) -> Outbox {
    let mut outbox = Outbox::new();
    for number in 0..count {
        outbox.offer(id(number as u8), &vec![number as u8; bytes], 0.0);
    }
    outbox
}

#[test]
fn the_first_event_waits_half_a_second() {
    let mut outbox = Outbox::new();
    assert_eq!(outbox.due_at_ms(), None);
    outbox.offer(id(1), &[1], 1000.0);
    outbox.offer(id(2), &[2], 1400.0);
    assert_eq!(outbox.due_at_ms(), Some(1500.0));
    assert!(outbox.take_due(1499.0).is_none());
    let batch = outbox.take_due(1500.0).expect("due");
    assert_eq!((batch.id, batch.event_count, batch.events.as_slice()), (id(1), 2, [1, 2].as_slice()));
}

#[test]
fn twenty_events_do_not_wait() {
    assert!(filled(19, 1).take_due(0.0).is_none());
    assert_eq!(filled(20, 1).take_due(0.0).map(|batch| batch.event_count), Some(20));
}

#[test]
fn one_request_at_a_time() {
    let mut outbox = filled(20, 1);
    assert!(outbox.take_due(0.0).is_some());
    for number in 20..60 {
        outbox.offer(id(number), &[number], 1.0);
    }
    assert_eq!(outbox.due_at_ms(), None);
    assert!(outbox.take_due(1e9).is_none());
}

#[test]
fn final_answers_end_a_batch_and_the_next_goes_at_once() {
    for status in [200, 202, 204, 400, 401, 403, 404, 413, 422] {
        let mut outbox = filled(20, 1);
        assert!(outbox.take_due(0.0).is_some());
        outbox.offer(id(99), &[99], 1.0);
        outbox.settle(Answer::new(status, 0), 600.0, 0);
        assert_eq!(outbox.take_due(600.0).map(|batch| batch.id), Some(id(99)), "{status}");
        outbox.settle(Answer::Final, 700.0, 0);
        assert_eq!((outbox.due_at_ms(), outbox.held_events(), outbox.held_bytes), (None, 0, 0));
    }
}

#[test]
fn other_answers_repeat_the_same_batch_later() {
    for (status, retry_after_s, earliest_ms) in [(0, 0, 0.0), (429, 7, 7000.0), (500, 0, 0.0), (503, 2, 2000.0)] {
        let mut outbox = filled(20, 1);
        let first = outbox.take_due(0.0).map(|batch| (batch.id, batch.events.clone()));
        outbox.offer(id(99), &[99], 1.0);
        outbox.settle(Answer::new(status, retry_after_s), 100.0, u32::MAX);
        assert_eq!(outbox.due_at_ms(), Some(100.0 + earliest_ms + 1000.0), "{status}");
        assert!(outbox.take_due(100.0 + earliest_ms).is_none());
        let second = outbox.take_due(1e6).map(|batch| (batch.id, batch.events.clone()));
        assert_eq!(first, second, "{status}");
    }
}

#[test]
fn only_the_time_of_sending_differs_between_attempts() {
    let mut outbox = filled(1, 40);
    let first = outbox.take_due(500.0).map(|batch| batch.encode("UA-1-1", 500.0)).expect("due");
    outbox.settle(AGAIN, 600.0, 0);
    let second = outbox.take_due(600.0).map(|batch| batch.encode("UA-1-1", 600.0)).expect("due");
    assert_eq!(first.iter().zip(&second).filter(|(a, b)| a != b).count(), 2, "two bytes of sent_at_ms");
}

#[test]
fn attempts_are_bounded() {
    let mut outbox = filled(1, 1);
    for attempt in 1..=ATTEMPTS_MAX {
        assert!(outbox.take_due(1e12).is_some(), "{attempt}");
        outbox.settle(AGAIN, 0.0, 0);
    }
    assert_eq!((outbox.due_at_ms(), outbox.held_events(), outbox.lost_events()), (None, 0, 1));
}

#[test]
fn what_does_not_fit_is_refused_and_counted() {
    let outbox = filled(HELD_EVENTS_MAX + 5, 1);
    assert_eq!((outbox.held_events(), outbox.lost_events()), (HELD_EVENTS_MAX, 5));
    let outbox = filled(100, 4096);
    assert_eq!((outbox.held_events(), outbox.lost_events()), (HELD_BYTES_MAX / 4096, 36));
}

#[test]
fn leaving_hands_over_everything_in_chunks() {
    let mut outbox = filled(100, 2048);
    let mut taken = Vec::new();
    outbox.leave(|batch| {
        taken.push((batch.id, batch.events.len()));
        true
    });
    assert!(taken.iter().all(|(_, bytes)| *bytes <= BATCH_BYTES_MAX));
    assert_eq!(taken.iter().map(|(_, bytes)| bytes).sum::<usize>(), 100 * 2048);
    assert_eq!((outbox.held_events(), outbox.due_at_ms()), (0, None));
}

#[test]
fn leaving_skips_what_is_in_flight_and_keeps_what_is_not_taken() {
    let mut outbox = filled(60, 2048);
    let in_flight = outbox.take_due(0.0).map(|batch| batch.id).expect("due");
    let mut offered = Vec::new();
    let mut refuse = |batch: &Batch| {
        offered.push(batch.id);
        false
    };
    outbox.leave(&mut refuse);
    outbox.leave(&mut refuse);
    assert_eq!(offered.len(), 4, "two batches, offered twice");
    assert!(!offered.contains(&in_flight));
    assert_eq!(outbox.held_events(), 60);
    outbox.settle(Answer::Final, 0.0, 0);
    assert_eq!(outbox.take_due(0.0).map(|batch| batch.id), offered.first().copied());
}

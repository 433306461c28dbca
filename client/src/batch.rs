//! What is sent at once.

use wire::limits::{BATCH_EVENTS_MAX, BODY_BYTES_MAX};

use crate::queue::Waiting;

/// Bytes of what the events of a batch share, and brackets: two ids of at most 64 bytes, a clock and names, rounded up.
const ENVELOPE_BYTES_MAX: usize = 1024;

/// Bytes of a batch's events, commas included.
pub(crate) const BATCH_BYTES_MAX: usize = BODY_BYTES_MAX - ENVELOPE_BYTES_MAX;

/// How many of the oldest events fit a batch.
pub(crate) fn fitting<'a>(waiting: impl Iterator<Item = &'a Waiting>) -> usize {
    let mut bytes = 0;
    waiting
        .take(BATCH_EVENTS_MAX)
        .take_while(|one| {
            bytes += one.text.len() + 1;
            bytes <= BATCH_BYTES_MAX + 1
        })
        .count()
}

/// A batch, but for when it is sent: the same at every try.
pub(crate) fn head(site: &str, id: &str, events: &[Waiting]) -> String {
    let texts: Vec<&str> = events.iter().map(|one| one.text.as_str()).collect();
    format!("{{\"batch_id\":\"{id}\",\"tracking_id\":\"{site}\",\"events\":[{}]", texts.join(","))
}

/// The body of a try, by the clock that events were given.
pub(crate) fn body(head: &str, now_ms: f64) -> String {
    format!("{head},\"sent_at_ms\":{now_ms}}}")
}

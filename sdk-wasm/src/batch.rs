//! The text of a batch: the body of its requests, but for the end that differs between attempts.
//!
//! `{"batch_id":"…",ENVELOPE,"events":[EVENT,EVENT` and, when it is sent, `],"sent_at_ms":…}`.

use alloc::string::String;

use crate::random::Random;

/// Bytes of what stands before the id.
pub const HEAD_BYTES: usize = "{\"batch_id\":\"".len();

/// Everything before the envelope, with a new id: the same on every attempt, so that the edge counts the events once.
pub fn head(random: &mut Random) -> String {
    let mut head = String::from("{\"batch_id\":\"");
    random.id(&mut head);
    head
}

/// A batch without events; `envelope` is what they share, as members of a JSON object: `"tracking_id":"…","sdk":"…"`.
pub fn open(random: &mut Random, envelope: &str) -> String {
    let mut batch = head(random);
    batch.push_str("\",");
    batch.push_str(envelope);
    batch.push_str(",\"events\":[");
    batch
}

/// Adds an event, which is a JSON object of one member at least, with an id and the time at which it happened.
pub fn push(batch: &mut String, random: &mut Random, event: &str, at_ms: f64) {
    if batch.ends_with('}') {
        batch.push(',');
    }
    batch.push_str("{\"event_id\":\"");
    random.id(batch);
    batch.push_str("\",\"at_ms\":");
    whole(batch, at_ms);
    batch.push(',');
    batch.push_str(event.get(1..).unwrap_or_default());
}

/// The body of a request. `sent_at_ms` is on the clock of the events.
#[must_use]
pub fn body(batch: &str, sent_at_ms: f64) -> String {
    let mut body = String::from(batch);
    body.push_str("],\"sent_at_ms\":");
    whole(&mut body, sent_at_ms);
    body.push('}');
    body
}

/// Writes whole milliseconds in decimal digits: the library's own way to do so is larger than the rest of this crate.
fn whole(text: &mut String, ms: f64) {
    let mut rest = ms as u64;
    let mut unit = 1;
    while rest / unit > 9 {
        unit *= 10;
    }
    while unit > 0 {
        text.push(char::from(b'0' + (rest / unit) as u8));
        rest %= unit;
        unit /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn whole_numbers_are_decimal() {
        for (ms, expected) in
            [(0.0, "x0"), (9.9, "x9"), (10.0, "x10"), (1_795_170_000_123.7, "x1795170000123"), (-1.0, "x0")]
        {
            let mut text = "x".to_owned();
            whole(&mut text, ms);
            assert_eq!(text, expected);
        }
    }
}

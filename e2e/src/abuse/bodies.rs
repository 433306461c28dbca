//! Bodies that are no longer what they were, and some that never were anything.

use serde_json::{Value, json};

use super::ABUSED_SITE;
use crate::random::Random;

/// One of `choices`.
pub fn one_of<T: Clone + Default>(random: &mut Random, choices: &[T]) -> T {
    choices.get(random.below(choices.len() as u32) as usize).cloned().unwrap_or_default()
}

/// A valid page view of the abused site, alone, listed or in an envelope.
pub fn valid(random: &mut Random) -> Value {
    let event = json!({
        "tracking_id": ABUSED_SITE, "client_id": "abuse", "event_type": "pageview", "at_ms": 1.5,
        "page": {"url": "https://abused.example/a?utm_source=b", "title": "é€", "referrer": "https://c.example/"},
        "user": {"country": "DE", "screen_width": 1024}, "custom_properties": {"a": 1, "b": true, "c": "d"},
    });
    match random.below(3) {
        0 => event,
        1 => json!([event]),
        _ => json!({"tracking_id": ABUSED_SITE, "sent_at_ms": 2, "events": [event]}),
    }
}

/// The same document in JSON or MessagePack.
pub fn written(random: &mut Random, document: &Value) -> Vec<u8> {
    let packed = if random.below(2) == 0 { rmp_serde::to_vec_named(document).ok() } else { None };
    packed.unwrap_or_else(|| document.to_string().into_bytes())
}

/// Cut before its end: at least a byte is left, and at least a byte is missing.
pub fn truncated(random: &mut Random, mut body: Vec<u8>) -> Vec<u8> {
    body.truncate(1 + random.below(body.len() as u32 - 1) as usize);
    body
}

/// Some bytes changed, taken out or doubled.
pub fn mutated(random: &mut Random, mut body: Vec<u8>) -> Vec<u8> {
    for _ in 0..=random.below(4) {
        let at = random.below(body.len() as u32) as usize;
        let end = (at + random.below(9) as usize).min(body.len());
        match random.below(3) {
            0 => drop(body.drain(at..end)),
            1 => {
                let piece: Vec<u8> = body.get(at..end).unwrap_or_default().to_vec();
                drop(body.splice(at..at, piece));
            }
            _ => {
                if let Some(byte) = body.get_mut(at) {
                    *byte = random.below(256) as u8;
                }
            }
        }
        if body.is_empty() {
            body.push(b'{');
        }
    }
    body
}

/// Containers in containers, deeper than is read: open-ended or closed, JSON or MessagePack.
pub fn nested(random: &mut Random) -> Vec<u8> {
    let depth = one_of(random, &[17, 18, 100, 129, 1_000, 10_000, 100_000]);
    match random.below(4) {
        0 => vec![b'['; depth],
        1 => format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes(),
        2 => br#"{"a":"#.repeat(depth),
        _ => [vec![0x91; depth], vec![0xc0]].concat(),
    }
}

/// Lengths that are not there.
pub fn lying(random: &mut Random) -> Vec<u8> {
    let head: &[u8] = one_of(random, &[&b""[..], b"\x81\xa6events", b"\x91", b"\x82\xa1a\xc0\xa6events"]);
    let lie: &[u8] = one_of(
        random,
        &[
            &b"\xdd\xff\xff\xff\xff"[..],
            b"\xdf\xff\xff\xff\xff",
            b"\xdd\x00\x10\x00\x00",
            b"\xdc\xff\xff",
            b"\xde\xff\xff",
        ],
    );
    let rest = vec![random.below(128) as u8; random.below(200) as usize];
    [head, lie, &rest].concat()
}

/// Text that is not UTF-8, where text is wanted.
pub fn not_text(random: &mut Random) -> Vec<u8> {
    let bad: &[u8] = one_of(random, &[&b"\xff\xfe"[..], b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x80"]);
    let event = [&br#"{"tracking_id":"a","event_type":""#[..], bad, br#""}"#].concat();
    let packed = [&b"\x82\xabtracking_id\xa1a\xaaevent_type"[..], &[0xa0 | bad.len() as u8], bad].concat();
    if random.below(2) == 0 { event } else { packed }
}

/// A field with a value of the wrong kind.
pub fn mistyped(random: &mut Random) -> Value {
    let mut event = json!({
        "tracking_id": ABUSED_SITE, "event_type": "pageview", "page": {"url": "https://abused.example/"},
    });
    let fields = [
        ("tracking_id", json!(7)),
        ("event_type", json!(["x"])),
        ("event_type", json!("x".repeat(65))),
        ("client_id", json!({"a": 1})),
        ("client_id", json!("x".repeat(129))),
        ("page", json!("https://abused.example/")),
        ("page", json!({"url": 1})),
        ("page", json!({"url": "javascript:alert(1)"})),
        ("user", json!(true)),
        ("user", json!({"country": "Germany"})),
        ("custom_properties", json!(5)),
        ("custom_properties", json!({"a": [1]})),
        ("custom_properties", json!({"a": "x".repeat(1025)})),
        ("timestamp", json!(1_795_262_400)),
        ("timestamp", json!("2020-01-01T00:00:00Z")),
        ("timestamp", json!("9999-12-31T23:59:59Z")),
        ("at_ms", json!("now")),
        ("events", json!("x")),
        ("events", json!({})),
        ("events", json!([])),
    ];
    let (name, value) = one_of(random, &fields);
    if let Some(event) = event.as_object_mut() {
        event.insert(name.to_owned(), value);
    }
    event
}

/// Numbers that do not fit anywhere.
pub fn numbers(random: &mut Random) -> Vec<u8> {
    let number = one_of(random, &["1e999", "-1e999", "NaN", "Infinity", "0x10", "01", "+1", "1.", ".5", "--1", "1e"]);
    let field = one_of(random, &["at_ms", "sent_at_ms", "anything"]);
    format!(r#"{{"tracking_id":"a","event_type":"x","{field}":{number}}}"#).into_bytes()
}

/// Bytes without a beginning that is known.
pub fn noise(random: &mut Random) -> Vec<u8> {
    let first = one_of(random, b"\x00a<\"\x7f\xa5\xc0\xc1\xc6\xff");
    let length = random.below(4_000);
    std::iter::once(first).chain((0..length).map(|_| random.below(256) as u8)).collect()
}

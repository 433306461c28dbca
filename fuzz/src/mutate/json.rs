//! Changes to a JSON document that keep it one.

use serde_json::{Map, Value, json};

use crate::chance::Chance;

/// Lengths around every limit on texts and lists.
const LENGTHS: &[usize] =
    &[0, 1, 2, 15, 16, 17, 63, 64, 65, 100, 101, 127, 128, 129, 500, 501, 512, 513, 1024, 1025, 2048, 2049, 9000];

/// Depths around every limit on nesting.
const DEPTHS: &[usize] = &[1, 2, 7, 8, 9, 14, 15, 16, 17, 100];

/// What texts are made of: one byte, two, three, one that JSON escapes, one that URLs escape.
const LETTERS: &[&str] = &["a", "é", "€", "\u{1}", " ", "%", "\"", "/"];

/// Texts that mean something.
const TEXTS: &[&str] = &[
    "",
    "pageview",
    "UA-123456-1",
    "0123456789abcdef",
    "https://a.example/b?utm_source=c&utm_medium=cpc&gclid=1",
    "https://user:secret@[::1]:8443/%2e%2e/\u{202e}",
    "javascript:alert(1)",
    "android-app://com.example/x",
    "2026-11-21T10:30:00.000Z",
    "2026-11-21",
    "9999-12-31",
    "1969-12-31T23:59:59.999Z",
    "-009999-01-01T00:00:00Z",
    "2026-02-29",
    "desktop",
    "DE",
    "page",
    "country",
    "date",
    "hour",
    "events",
    "pageviews",
    "unique_users",
    "asc",
    "\0",
    "nan",
];

/// Keys that the readers know.
const KEYS: &[&str] = &[
    "events",
    "batch_id",
    "tracking_id",
    "client_id",
    "session_id",
    "event_id",
    "event_type",
    "timestamp",
    "at_ms",
    "sent_at_ms",
    "page",
    "url",
    "title",
    "referrer",
    "user",
    "screen_width",
    "country",
    "custom_properties",
    "metrics",
    "dimensions",
    "filters",
    "date_range",
    "start",
    "end",
    "order_by",
    "limit",
    "unknown",
];

/// Changes one value of a document; none if it is not JSON.
pub fn mutate(input: &[u8], chance: &mut Chance) -> Option<Vec<u8>> {
    let mut document: Value = serde_json::from_slice(input).ok()?;
    change(&mut document, chance);
    serde_json::to_vec(&document).ok()
}

/// Changes one value somewhere in `value`.
pub fn change(value: &mut Value, chance: &mut Chance) {
    let children = match value {
        Value::Array(items) => items.len(),
        Value::Object(fields) => fields.len(),
        _ => 0,
    };
    if children > 0 && !chance.once_in(4) {
        let child = chance.below(children);
        let descend = match value {
            Value::Array(items) => items.get_mut(child),
            Value::Object(fields) => fields.values_mut().nth(child),
            _ => None,
        };
        if let Some(descend) = descend {
            return change(descend, chance);
        }
    }
    match value {
        Value::Array(items) if chance.once_in(2) => change_list(items, chance),
        Value::Object(fields) if !chance.once_in(3) => change_fields(fields, chance),
        other => *other = hostile(chance),
    }
}

fn change_list(items: &mut Vec<Value>, chance: &mut Chance) {
    match chance.below(4) {
        0 => items.truncate(chance.below(items.len())),
        1 => items.push(hostile(chance)),
        2 => items.reverse(),
        _ => {
            let again = chance.one_of(items).cloned().unwrap_or_default();
            let times = chance.one_of(LENGTHS).copied().unwrap_or_default().min(520);
            items.extend(std::iter::repeat_n(again, times));
        }
    }
}

fn change_fields(fields: &mut Map<String, Value>, chance: &mut Chance) {
    let key = chance.one_of(KEYS).copied().unwrap_or_default().to_owned();
    let known = fields.keys().nth(chance.below(fields.len())).cloned().unwrap_or_default();
    match chance.below(4) {
        0 => drop(fields.remove(&known)),
        1 => drop(fields.insert(key, hostile(chance))),
        2 => {
            if let Some(value) = fields.remove(&known) {
                fields.insert(key, value);
            }
        }
        _ => fields.extend((0..chance.below(40)).map(|n| (format!("{known}{n}"), Value::from(n)))),
    }
}

/// A value that somebody might not have thought of.
fn hostile(chance: &mut Chance) -> Value {
    match chance.below(16) {
        0 => Value::Null,
        1 => Value::Bool(chance.once_in(2)),
        2 => json!(u64::MAX),
        3 => json!(i64::MIN),
        4 => json!(9_007_199_254_740_993u64),
        5 => json!(1e308),
        6 => json!(-0.0),
        7 => json!(chance.bits()),
        8 => json!([]),
        9 => json!({}),
        10 => (0..chance.one_of(DEPTHS).copied().unwrap_or_default()).fold(Value::Null, |inner, _| json!([inner])),
        11 => (0..chance.one_of(DEPTHS).copied().unwrap_or_default()).fold(Value::Null, |inner, _| json!({"a": inner})),
        12 | 13 => Value::from(chance.one_of(TEXTS).copied().unwrap_or_default()),
        _ => {
            let letter = chance.one_of(LETTERS).copied().unwrap_or_default();
            Value::from(letter.repeat(chance.one_of(LENGTHS).copied().unwrap_or_default()))
        }
    }
}

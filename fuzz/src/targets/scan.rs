//! The scans that go before every decoder: they must see what the decoders will see.

use serde::de::IgnoredAny;
use serde_json::Value;
use wire::limits::{DEPTH_MAX, VALUES_MAX};
use wire::scan::{self, Bounds, ScanError};

const BOUNDS: Bounds = Bounds { depth: DEPTH_MAX, values: VALUES_MAX };

/// A JSON document is refused if it nests too deep or holds too much, and only then.
pub fn json(bytes: &[u8]) -> bool {
    let scanned = scan::json(bytes, BOUNDS);
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else { return scanned.is_ok() };
    match scanned {
        Ok(()) => assert!(depth(&document) <= DEPTH_MAX && values(&document) <= 2 * VALUES_MAX + 1),
        Err(ScanError::TooDeep(_)) => assert!(text_may_be_deeper(bytes) || depth(&document) > DEPTH_MAX),
        Err(ScanError::TooMany(_)) => assert!(bytes.len() > VALUES_MAX),
        Err(other) => panic!("valid JSON is refused: {other}"),
    }
    scanned.is_ok()
}

/// Of keys that stand twice, only the last value is in the document.
fn text_may_be_deeper(bytes: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(bytes).is_ok() && bytes.windows(2).filter(|pair| pair == b"\":").count() > 1
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

fn values(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(values).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(|value| 1 + values(value)).sum::<usize>(),
        _ => 1,
    }
}

/// What passes is whole, and its places lie within it, side by side. What the decoder reads and is within bounds, passes.
pub fn messagepack(bytes: &[u8]) -> bool {
    let scanned = scan::messagepack(bytes, BOUNDS);
    if scanned == Err(ScanError::Truncated(bytes.len())) {
        assert!(rmp_serde::from_slice::<IgnoredAny>(bytes).is_err(), "the decoder reads what is cut short");
    }
    if scanned.is_err() {
        return false;
    }
    assert_eq!(scan::messagepack_value(bytes, 0, BOUNDS), Ok(bytes.len()));
    let elements = scan::elements(bytes, 0..bytes.len(), BOUNDS).expect("a scanned list has its elements");
    if let Some(elements) = elements
        && let (Some(first), Some(last)) = (elements.first(), elements.last())
    {
        assert!((1..=5).contains(&first.start));
        assert!(elements.windows(2).all(|pair| matches!(pair, [a, b] if a.end == b.start && a.start < a.end)));
        assert_eq!(last.end, bytes.len());
    }
    if matches!(bytes.first(), Some(0x80..=0x8f | 0xde | 0xdf)) {
        let found = scan::field(bytes, "events", BOUNDS).expect("a scanned map has its fields");
        assert!(found.is_none_or(|place| place.start < place.end && place.end <= bytes.len()));
    }
    true
}

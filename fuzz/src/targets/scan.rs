//! The scans that go before every decoder: they must see what the decoders will see.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use wire::limits::{DEPTH_MAX, VALUES_MAX};
use wire::scan::{self, Bounds, ScanError};

const BOUNDS: Bounds = Bounds { depth: DEPTH_MAX, values: VALUES_MAX };

/// A JSON document is refused if it nests too deep or holds too much, and only then.
pub fn json(bytes: &[u8]) -> bool {
    let scanned = scan::json(bytes, BOUNDS);
    let Ok(Extent { depth, values }) = serde_json::from_slice(bytes) else { return scanned.is_ok() };
    match scanned {
        Ok(()) => assert!(depth <= DEPTH_MAX && values <= VALUES_MAX, "{depth} deep, {values} values"),
        Err(ScanError::TooDeep(_)) => assert!(depth > DEPTH_MAX),
        // An empty container counts twice.
        Err(ScanError::TooMany(_)) => assert!(2 * values > VALUES_MAX, "{values} values"),
        Err(other) => panic!("valid JSON is refused: {other}"),
    }
    scanned.is_ok()
}

/// How deep a document nests, and how many values it holds, keys among them; as the decoder sees it.
#[derive(Default)]
struct Extent {
    depth: usize,
    values: usize,
}

impl Extent {
    /// Adds a value within a container.
    fn add(&mut self, inner: &Self) {
        self.depth = self.depth.max(inner.depth + 1);
        self.values += inner.values;
    }
}

impl<'de> Deserialize<'de> for Extent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExtentVisitor)
    }
}

struct ExtentVisitor;

const ONE_VALUE: Extent = Extent { depth: 0, values: 1 };
const EMPTY_CONTAINER: Extent = Extent { depth: 1, values: 1 };

impl<'de> Visitor<'de> for ExtentVisitor {
    type Value = Extent;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Extent, E> {
        Ok(ONE_VALUE)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Extent, E> {
        Ok(ONE_VALUE)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Extent, E> {
        Ok(ONE_VALUE)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Extent, E> {
        Ok(ONE_VALUE)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Extent, E> {
        Ok(ONE_VALUE)
    }

    fn visit_str<E>(self, _: &str) -> Result<Extent, E> {
        Ok(ONE_VALUE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Extent, A::Error> {
        let mut extent = EMPTY_CONTAINER;
        while let Some(item) = items.next_element()? {
            extent.add(&item);
        }
        Ok(extent)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Extent, A::Error> {
        let mut extent = EMPTY_CONTAINER;
        while let Some((_key, value)) = fields.next_entry::<IgnoredAny, _>()? {
            extent.add(&value);
            extent.values += 1;
        }
        Ok(extent)
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

//! Changes to a MessagePack document that keep it one, or make it lie about itself.

use std::ops::Range;

use serde_json::Value;
use wire::scan::{self, Bounds};

use super::json;
use crate::chance::Chance;

const BOUNDS: Bounds = Bounds { depth: 64, values: 1 << 20 };

/// Values and beginnings of values.
const VALUES: &[&[u8]] = &[
    b"\xc0",
    b"\xc2",
    b"\xc3",
    b"\x00",
    b"\x7f",
    b"\xe0",
    b"\xcc\xff",
    b"\xcd\xff\xff",
    b"\xce\xff\xff\xff\xff",
    b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xcf\x00\x20\x00\x00\x00\x00\x00\x01",
    b"\xd3\x80\x00\x00\x00\x00\x00\x00\x00",
    b"\xca\x7f\xc0\x00\x00",
    b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00",
    b"\xcb\xff\xf0\x00\x00\x00\x00\x00\x00",
    b"\xcb\x80\x00\x00\x00\x00\x00\x00\x00",
    b"\xa0",
    b"\xa2\xff\xfe",
    b"\xa1\x00",
    b"\xc4\x00",
    b"\xc4\x02ab",
    b"\xd9\x01a",
    b"\xda\x00\x01a",
    b"\xdb\x00\x00\x00\x01a",
    b"\xd4\x01\x00",
    b"\xc7\x01\x02\x00",
    b"\x80",
    b"\x81\xa1a\xc0",
    b"\x81\xc0\xc0",
    b"\x82\xa1a\x01\xa1a\x02",
    b"\x90",
    b"\x91\xc0",
    b"\xdc\x00\x01\xc0",
    b"\xdd\x00\x00\x00\x01\xc0",
    b"\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\xc0",
    b"\xdd\xff\xff\xff\xff",
    b"\xdf\xff\xff\xff\xff",
    b"\xc6\xff\xff\xff\xff",
    b"\xdb\xff\xff\xff\xff",
    b"\xdc\x01\xf5",
    b"\xc1",
];

/// Changes one value of a document; none if it is not MessagePack.
pub fn mutate(input: &[u8], other: &[u8], chance: &mut Chance) -> Option<Vec<u8>> {
    if chance.once_in(2)
        && let Ok(mut document) = rmp_serde::from_slice::<Value>(input)
    {
        json::change(&mut document, chance);
        return rmp_serde::to_vec_named(&document).ok();
    }
    scan::messagepack(input, BOUNDS).ok()?;
    let place = descend(input, chance)?;
    let piece = match chance.below(4) {
        0 => {
            scan::messagepack(other, BOUNDS).ok()?;
            other.get(descend(other, chance)?)?.to_vec()
        }
        1 => input.get(descend(input, chance)?)?.to_vec(),
        _ => chance.one_of(VALUES)?.to_vec(),
    };
    // In its stead, or before it: then a count is wrong.
    let end = if chance.once_in(6) { place.start } else { place.end };
    Some([input.get(..place.start)?, &piece, input.get(end..)?].concat())
}

/// Place of a random value in a whole document.
fn descend(document: &[u8], chance: &mut Chance) -> Option<Range<usize>> {
    let mut place = 0..document.len();
    loop {
        let children = children(document, place.start, place.end)?;
        if children.is_empty() || chance.once_in(6) {
            return Some(place);
        }
        place = chance.one_of(&children)?.clone();
    }
}

/// Places of a container's values, keys among them.
fn children(document: &[u8], start: usize, end: usize) -> Option<Vec<Range<usize>>> {
    let head = match document.get(start)? {
        0x80..=0x9f => 1,
        0xdc | 0xde => 3,
        0xdd | 0xdf => 5,
        _ => return Some(Vec::new()),
    };
    let (mut at, mut found) = (start + head, Vec::new());
    while at < end {
        let next = scan::messagepack_value(document, at, BOUNDS).ok()?;
        found.push(at..next);
        at = next;
    }
    Some(found)
}

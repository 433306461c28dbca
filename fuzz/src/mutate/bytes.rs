//! Changes that know no grammar.

use crate::chance::Chance;

/// Pieces that mean something to one of the readers.
const TOKENS: &[&[u8]] = &[
    b"\xdd\xff\xff\xff\xff",
    b"\xdf\xff\xff\xff\xff",
    b"\xc6\xff\xff\xff\xff",
    b"\xdb\xff\xff\xff\xff",
    b"\xc9\xff\xff\xff\xff\x01",
    b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xcb\x7f\xf8\0\0\0\0\0\0",
    b"\xc1",
    b"\x91\x91\x91\x91",
    b"[[[[",
    b"{\"events\":[",
    b"\\u0000",
    b"\\ud800",
    b"\xff\xfe",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x98\x80",
    b"\0",
    b"\n",
    b"%00",
    b"%ff",
    b"//@",
    b"?utm_source=",
    b"&gclid=1&utm_medium=",
    b"android-app://",
    b"http://[::1]/",
    b"xn--",
    b"../",
    b"1e999",
    b"-0",
    b"99999999999999999999",
    b"Version/",
    b"Android 4294967296;",
    b"\"Chromium\";v=\"",
    b"2026-02-29",
    b"+999999-12-31T23:59:59Z",
];

/// Changes some bytes.
pub fn mutate(input: &[u8], other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut changed = input.to_vec();
    let at = chance.below(changed.len() + 1);
    let end = at + chance.below(changed.len() + 1 - at);
    match chance.below(9) {
        0 => flip(&mut changed, at, |byte, chance| byte ^ (1 << chance.below(8)), chance),
        1 => flip(&mut changed, at, |_, chance| chance.bits() as u8, chance),
        2 => changed.truncate(at),
        3 => drop(changed.drain(at..end)),
        4 => {
            let piece: Vec<u8> = changed.get(at..end).unwrap_or_default().to_vec();
            insert(&mut changed, at, &piece);
        }
        5 => {
            let from = chance.below(other.len() + 1);
            let to = from + chance.below(other.len() + 1 - from);
            insert(&mut changed, at, other.get(from..to).unwrap_or_default());
        }
        6 => {
            let piece = vec![chance.bits() as u8; chance.below(3000)];
            insert(&mut changed, at, &piece);
        }
        _ => {
            let token = chance.one_of(TOKENS).copied().unwrap_or_default();
            insert(&mut changed, at, token);
        }
    }
    changed
}

fn flip(bytes: &mut [u8], at: usize, change: impl Fn(u8, &mut Chance) -> u8, chance: &mut Chance) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte = change(*byte, chance);
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    drop(bytes.splice(at..at, piece.iter().copied()));
}

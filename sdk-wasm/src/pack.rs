//! MessagePack, the part of it that batches need: maps, arrays, text, numbers, booleans.
//!
//! Format: the MessagePack specification, <https://github.com/msgpack/msgpack/blob/master/spec.md>.

use alloc::vec::Vec;

/// Appends values to bytes. A map or an array is its header followed by that many values.
#[derive(Default)]
pub struct Packer {
    bytes: Vec<u8>,
}

impl Packer {
    /// A packer without bytes.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Starts a map of `length` pairs of key and value; at most 65 535.
    pub fn map(&mut self, length: usize) {
        self.header(length, 0x80, 0xde);
    }

    /// Starts an array of `length` values; at most 65 535.
    pub fn array(&mut self, length: usize) {
        self.header(length, 0x90, 0xdc);
    }

    /// A text of at most 65 535 bytes, which are UTF-8.
    pub fn text(&mut self, text: impl AsRef<[u8]>) {
        self.utf8(text.as_ref());
    }

    fn utf8(&mut self, text: &[u8]) {
        let length = text.len();
        if length < 32 {
            self.bytes.push(0xa0 | length as u8);
        } else {
            self.bytes.push(0xda);
            self.bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        self.bytes.extend_from_slice(text);
    }

    /// A number: an integer where it is a small one, else a double.
    pub fn number(&mut self, number: f64) {
        let integer = number as u32;
        if f64::from(integer) == number {
            if integer < 128 {
                self.bytes.push(integer as u8);
            } else {
                self.bytes.push(0xce);
                self.bytes.extend_from_slice(&integer.to_be_bytes());
            }
        } else {
            self.bytes.push(0xcb);
            self.bytes.extend_from_slice(&number.to_be_bytes());
        }
    }

    /// True or false.
    pub fn boolean(&mut self, boolean: bool) {
        self.bytes.push(0xc2 | u8::from(boolean));
    }

    /// A key and its text.
    pub fn pair(&mut self, key: &str, text: impl AsRef<[u8]>) {
        self.text(key);
        self.text(text);
    }

    /// Values that were packed before.
    pub fn packed(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn header(&mut self, length: usize, short: u8, long: u8) {
        if length < 16 {
            self.bytes.push(short | length as u8);
        } else {
            self.bytes.push(long);
            self.bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Packer;
    use serde_json::{Value, json};

    fn packed(pack: impl FnOnce(&mut Packer)) -> Value {
        let mut packer = Packer::new();
        pack(&mut packer);
        rmp_serde::from_slice(&packer.finish()).expect("well-formed MessagePack")
    }

    #[test]
    fn numbers_keep_their_value() {
        for number in [0.0, 1.0, 127.0, 128.0, 255.0, 65_536.0, 4_294_967_295.0] {
            assert_eq!(packed(|packer| packer.number(number)), json!(number as u64));
        }
        for number in [-1.0, 0.5, 4_294_967_296.0, 1e300, -0.125] {
            assert_eq!(packed(|packer| packer.number(number)), json!(number));
        }
    }

    #[test]
    fn texts_of_every_header_keep_their_value() {
        for length in [0, 1, 31, 32, 255, 256, 65_535] {
            let text = "a".repeat(length);
            assert_eq!(packed(|packer| packer.text(&text)), json!(text));
        }
        assert_eq!(packed(|packer| packer.text("日本 é 🌊")), json!("日本 é 🌊"));
    }

    #[test]
    fn arrays_and_maps_of_every_header_keep_their_length() {
        for length in [0, 1, 15, 16, 500] {
            let array = packed(|packer| {
                packer.array(length);
                (0..length).for_each(|_| packer.boolean(true));
            });
            assert_eq!(array, json!(vec![true; length]));
            let map = packed(|packer| {
                packer.map(length);
                (0..length).for_each(|index| packer.pair(&index.to_string(), "x"));
            });
            assert_eq!(map.as_object().map(serde_json::Map::len), Some(length));
        }
        assert_eq!(packed(|packer| packer.boolean(false)), json!(false));
    }
}

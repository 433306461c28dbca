//! Random ids: 22 characters of `A-Za-z0-9_-`, 132 bits.

/// Bytes of randomness that an id takes.
pub const ID_BYTES: usize = 22;

/// An id as ASCII text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id([u8; ID_BYTES]);

impl Id {
    /// Makes an id of random bytes, using six bits of each.
    #[must_use]
    pub fn new(random: [u8; ID_BYTES]) -> Self {
        Self(random.map(|byte| match byte & 63 {
            digit @ 0..10 => b'0' + digit,
            upper @ 10..36 => b'A' + upper - 10,
            lower @ 36..62 => b'a' + lower - 36,
            62 => b'-',
            _ => b'_',
        }))
    }
}

/// The text, which is ASCII.
impl AsRef<[u8]> for Id {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{ID_BYTES, Id};

    #[test]
    fn every_byte_gives_an_allowed_character() {
        for byte in 0..=255 {
            let id = Id::new([byte; ID_BYTES]);
            assert!(id.as_ref().iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_')));
        }
    }

    #[test]
    fn the_alphabet_has_64_characters() {
        let mut characters: Vec<_> = (0..64).map(|byte| Id::new([byte; ID_BYTES]).0).collect();
        characters.sort_unstable();
        characters.dedup();
        assert_eq!(characters.len(), 64);
    }
}

//! Random numbers and the ids made of them: one seed from the browser instead of a call into it for each.
//!
//! The generator is xorshift128 of G. Marsaglia, "Xorshift RNGs", 2003. Ids have to be unique, not secret: who may guess
//! them learns nothing. Two pages draw the same ones if their seeds agree in 128 bits.

use alloc::string::String;

/// Characters of an id, six bits each: 132 bits.
pub const ID_BYTES: usize = 22;

/// A source of random numbers.
pub struct Random([u32; 4]);

impl Random {
    /// Starts from 128 random bits, not all of them zero.
    #[must_use]
    pub const fn new(seed: [u32; 4]) -> Self {
        Self(seed)
    }

    /// Takes 32 random bits in place of the oldest.
    pub fn seed(&mut self, word: u32) {
        let [_, y, z, w] = self.0;
        self.0 = [y, z, w, word];
    }

    /// The next number, uniform.
    pub fn draw(&mut self) -> u32 {
        let [x, y, z, w] = self.0;
        let mixed = x ^ (x << 11);
        let next = w ^ (w >> 19) ^ mixed ^ (mixed >> 8);
        self.0 = [y, z, w, next];
        next
    }

    /// Writes a new id.
    pub fn id(&mut self, text: &mut String) {
        for _ in 0..ID_BYTES {
            text.push(digit(self.draw() & 63));
        }
    }
}

/// One of the 64 characters that the edge allows in ids.
fn digit(value: u32) -> char {
    char::from(match value as u8 {
        digit @ 0..10 => b'0' + digit,
        upper @ 10..36 => b'A' - 10 + upper,
        lower @ 36..62 => b'a' - 36 + lower,
        62 => b'-',
        _ => b'_',
    })
}

#[cfg(test)]
mod tests {
    use super::{Random, digit};

    fn id(random: &mut Random) -> String {
        let mut id = String::new();
        random.id(&mut id);
        id
    }

    #[test]
    fn ids_are_of_the_alphabet_and_differ() {
        let mut random = Random::new([1, 2, 3, 4]);
        let mut ids: Vec<_> = (0..10_000).map(|_| id(&mut random)).collect();
        assert!(ids.iter().all(|id| id.len() == 22 && id.chars().all(|c| (0..64).any(|value| digit(value) == c))));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 10_000);
    }

    #[test]
    fn numbers_are_those_of_the_paper() {
        // The paper's own seeds give this as their first number.
        assert_eq!(Random::new([123_456_789, 362_436_069, 521_288_629, 88_675_123]).draw(), 3_701_687_786);
    }
}

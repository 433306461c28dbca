//! Random numbers and the ids made of them: one seed from the browser instead of a call into it for each.
//!
//! The generator is xorshift128 of G. Marsaglia, "Xorshift RNGs", 2003. Ids have to be unique, not secret: who may guess
//! them learns nothing. Two pages draw the same ones if their seeds agree in 128 bits.

/// Letters of an id, of 26 each: 103 bits.
pub const ID_BYTES: usize = 22;

/// A source of random numbers.
pub struct Random([u32; 4]);

impl Random {
    /// Starts from 128 random bits, not all of them zero.
    #[must_use]
    pub const fn new(seed: [u32; 4]) -> Self {
        Self(seed)
    }

    /// The next number, uniform.
    pub fn draw(&mut self) -> u32 {
        let [x, y, z, w] = self.0;
        let mixed = x ^ (x << 11);
        let next = w ^ (w >> 19) ^ mixed ^ (mixed >> 8);
        self.0 = [y, z, w, next];
        next
    }

    /// A new id.
    pub fn id(&mut self) -> [u8; ID_BYTES] {
        [0; ID_BYTES].map(|_| b'a' + (self.draw() % 26) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn ids_are_letters_and_differ() {
        let mut random = Random::new([1, 2, 3, 4]);
        let mut ids: Vec<_> = (0..10_000).map(|_| random.id()).collect();
        assert!(ids.iter().flatten().all(u8::is_ascii_lowercase));
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

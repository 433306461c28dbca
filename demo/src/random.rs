//! Numbers that look drawn and are the same for the same seed, on every machine: splitmix64, and no function of a
//! mathematical library whose last digit is left open.

use domain::hash;

/// What is added to the state for each number.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// One in a thousand, the unit of [`Random::chance`].
const THOUSAND: u32 = 1000;

/// A stream of numbers.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The stream that these numbers name: each visit, person and hour has one of its own, so that a change to one leaves
    /// the others as they are.
    pub fn of(name: &str, parts: &[u64]) -> Self {
        let start = hash::of_fields(&[b"random", name.as_bytes()]).high_bits();
        Self { state: parts.iter().fold(start, |state, part| mixed(state.wrapping_add(STEP) ^ part)) }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mixed(self.state)
    }

    /// Evenly spread below `bound`; 0 below 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// From `least` to `most`, both included.
    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        least + self.below(most.saturating_sub(least).saturating_add(1))
    }

    /// As [`Random::between`], low numbers more often than high ones: the half below is drawn three times in four.
    pub fn mostly_low(&mut self, least: u32, most: u32) -> u32 {
        let (one, other) = (self.below(1 << 16), self.below(1 << 16));
        let share = (u64::from(one) * u64::from(other)) >> 16;
        least + ((u64::from(most.saturating_sub(least)) * share) >> 16) as u32
    }

    /// Holds so many times in a thousand.
    pub fn chance(&mut self, per_thousand: u32) -> bool {
        self.below(THOUSAND) < per_thousand
    }

    /// One of a list by its share; none of an empty list.
    pub fn pick<T>(&mut self, list: &'static [T], share: impl Fn(&T) -> u32) -> Option<&'static T> {
        let mut left = self.below(list.iter().map(&share).sum());
        list.iter().find(|one| {
            let is_it = left < share(one);
            left = left.saturating_sub(share(one));
            is_it
        })
    }

    /// One of a list, each as often as the others; none of an empty list.
    pub fn any<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len() as u32) as usize)
    }

    /// How many of something come that comes by chance, `expected` on average: normal around it, as counts of more than a
    /// few are.
    pub fn count(&mut self, expected: f64) -> u32 {
        // Twelve even numbers in all vary by 1 around 6.
        let even = |random: &mut Self| f64::from(random.below(1 << 20)) / f64::from(1 << 20);
        let wave = (0..12).map(|_| even(self)).sum::<f64>() - 6.0;
        // What is left of a whole number is drawn.
        (expected + wave * expected.sqrt() + even(self)).max(0.0) as u32
    }
}

fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_as_said() {
        let mut random = Random::of("test", &[1]);
        let mean = |draw: &mut dyn FnMut() -> f64| (0..20_000).map(|_| draw()).sum::<f64>() / 20_000.0;
        let close = |mean: f64, expect: f64, by: f64| assert!((mean - expect).abs() < by, "{mean}, not {expect}");
        close(mean(&mut || f64::from(random.below(100))), 49.5, 1.0);
        close(mean(&mut || f64::from(random.between(5, 7))), 6.0, 0.05);
        close(mean(&mut || f64::from(random.mostly_low(0, 1000))), 250.0, 8.0);
        close(mean(&mut || f64::from(u32::from(random.chance(300)))), 0.3, 0.02);
        for expected in [0.2, 3.0, 250.0] {
            close(mean(&mut || f64::from(random.count(expected))), expected, 0.02 * expected + 0.25);
        }
        const LIST: &[(&str, u32)] = &[("a", 1), ("b", 0), ("c", 3)];
        let mut shares = [0; 3];
        for _ in 0..20_000 {
            match random.pick(LIST, |one| one.1).map(|one| one.0) {
                Some("a") => shares[0] += 1,
                Some("c") => shares[2] += 1,
                _ => shares[1] += 1,
            }
        }
        assert!(shares[1] == 0 && (4700..5300).contains(&shares[0]), "{shares:?}");
    }

    #[test]
    fn a_stream_is_its_names_alone() {
        let first = |name, parts: &[u64]| Random::of(name, parts).below(u32::MAX);
        assert_eq!(first("a", &[1, 2]), first("a", &[1, 2]));
        for (name, parts) in [("b", [1, 2]), ("a", [2, 1]), ("a", [1, 3])] {
            assert_ne!(first("a", &[1, 2]), first(name, &parts));
        }
    }
}

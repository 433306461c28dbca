//! How many values are kept apart.

use std::collections::{BTreeMap, BTreeSet};

use wire::frame::RollupDimension;

use super::OTHER;
use crate::window::MINUTE_MS;

/// Distinct values that one object keeps apart per minute and dimension; further ones are counted together under
/// [`OTHER`]. A thousand pages read in one minute are more than a person can look at.
pub const VALUES_PER_WINDOW_MAX: usize = 1000;

/// Minutes whose values are remembered: those of running visits, and a few of late events. 40 minutes × 26 dimensions
/// × 1 000 values of 40 bytes are 42 MB at the very worst, under attack in every dimension.
const WINDOWS_MAX: usize = 40;

/// The values that each minute keeps apart, as far as this life of the object remembers.
#[derive(Debug, Default)]
pub struct Caps(BTreeMap<u64, BTreeMap<RollupDimension, BTreeSet<Box<str>>>>);

impl Caps {
    /// The value that `value` is counted under in the minute that starts at `start_ms`: itself or [`OTHER`].
    pub fn cap<'a>(&mut self, start_ms: u64, dimension: RollupDimension, value: &'a str) -> &'a str {
        if !has_many_values(dimension) {
            return value;
        }
        if value == OTHER {
            return OTHER;
        }
        let kept = self.0.entry(start_ms).or_default().entry(dimension).or_default();
        let is_kept = kept.contains(value) || (kept.len() < VALUES_PER_WINDOW_MAX && kept.insert(value.into()));
        self.forget(start_ms);
        if is_kept { value } else { OTHER }
    }

    /// Forgets the oldest minute when there are too many, but never the one that is asked for now.
    fn forget(&mut self, start_ms: u64) {
        if self.0.len() <= WINDOWS_MAX {
            return;
        }
        let oldest = self.0.keys().copied().find(|minute| minute.abs_diff(start_ms) >= MINUTE_MS);
        oldest.map(|minute| self.0.remove(&minute));
    }
}

/// Whether senders choose the values, so that there may be any number of them.
fn has_many_values(dimension: RollupDimension) -> bool {
    use RollupDimension as D;
    // There are 676 codes of countries at most, and a few of the others.
    !matches!(dimension, D::Total | D::Channel | D::Device | D::Country | D::Screen | D::Os)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_keeps_a_thousand_values_apart() {
        let mut caps = Caps::default();
        let mut cap = |start_ms, value: &str| caps.cap(start_ms, RollupDimension::Page, value).to_owned();
        for n in 0..VALUES_PER_WINDOW_MAX {
            assert_eq!(cap(0, &n.to_string()), n.to_string());
        }
        assert_eq!(cap(0, "one more"), OTHER);
        assert_eq!(cap(0, "7"), "7", "a value that is kept stays");
        assert_eq!(cap(MINUTE_MS, "one more"), "one more", "another minute has room of its own");
    }

    #[test]
    fn few_minutes_are_remembered() {
        let mut caps = Caps::default();
        for minute in 0..500 {
            caps.cap(minute * MINUTE_MS, RollupDimension::Page, "/");
        }
        assert_eq!(caps.0.len(), WINDOWS_MAX);
    }
}

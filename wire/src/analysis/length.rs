//! Lengths of time as people write them: `30s`, `15m`, `2h`, `7d`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::limits::{WINDOW_MAX_S, WINDOW_MIN_S};

/// A length of time of [`WINDOW_MIN_S`] to [`WINDOW_MAX_S`]. Travels as `7d`, `2h`, `15m` or `30s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Length {
    seconds: u64,
}

/// Units, the longest first.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

impl Length {
    /// Of so many seconds; none where that is out of bounds.
    pub fn of_seconds(seconds: u64) -> Option<Self> {
        (WINDOW_MIN_S..=WINDOW_MAX_S).contains(&seconds).then_some(Self { seconds })
    }

    /// As it is written; none for anything else.
    pub fn read(text: &str) -> Option<Self> {
        let unit = text.chars().last()?;
        let (_, seconds) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
        let digits = text.strip_suffix(unit)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Self::of_seconds(digits.parse::<u64>().ok()?.checked_mul(seconds)?)
    }

    /// Milliseconds.
    pub fn ms(self) -> u64 {
        self.seconds * 1000
    }
}

impl Default for Length {
    /// Seven days.
    fn default() -> Self {
        Self { seconds: 7 * 86_400 }
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = UNITS.into_iter().find(|(_, seconds)| self.seconds.is_multiple_of(*seconds));
        let (name, seconds) = whole.unwrap_or(('s', 1));
        serializer.collect_str(&format_args!("{}{name}", self.seconds / seconds))
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| {
            let days = WINDOW_MAX_S / 86_400;
            de::Error::custom(format!(
                "must be a length of {WINDOW_MIN_S} s to {days} days: a number and s, m, h or d (`7d`, `30m`)"
            ))
        })
    }
}

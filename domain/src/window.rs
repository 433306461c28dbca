//! Windows of time that rollups are kept for. All are UTC and half-open.

/// One second in milliseconds.
pub const SECOND_MS: u64 = 1000;
/// One minute in milliseconds.
pub const MINUTE_MS: u64 = 60 * SECOND_MS;
/// One hour in milliseconds.
pub const HOUR_MS: u64 = 60 * MINUTE_MS;
/// One day in milliseconds.
pub const DAY_MS: u64 = 24 * HOUR_MS;

/// Length of a rollup's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Granularity {
    /// What the edge counts by.
    Minute,
    /// Sixty minutes.
    Hour,
    /// A UTC day.
    Day,
}

impl Granularity {
    /// All, finest first.
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// Its name in answers and stores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Length in milliseconds.
    pub fn length_ms(self) -> u64 {
        match self {
            Self::Minute => MINUTE_MS,
            Self::Hour => HOUR_MS,
            Self::Day => DAY_MS,
        }
    }

    /// Start of the window that `at_ms` lies in.
    pub fn start_of(self, at_ms: u64) -> u64 {
        at_ms - at_ms % self.length_ms()
    }
}

/// The UTC date that an instant lies in, as `2026-02-28`. Instants beyond the year 9999 are told as its last day.
pub fn date_of(at_ms: u64) -> String {
    let instant = i64::try_from(at_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    jiff::tz::TimeZone::UTC.to_datetime(instant.unwrap_or(jiff::Timestamp::MAX)).date().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_of_utc() {
        assert_eq!(date_of(0), "1970-01-01");
        assert_eq!(date_of(1_772_323_199_999), "2026-02-28");
        assert_eq!(date_of(1_772_323_200_000), "2026-03-01");
        assert_eq!(date_of(u64::MAX), "9999-12-30");
    }
}

//! A UTC day.

/// Milliseconds of a day.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A UTC day, counted from 1 January 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

impl Day {
    /// The day of a Unix time in milliseconds.
    pub fn of_ms(ms: u64) -> Self {
        Self(i64::try_from(ms / DAY_MS).unwrap_or(i64::MAX))
    }

    /// Reads `2026-02-01`; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let year: i64 = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
        let month: i64 = parts.next()?.parse().ok()?;
        let day: i64 = parts.next()?.parse().ok()?;
        let candidate = Self::of_civil(year, month, day);
        // The way back finds days that no month has.
        (candidate.civil() == (year, month, day)).then_some(candidate)
    }

    /// This day moved by some days.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    /// Midnight at which the day starts, Unix milliseconds.
    pub fn start_ms(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0) * DAY_MS
    }

    /// Whether a calendar month starts here.
    pub fn starts_month(self) -> bool {
        self.civil().2 == 1
    }

    // Days from civil and back: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

    fn of_civil(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    fn civil(self) -> (i64, i64, i64) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.civil();
        write!(formatter, "{year:04}-{month:02}-{day:02}")
    }
}

/// Start of a time bucket as an answer's rows carry it: a date, or an RFC 3339 instant in UTC.
/// Unix milliseconds.
pub fn bucket_start_ms(text: &str) -> Option<u64> {
    let (date, time) = text.split_at_checked(10)?;
    let midnight = Day::parse(date)?.start_ms();
    if time.is_empty() {
        return Some(midnight);
    }
    let hour: u64 = time.get(1..3)?.parse().ok()?;
    let minute: u64 = time.get(4..6)?.parse().ok()?;
    Some(midnight + (hour * 60 + minute) * 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_written() {
        for (text, since_epoch) in [
            ("1970-01-01", Some(0)),
            ("2000-02-29", Some(11_016)),
            ("2026-11-22", Some(20_779)),
            ("2026-02-29", None),
            ("2026-13-01", None),
            ("26-01-01", None),
            ("yesterday", None),
        ] {
            let day = Day::parse(text);
            assert_eq!(day, since_epoch.map(Day), "{text}");
            if let Some(day) = day {
                assert_eq!(day.to_string(), text);
            }
        }
    }

    #[test]
    fn bucket_starts_are_read() {
        for (text, ms) in [
            ("1970-01-02", Some(DAY_MS)),
            ("1970-01-01T02:00:00Z", Some(7_200_000)),
            ("1970-01-01T00:05:00.000Z", Some(300_000)),
            ("1970", None),
            ("1970-01-01Tab:00", None),
        ] {
            assert_eq!(bucket_start_ms(text), ms, "{text}");
        }
    }
}

//! A day of the calendar, and the times that buckets of an answer begin at. A zone is none of this file's business: times are
//! those that clocks show, as if they were UTC.

use wire::query::Dimension;

/// Milliseconds of a day.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A day, counted from 1 January 1970.
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

    /// Days from another day to this one.
    pub fn since(self, other: Self) -> i64 {
        self.0 - other.0
    }

    /// The first day of its month.
    #[must_use]
    pub fn month_start(self) -> Self {
        let (year, month, _) = self.civil();
        Self::of_civil(year, month, 1)
    }

    /// The first day of its year.
    #[must_use]
    pub fn year_start(self) -> Self {
        Self::of_civil(self.civil().0, 1, 1)
    }

    /// The same day so many months later, or the last day of that month where it has none.
    #[must_use]
    pub fn plus_months(self, months: i64) -> Self {
        let (year, month, day) = self.civil();
        let months = year * 12 + month - 1 + months;
        let first = |months: i64| Self::of_civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1);
        first(months).plus(day - 1).min(first(months + 1).plus(-1))
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

/// Start of a time bucket as an answer's rows carry it, a date or an RFC 3339 instant: what the clocks of its offset show, in
/// milliseconds.
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

/// End of a time bucket by its start, both in milliseconds.
pub fn bucket_end_ms(start_ms: u64, interval: Dimension) -> u64 {
    let day = Day::of_ms(start_ms);
    match interval {
        Dimension::Minute => start_ms + 60_000,
        Dimension::Hour => start_ms + 60 * 60_000,
        Dimension::Week => day.plus(7).start_ms(),
        Dimension::Month => day.plus_months(1).start_ms(),
        _ => day.plus(1).start_ms(),
    }
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
    fn months_are_as_long_as_they_are() {
        for (day, months, expected) in [
            ("2026-01-31", 1, "2026-02-28"),
            ("2024-01-31", 1, "2024-02-29"),
            ("2026-01-15", -1, "2025-12-15"),
            ("2026-03-01", 12, "2027-03-01"),
        ] {
            assert_eq!(Day::parse(day).map(|day| day.plus_months(months).to_string()).as_deref(), Some(expected));
        }
        let day = Day::parse("2026-05-17");
        assert_eq!(day.map(|day| day.month_start().to_string()).as_deref(), Some("2026-05-01"));
        assert_eq!(day.map(|day| day.year_start().to_string()).as_deref(), Some("2026-01-01"));
    }

    #[test]
    fn bucket_starts_are_read() {
        for (text, ms) in [
            ("1970-01-02", Some(DAY_MS)),
            ("1970-01-01T02:00:00Z", Some(7_200_000)),
            ("1970-01-01T02:00:00+02:00", Some(7_200_000)),
            ("1970-01-01T00:05:00.000Z", Some(300_000)),
            ("1970", None),
            ("1970-01-01Tab:00", None),
        ] {
            assert_eq!(bucket_start_ms(text), ms, "{text}");
        }
    }
}

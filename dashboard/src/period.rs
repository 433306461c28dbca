//! The span of days a page shows, as its URL says it: `?period=7d&date=2026-02-01`.
//!
//! | `period` | days | `date` |
//! |---|---|---|
//! | `today` (or none) | today | – |
//! | `yesterday` | the day before | – |
//! | `day` | one | that day |
//! | `7d`, `30d`, `12mo` | 7, 30, 365 | the last of them; none: up to today |

use wire::query::{DateRange, Dimension};

use crate::day::{DAY_MS, Day};

/// Days of the longest period whose comparison is cut.
const DAYS_CUT_MAX: i64 = 92;

/// How many days a period has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Day,
    Week,
    Month,
    Year,
}

impl Length {
    fn days(self) -> i64 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Year => 365,
        }
    }

    fn token(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Year => "12mo",
        }
    }

    fn interval(self) -> Dimension {
        match self {
            Self::Day => Dimension::Hour,
            _ => Dimension::Date,
        }
    }
}

/// The last day of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Today,
    Yesterday,
    On(Day),
}

/// The span of days a page shows. Relative ends stay relative, so that a bookmark of "today" is
/// today's tomorrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    length: Length,
    end: End,
}

impl Period {
    /// What the period picker offers: the period, its name, its short name, and its key.
    pub const CHOICES: [(Self, &'static str, &'static str, char); 5] = [
        (Self::up_to(Length::Day, End::Today), "Today", "Today", 'd'),
        (Self::up_to(Length::Day, End::Yesterday), "Yesterday", "Yest.", 'e'),
        (Self::up_to(Length::Week, End::Today), "7 days", "7 d", 'w'),
        (Self::up_to(Length::Month, End::Today), "30 days", "30 d", 't'),
        (Self::up_to(Length::Year, End::Today), "12 months", "12 mo", 'l'),
    ];

    /// Today.
    pub const TODAY: Self = Self::up_to(Length::Day, End::Today);

    /// The last twelve months.
    pub const YEAR: Self = Self::up_to(Length::Year, End::Today);

    const fn up_to(length: Length, end: End) -> Self {
        Self { length, end }
    }

    /// Reads the URL's `period` and `date`. What cannot be read is today.
    pub fn parse(period: Option<&str>, date: Option<&str>) -> Self {
        let end = date.and_then(Day::parse).map_or(End::Today, End::On);
        let length = match period {
            Some("yesterday") => return Self::up_to(Length::Day, End::Yesterday),
            Some("day") => Length::Day,
            Some("7d") => Length::Week,
            Some("30d") => Length::Month,
            Some("12mo") => Length::Year,
            _ => return Self::up_to(Length::Day, End::Today),
        };
        Self::up_to(length, end)
    }

    /// The URL's query string, with its question mark.
    pub fn to_query_string(self) -> String {
        match (self.length, self.end) {
            (Length::Day, End::Today) => "?period=today".to_owned(),
            (Length::Day, End::Yesterday) => "?period=yesterday".to_owned(),
            (length, End::On(day)) => format!("?period={}&date={day}", length.token()),
            (length, _) => format!("?period={}", length.token()),
        }
    }

    /// The period as it stands on a day.
    pub fn on(self, today: Day) -> Shown {
        Shown { period: self, today }
    }

    fn days(self, today: Day) -> Days {
        let last = match self.end {
            End::Today => today,
            End::Yesterday => today.plus(-1),
            End::On(day) => day.min(today),
        };
        Days { first: last.plus(1 - self.length.days()), last }
    }

    fn earlier(self, today: Day) -> Self {
        self.ending(self.days(today).last.plus(-self.length.days()), today)
    }

    fn later(self, today: Day) -> Option<Self> {
        let last = self.days(today).last;
        (last < today).then(|| self.ending(last.plus(self.length.days()), today))
    }

    fn ending(self, last: Day, today: Day) -> Self {
        let end = if last >= today {
            End::Today
        } else if self.length == Length::Day && last == today.plus(-1) {
            End::Yesterday
        } else {
            End::On(last)
        };
        Self::up_to(self.length, end)
    }
}

/// A period as it stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The period.
    pub period: Period,
    /// The day it is.
    pub today: Day,
}

impl Shown {
    /// Its days.
    pub fn days(self) -> Days {
        self.period.days(self.today)
    }

    /// Its days, for a query.
    pub fn range(self) -> DateRange {
        self.days().range()
    }

    /// The time dimension in which it is drawn.
    pub fn interval(self) -> Dimension {
        self.period.length.interval()
    }

    /// Whether its last day is not over.
    pub fn is_running(self) -> bool {
        self.days().last == self.today
    }

    /// The period of the same length just before.
    pub fn earlier(self) -> Period {
        self.period.earlier(self.today)
    }

    /// The period of the same length just after, or none when this one reaches today.
    pub fn later(self) -> Option<Period> {
        self.period.later(self.today)
    }
}

/// Whole days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
}

impl Days {
    /// As many days, just before these.
    #[must_use]
    pub fn previous(self) -> Self {
        let length_ms = self.last.start_ms() + DAY_MS - self.first.start_ms();
        let length = i64::try_from(length_ms / DAY_MS).unwrap_or(1);
        Self { first: self.first.plus(-length), last: self.last.plus(-length) }
    }

    /// All of these days, for a query.
    pub fn range(self) -> DateRange {
        DateRange { start: self.first.to_string(), end: self.last.to_string() }
    }

    /// The part of the previous days that compares with these as far as they have come at `now_ms`:
    /// a day is cut at the same minute, a longer period at the same hour, a year not at all (its
    /// hours are many to read, and a part of a day is little of it).
    pub fn comparable(self, now_ms: u64) -> DateRange {
        let previous = self.previous();
        let whole = previous.range();
        if Day::of_ms(now_ms) != self.last || self.last > self.first.plus(DAYS_CUT_MAX) {
            return whole;
        }
        let grain_ms = if self.first == self.last { 60_000 } else { 60 * 60_000 };
        let minutes = now_ms % DAY_MS / grain_ms * grain_ms / 60_000;
        // An empty span is no question to ask: the first grain of the day compares with one grain.
        let minutes = minutes.max(grain_ms / 60_000);
        DateRange { end: format!("{}T{:02}:{:02}:00Z", previous.last, minutes / 60, minutes % 60), ..whole }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap_or(Day::of_ms(0))
    }

    #[test]
    fn the_url_names_days() {
        for (period, date, first, last, canonical) in [
            (None, None, "2026-02-10", "2026-02-10", "?period=today"),
            (Some("nonsense"), None, "2026-02-10", "2026-02-10", "?period=today"),
            (Some("yesterday"), None, "2026-02-09", "2026-02-09", "?period=yesterday"),
            (Some("day"), Some("2026-02-01"), "2026-02-01", "2026-02-01", "?period=day&date=2026-02-01"),
            (Some("7d"), None, "2026-02-04", "2026-02-10", "?period=7d"),
            (Some("7d"), Some("2026-02-03"), "2026-01-28", "2026-02-03", "?period=7d&date=2026-02-03"),
            (Some("30d"), None, "2026-01-12", "2026-02-10", "?period=30d"),
            (Some("12mo"), None, "2025-02-11", "2026-02-10", "?period=12mo"),
        ] {
            let parsed = Period::parse(period, date);
            let days = parsed.days(day("2026-02-10"));
            assert_eq!((days.first, days.last), (day(first), day(last)), "{canonical}");
            assert_eq!(parsed.to_query_string(), canonical);
        }
    }

    #[test]
    fn arrows_walk_back_and_forth() {
        let today = day("2026-02-10");
        let start = Period::parse(Some("today"), None);
        assert_eq!(start.later(today), None);
        let yesterday = start.earlier(today);
        assert_eq!(yesterday.to_query_string(), "?period=yesterday");
        let before = yesterday.earlier(today);
        assert_eq!(before.to_query_string(), "?period=day&date=2026-02-08");
        assert_eq!(before.later(today), Some(yesterday));
        assert_eq!(yesterday.later(today), Some(start));

        let week = Period::parse(Some("7d"), None).earlier(today);
        assert_eq!(week.to_query_string(), "?period=7d&date=2026-02-03");
        assert_eq!(week.later(today), Some(Period::parse(Some("7d"), None)));
    }

    #[test]
    fn a_running_period_compares_with_as_much_of_the_previous() {
        let today = day("2026-02-10");
        let now_ms = today.start_ms() + (14 * 60 + 37) * 60_000 + 12_345;
        for (period, start, end) in [
            ("today", "2026-02-09", "2026-02-09T14:37:00Z"),
            ("yesterday", "2026-02-08", "2026-02-08"),
            ("7d", "2026-01-28", "2026-02-03T14:00:00Z"),
            ("12mo", "2024-02-12", "2025-02-10"),
        ] {
            let range = Period::parse(Some(period), None).days(today).comparable(now_ms);
            assert_eq!((range.start.as_str(), range.end.as_str()), (start, end), "{period}");
        }
        let midnight = Period::parse(None, None).days(today).comparable(today.start_ms());
        assert_eq!(midnight.end, "2026-02-09T00:01:00Z");
    }
}

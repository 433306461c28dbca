//! The span of time that a page shows, as its URL says it.
//!
//! | `period` | `date` | shows |
//! |---|---|---|
//! | `day`, `yesterday`, `24h`, `7d`, `28d`, `30d`, `91d`, `month`, `last_month`, `6mo`, `12mo`, `year`, `all` | – | up to now, or to the end of the day, month or year it is; without `period`: 28 days |
//! | `day`, `7d`, `28d`, `30d`, `91d`, `month`, `6mo`, `12mo`, `year` | the last of its days, or one of its last month or year | the same, then |
//! | `custom` | `2026-02-01~2026-02-10` | from day to day |

use wire::query::{DateRange, Dimension, Preset, Span};

use crate::day::Day;

/// What the picker offers: the period, its name, and its key. Groups are set apart.
pub const CHOICES: [&[(Preset, &str, char)]; 5] = [
    &[(Preset::Today, "Today", 'd'), (Preset::Yesterday, "Yesterday", 'e'), (Preset::Hours24, "Last 24 hours", 'h')],
    &[
        (Preset::Days7, "Last 7 days", 'w'),
        (Preset::Days28, "Last 28 days", 'f'),
        (Preset::Days30, "Last 30 days", 't'),
        (Preset::Days91, "Last 91 days", 'n'),
    ],
    &[(Preset::Month, "Month to date", 'm'), (Preset::LastMonth, "Last month", 'p')],
    &[
        (Preset::Year, "Year to date", 'y'),
        (Preset::Months6, "Last 6 months", 's'),
        (Preset::Months12, "Last 12 months", 'l'),
    ],
    &[(Preset::All, "All time", 'a')],
];

/// How long a period is that has an end of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// So many days.
    Days(i64),
    /// So many calendar months.
    Months(i64),
    /// A calendar year.
    Year,
}

/// The span of time that a page shows. A named one stays what its name says: a bookmark of today is tomorrow's tomorrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Relative to now.
    Named(Preset),
    /// The one that holds, or ends with, a day.
    Ending(Length, Day),
    /// From day to day, both ends included.
    Between(Day, Day),
}

impl Default for Period {
    fn default() -> Self {
        Self::Named(Preset::Days28)
    }
}

impl Period {
    /// Reads the URL's `period` and `date`. What cannot be read is as if it were not there.
    pub fn parse(period: Option<&str>, date: Option<&str>) -> Self {
        let named =
            period.and_then(|token| PRESETS.iter().find(|(_, known)| *known == token)).map(|(preset, _)| *preset);
        if period == Some("custom") {
            let ends = date.and_then(|date| date.split_once('~'));
            return match ends.map(|(first, last)| (Day::parse(first), Day::parse(last))) {
                Some((Some(first), Some(last))) if first <= last => Self::Between(first, last),
                _ => Self::default(),
            };
        }
        let Some(preset) = named else { return Self::default() };
        match (length(preset), date.and_then(Day::parse)) {
            (Some(length), Some(day)) => Self::Ending(length, day),
            _ => Self::Named(preset),
        }
    }

    /// The URL's `period` and `date`.
    pub fn tokens(self) -> (&'static str, Option<String>) {
        match self {
            Self::Named(preset) => (token(preset), None),
            Self::Ending(length, day) => (token(of_length(length)), Some(day.to_string())),
            Self::Between(first, last) => ("custom", Some(format!("{first}~{last}"))),
        }
    }

    /// What a question asks for.
    pub fn span(self) -> Span {
        let (first, last) = match self {
            Self::Named(preset) => return preset.into(),
            Self::Ending(length, day) => ends(length, day),
            Self::Between(first, last) => (first, last),
        };
        DateRange { start: first.to_string(), end: last.to_string() }.into()
    }

    /// Its first and last day, where it is made of days whose number is known.
    pub fn days(self, today: Day) -> Option<(Day, Day)> {
        match self {
            Self::Named(Preset::Yesterday) => Some((today.plus(-1), today.plus(-1))),
            Self::Named(Preset::LastMonth) => Some(ends(Length::Months(1), today.plus_months(-1))),
            Self::Named(preset) => Some(ends(length(preset)?, today)),
            Self::Ending(length, day) => Some(ends(length, day)),
            Self::Between(first, last) => Some((first, last)),
        }
    }

    /// Whether it reaches into now.
    pub fn is_running(self, today: Day) -> bool {
        self.days(today).is_none_or(|(_, last)| last >= today)
    }

    /// The one of the same length just before.
    pub fn earlier(self, today: Day) -> Option<Self> {
        self.moved(today, -1)
    }

    /// The one of the same length just after; none where that lies ahead.
    pub fn later(self, today: Day) -> Option<Self> {
        let starts_by_now = |later: &Self| later.days(today).is_some_and(|(first, _)| first <= today);
        self.moved(today, 1).filter(|later| starts_by_now(later) && later.days(today) != self.days(today))
    }

    fn moved(self, today: Day, by: i64) -> Option<Self> {
        let (first, last) = self.days(today)?;
        let length = match self {
            Self::Named(Preset::Yesterday) => Length::Days(1),
            Self::Named(Preset::LastMonth) => Length::Months(1),
            Self::Named(preset) => length(preset)?,
            Self::Ending(length, _) => length,
            Self::Between(..) => {
                let days = last.since(first) + 1;
                return Some(Self::Between(first.plus(by * days), last.plus(by * days)));
            }
        };
        let day = match length {
            Length::Days(days) => last.plus(by * days),
            Length::Months(months) => last.month_start().plus_months(by * months),
            Length::Year => last.month_start().plus_months(by * 12),
        };
        // What ends with today is the one that goes on tomorrow.
        let reaches_today = ends(length, day).1 >= ends(length, today).1;
        Some(if reaches_today { Self::Named(of_length(length)) } else { Self::Ending(length, day) })
    }

    /// The buckets that it may be drawn by, shortest first.
    pub fn intervals(self, today: Day) -> &'static [Dimension] {
        use Dimension::{Date, Hour, Minute, Month, Week};
        match (self, self.length_days(today)) {
            (Self::Named(Preset::Hours24), _) | (_, Some(..=1)) => &[Minute, Hour],
            (_, Some(..=7)) => &[Hour, Date],
            (_, Some(..=31)) => &[Date, Week],
            (_, Some(..=366)) => &[Date, Week, Month],
            _ => &[Week, Month],
        }
    }

    /// The buckets that it is drawn by where nobody says otherwise.
    pub fn interval(self, today: Day) -> Dimension {
        match (self, self.length_days(today)) {
            (Self::Named(Preset::Hours24), _) | (_, Some(..=1)) => Dimension::Hour,
            (_, Some(..=92)) => Dimension::Date,
            _ => Dimension::Month,
        }
    }

    fn length_days(self, today: Day) -> Option<i64> {
        self.days(today).map(|(first, last)| last.since(first) + 1)
    }
}

/// The presets of the URL.
const PRESETS: [(Preset, &str); 13] = [
    (Preset::Today, "day"),
    (Preset::Yesterday, "yesterday"),
    (Preset::Hours24, "24h"),
    (Preset::Days7, "7d"),
    (Preset::Days28, "28d"),
    (Preset::Days30, "30d"),
    (Preset::Days91, "91d"),
    (Preset::Month, "month"),
    (Preset::LastMonth, "last_month"),
    (Preset::Months6, "6mo"),
    (Preset::Months12, "12mo"),
    (Preset::Year, "year"),
    (Preset::All, "all"),
];

fn token(preset: Preset) -> &'static str {
    PRESETS.iter().find(|(known, _)| *known == preset).map_or("28d", |(_, token)| token)
}

/// The length of a preset that ends with today, or with the end of its month or year.
fn length(preset: Preset) -> Option<Length> {
    LENGTHS.iter().find(|(known, _)| *known == preset).map(|(_, length)| *length)
}

fn of_length(length: Length) -> Preset {
    LENGTHS.iter().find(|(_, known)| *known == length).map_or(Preset::Days28, |(preset, _)| *preset)
}

const LENGTHS: [(Preset, Length); 9] = [
    (Preset::Today, Length::Days(1)),
    (Preset::Days7, Length::Days(7)),
    (Preset::Days28, Length::Days(28)),
    (Preset::Days30, Length::Days(30)),
    (Preset::Days91, Length::Days(91)),
    (Preset::Month, Length::Months(1)),
    (Preset::Months6, Length::Months(6)),
    (Preset::Months12, Length::Months(12)),
    (Preset::Year, Length::Year),
];

/// First and last day.
fn ends(length: Length, day: Day) -> (Day, Day) {
    match length {
        Length::Days(days) => (day.plus(1 - days), day),
        Length::Months(months) => {
            (day.month_start().plus_months(1 - months), day.month_start().plus_months(1).plus(-1))
        }
        Length::Year => {
            let january = day.year_start();
            (january, january.plus_months(12).plus(-1))
        }
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
        for (period, date, first, last) in [
            (None, None, "2026-01-14", "2026-02-10"),
            (Some("nonsense"), None, "2026-01-14", "2026-02-10"),
            (Some("day"), None, "2026-02-10", "2026-02-10"),
            (Some("yesterday"), None, "2026-02-09", "2026-02-09"),
            (Some("day"), Some("2026-02-01"), "2026-02-01", "2026-02-01"),
            (Some("7d"), Some("2026-02-03"), "2026-01-28", "2026-02-03"),
            (Some("month"), None, "2026-02-01", "2026-02-28"),
            (Some("month"), Some("2024-02-10"), "2024-02-01", "2024-02-29"),
            (Some("last_month"), None, "2026-01-01", "2026-01-31"),
            (Some("6mo"), None, "2025-09-01", "2026-02-28"),
            (Some("year"), Some("2025-03-04"), "2025-01-01", "2025-12-31"),
            (Some("custom"), Some("2026-01-30~2026-02-02"), "2026-01-30", "2026-02-02"),
            (Some("custom"), Some("2026-02-30~2026-02-02"), "2026-01-14", "2026-02-10"),
        ] {
            let parsed = Period::parse(period, date);
            assert_eq!(parsed.days(day("2026-02-10")), Some((day(first), day(last))), "{period:?} {date:?}");
            let (token, date) = parsed.tokens();
            assert_eq!(Period::parse(Some(token), date.as_deref()), parsed);
        }
    }

    #[test]
    fn arrows_walk_back_and_forth() {
        let today = day("2026-03-31");
        for (token, steps) in [
            ("day", ["2026-03-30", "2026-03-29"]),
            ("7d", ["2026-03-24", "2026-03-17"]),
            ("month", ["2026-02-01", "2026-01-01"]),
            ("year", ["2025-12-01", "2024-12-01"]),
            ("6mo", ["2025-09-01", "2025-03-01"]),
        ] {
            let start = Period::parse(Some(token), None);
            assert_eq!(start.later(today), None, "{token}");
            let before = start.earlier(today).unwrap_or_default();
            assert_eq!(before.tokens().1.as_deref(), Some(steps[0]), "{token}");
            let further = before.earlier(today).unwrap_or_default();
            assert_eq!(further.tokens().1.as_deref(), Some(steps[1]), "{token}");
            assert_eq!(further.later(today), Some(before), "{token}");
            assert_eq!(before.later(today), Some(start), "{token}");
        }
        assert_eq!(Period::parse(Some("24h"), None).earlier(today), None);
        assert_eq!(Period::parse(Some("all"), None).earlier(today), None);
        let custom = Period::Between(day("2026-02-02"), day("2026-02-04"));
        assert_eq!(custom.earlier(today), Some(Period::Between(day("2026-01-30"), day("2026-02-01"))));
    }

    #[test]
    fn each_may_be_drawn_by_what_it_is_drawn_by() {
        let today = day("2026-03-31");
        for (preset, _) in PRESETS {
            let period = Period::Named(preset);
            assert!(period.intervals(today).contains(&period.interval(today)), "{preset:?}");
        }
    }
}

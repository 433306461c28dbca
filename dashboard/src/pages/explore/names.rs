//! What things are called in questions and addresses, by tables: to read them by their types would cost as many bytes again.

use wire::query::{ComparisonPeriod, DateRange, Direction, Metric, Operator, Preset, Span};

use super::words::METRICS;

/// Something that is one of a few, each with a name.
pub trait Named: Copy + PartialEq + 'static {
    /// All of them.
    const ALL: &'static [(Self, &'static str)];

    /// The one of this name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(found, _)| *found)
    }

    /// Its name.
    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }
}

impl Named for Metric {
    const ALL: &'static [(Self, &'static str)] = &[];

    fn named(name: &str) -> Option<Self> {
        METRICS.into_iter().chain([Self::ActiveUsers]).find(|metric| metric.name() == name)
    }

    fn word(self) -> &'static str {
        self.name()
    }
}

impl Named for Operator {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Is, "is"),
        (Self::IsNot, "is_not"),
        (Self::Contains, "contains"),
        (Self::ContainsNot, "contains_not"),
        (Self::Matches, "matches"),
        (Self::MatchesNot, "matches_not"),
    ];
}

impl Named for Direction {
    const ALL: &'static [(Self, &'static str)] = &[(Self::Asc, "asc"), (Self::Desc, "desc")];
}

impl Named for ComparisonPeriod {
    const ALL: &'static [(Self, &'static str)] = &[(Self::Previous, "previous"), (Self::Year, "year")];
}

impl Named for Preset {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Realtime, "realtime"),
        (Self::Minutes30, "30m"),
        (Self::Hours24, "24h"),
        (Self::Today, "day"),
        (Self::Yesterday, "yesterday"),
        (Self::Days7, "7d"),
        (Self::Days28, "28d"),
        (Self::Days30, "30d"),
        (Self::Days90, "90d"),
        (Self::Days91, "91d"),
        (Self::Week, "week"),
        (Self::Month, "month"),
        (Self::LastMonth, "last_month"),
        (Self::Months6, "6mo"),
        (Self::Months12, "12mo"),
        (Self::Year, "year"),
        (Self::All, "all"),
    ];
}

/// `7d`, or `2026-02-01..2026-02-28`.
pub fn span(text: &str) -> Option<Span> {
    match text.split_once("..") {
        Some((start, end)) => Some(Span::Between(DateRange { start: start.to_owned(), end: end.to_owned() })),
        None => Preset::named(text).map(Span::Preset),
    }
}

/// The reverse of [`span`].
pub fn span_text(span: &Span) -> String {
    match span {
        Span::Preset(preset) => preset.word().to_owned(),
        Span::Between(DateRange { start, end }) => format!("{start}..{end}"),
    }
}

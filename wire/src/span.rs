//! Spans of time as questions name them: by their ends, or by a name.

use serde::de::{self, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The span of time of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Span {
    /// By its name.
    Preset(Preset),
    /// By its ends.
    Between(DateRange),
}

/// A half-open span of time. Each end is a date of the question's time zone (`2026-02-01`) or an RFC 3339 instant; a
/// date as `end` means the end of that day, so `{start: d, end: d}` is one whole day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateRange {
    /// From here on.
    pub start: String,
    /// Up to here.
    pub end: String,
}

/// A span that ends now or with a day of the question's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preset {
    /// The last five minutes.
    #[serde(rename = "realtime")]
    Realtime,
    /// The last thirty minutes.
    #[serde(rename = "30m")]
    Minutes30,
    /// The last 24 hours, to the minute.
    #[serde(rename = "24h")]
    Hours24,
    /// The whole of today.
    #[serde(rename = "day", alias = "today")]
    Today,
    /// The whole of yesterday.
    #[serde(rename = "yesterday")]
    Yesterday,
    /// Today and the six days before.
    #[serde(rename = "7d")]
    Days7,
    /// Today and the 27 days before.
    #[serde(rename = "28d")]
    Days28,
    /// Today and the 29 days before.
    #[serde(rename = "30d")]
    Days30,
    /// Today and the 89 days before.
    #[serde(rename = "90d")]
    Days90,
    /// Today and the 90 days before.
    #[serde(rename = "91d")]
    Days91,
    /// The whole of this week, from Monday on.
    #[serde(rename = "week")]
    Week,
    /// The whole of this month.
    #[serde(rename = "month")]
    Month,
    /// The whole of the month before.
    #[serde(rename = "last_month")]
    LastMonth,
    /// This month and the five before.
    #[serde(rename = "6mo")]
    Months6,
    /// This month and the eleven before.
    #[serde(rename = "12mo")]
    Months12,
    /// The whole of this year.
    #[serde(rename = "year")]
    Year,
    /// From the first day that anything is kept of to today.
    #[serde(rename = "all")]
    All,
}

impl From<DateRange> for Span {
    fn from(range: DateRange) -> Self {
        Self::Between(range)
    }
}

impl From<Preset> for Span {
    fn from(preset: Preset) -> Self {
        Self::Preset(preset)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SpanVisitor)
    }
}

/// Looks at the form first, so that an error names the place within it.
struct SpanVisitor;

impl<'de> Visitor<'de> for SpanVisitor {
    type Value = Span;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object of start and end, or the name of a span such as \"7d\"")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Span, E> {
        Preset::deserialize(name.into_deserializer()).map(Span::Preset)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Span, A::Error> {
        DateRange::deserialize(de::value::MapAccessDeserializer::new(map)).map(Span::Between)
    }
}

//! What metrics, dimensions and spans are called, and how values are written.

use wire::query::{Cell, ComparisonPeriod, Dimension, Metric, Operator, Preset};

use crate::components::names::value as name_of;
use crate::day::Day;
use crate::format;

/// Every metric, in the order they are offered.
pub const METRICS: [Metric; 17] = [
    Metric::UniqueUsers,
    Metric::Visits,
    Metric::Pageviews,
    Metric::Events,
    Metric::BounceRate,
    Metric::VisitDuration,
    Metric::ViewsPerVisit,
    Metric::EngagedTime,
    Metric::Conversions,
    Metric::ConversionRate,
    Metric::Revenue,
    Metric::AverageOrder,
    Metric::Orders,
    Metric::RevenuePerVisitor,
    Metric::Quality,
    Metric::EventsPerVisitor,
    Metric::Percentage,
];

/// Every dimension of time.
pub const TIMES: [Dimension; 9] = [
    Dimension::Minute,
    Dimension::Hour,
    Dimension::Date,
    Dimension::Week,
    Dimension::Month,
    Dimension::Year,
    Dimension::HourOfDay,
    Dimension::Weekday,
    Dimension::HourOfWeek,
];

/// Every span with a name.
pub const PRESETS: [(Preset, &str); 15] = [
    (Preset::Minutes30, "Last 30 minutes"),
    (Preset::Hours24, "Last 24 hours"),
    (Preset::Today, "Today"),
    (Preset::Yesterday, "Yesterday"),
    (Preset::Days7, "Last 7 days"),
    (Preset::Days28, "Last 28 days"),
    (Preset::Days30, "Last 30 days"),
    (Preset::Days91, "Last 91 days"),
    (Preset::Week, "This week"),
    (Preset::Month, "This month"),
    (Preset::LastMonth, "Last month"),
    (Preset::Months6, "Last 6 months"),
    (Preset::Months12, "Last 12 months"),
    (Preset::Year, "This year"),
    (Preset::All, "All time"),
];

/// Every operator.
pub const OPERATORS: [(Operator, &str); 6] = [
    (Operator::Is, "is"),
    (Operator::IsNot, "is not"),
    (Operator::Contains, "contains"),
    (Operator::ContainsNot, "does not contain"),
    (Operator::Matches, "matches"),
    (Operator::MatchesNot, "does not match"),
];

/// Every comparison but one with days of its own.
pub const COMPARISONS: [(ComparisonPeriod, &str); 2] =
    [(ComparisonPeriod::Previous, "Previous period"), (ComparisonPeriod::Year, "Year before")];

/// What a metric is called.
pub fn metric(metric: Metric) -> &'static str {
    match metric {
        Metric::UniqueUsers => "Visitors",
        Metric::Visits => "Visits",
        Metric::Pageviews => "Pageviews",
        Metric::Events => "Events",
        Metric::BounceRate => "Bounce rate",
        Metric::VisitDuration => "Visit duration",
        Metric::ViewsPerVisit => "Views per visit",
        Metric::EngagedTime => "Engaged time",
        Metric::Conversions => "Conversions",
        Metric::ConversionRate => "Conversion rate",
        Metric::Quality => "Quality",
        Metric::Revenue => "Revenue",
        Metric::AverageOrder => "Average order",
        Metric::Orders => "Orders",
        Metric::RevenuePerVisitor => "Revenue per visitor",
        Metric::ActiveUsers => "Active users",
        Metric::EventsPerVisitor => "Events per visitor",
        Metric::Percentage => "Share of visitors",
    }
}

/// What a dimension is called.
pub fn dimension(dimension: Dimension) -> String {
    let words = match dimension {
        Dimension::EventType => "Event type",
        Dimension::Os => "Operating system",
        Dimension::OsVersion => "System version",
        Dimension::UtmSource => "UTM source",
        Dimension::UtmMedium => "UTM medium",
        Dimension::UtmCampaign => "UTM campaign",
        Dimension::UtmContent => "UTM content",
        Dimension::UtmTerm => "UTM term",
        Dimension::Date => "Day",
        Dimension::HourOfDay => "Hour of the day",
        Dimension::Weekday => "Day of the week",
        Dimension::HourOfWeek => "Hour of the week",
        Dimension::Property(name) => return format!("Property: {}", name.as_str()),
        other => return crate::components::names::capitalised(&other.name().replace('_', " ")),
    };
    words.to_owned()
}

/// What an operator is called.
pub fn operator(operator: Operator) -> &'static str {
    OPERATORS.into_iter().find(|(known, _)| *known == operator).map_or("is", |(_, words)| words)
}

/// A dimension's value as people call it.
pub fn value(dimension: Dimension, text: &str) -> String {
    let day = |text: &str| text.get(..10).and_then(Day::parse);
    match dimension {
        Dimension::Date => day(text).map(|day| format::bucket(day.start_ms(), Dimension::Date)),
        Dimension::Week => day(text).map(|day| format!("Week of {}", format::day(day.start_ms()))),
        Dimension::Month => day(text).map(|day| {
            let year = text.get(..4).unwrap_or_default();
            format!("{} {year}", format::month(day.start_ms()))
        }),
        Dimension::Year => text.get(..4).map(str::to_owned),
        Dimension::Hour | Dimension::Minute => {
            let time = text.get(11..16).unwrap_or_default();
            day(text).map(|day| format!("{}, {time}", format::day(day.start_ms())))
        }
        Dimension::HourOfDay => Some(format!("{text}:00")),
        Dimension::HourOfWeek => {
            text.split_once('T').map(|(day, hour)| format!("{}, {hour}:00", name_of(Dimension::Weekday, day)))
        }
        _ => None,
    }
    .unwrap_or_else(|| name_of(dimension, text))
}

/// The same below a drawing, where there is little room.
pub fn brief(dimension: Dimension, text: &str) -> String {
    let is_day = matches!(dimension, Dimension::Date | Dimension::Week);
    let day = text.get(..10).filter(|_| is_day).and_then(Day::parse);
    day.map_or_else(|| value(dimension, text), |day| format::day(day.start_ms()))
}

/// A metric's value as people write it.
pub fn cell(metric: Metric, cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Money(amounts) if amounts.is_empty() => "–".to_owned(),
        Cell::Money(amounts) => {
            let amounts: Vec<_> =
                amounts.iter().map(|(currency, amount)| format!("{} {currency}", format::ratio(*amount))).collect();
            amounts.join(", ")
        }
        Cell::Count(count) => format::whole(*count),
        Cell::Number(number) => match metric {
            Metric::BounceRate | Metric::ConversionRate | Metric::Percentage => format!("{}%", format::ratio(*number)),
            Metric::VisitDuration | Metric::EngagedTime => duration(*number),
            _ => format::ratio(*number),
        },
    }
}

/// Seconds as people write them: `14s`, `2m 05s`, `1h 03m`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a visit")]
fn duration(seconds: f64) -> String {
    let seconds = seconds.round().max(0.0) as u64;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// A metric's value as a number; of money, that of the currency with most of it.
#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
pub fn number(cell: &Cell) -> f64 {
    match cell {
        Cell::Count(count) => *count as f64,
        Cell::Number(number) => *number,
        Cell::Money(amounts) => amounts.values().copied().fold(0.0, f64::max),
        Cell::Text(_) => 0.0,
    }
}

/// The cell that writes a number of the scale as the metric's values are written.
pub fn tick(metric: Metric, number: f64) -> String {
    match metric {
        Metric::BounceRate | Metric::ConversionRate | Metric::Percentage => format!("{}%", format::data(number)),
        Metric::VisitDuration | Metric::EngagedTime => duration(number),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a tick of a scale from zero")]
        _ if number.fract() == 0.0 => format::short(number as u64),
        _ => format::data(number),
    }
}

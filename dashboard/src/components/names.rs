//! What dimensions and their values are called.

use wire::query::Dimension;

use crate::format;

/// Every dimension but time and properties, in the order they are offered.
pub const DIMENSIONS: [Dimension; 25] = [
    Dimension::Page,
    Dimension::EntryPage,
    Dimension::ExitPage,
    Dimension::Title,
    Dimension::Hostname,
    Dimension::EventType,
    Dimension::Goal,
    Dimension::Source,
    Dimension::Channel,
    Dimension::Referrer,
    Dimension::UtmSource,
    Dimension::UtmMedium,
    Dimension::UtmCampaign,
    Dimension::UtmContent,
    Dimension::UtmTerm,
    Dimension::Country,
    Dimension::Region,
    Dimension::City,
    Dimension::Language,
    Dimension::Device,
    Dimension::Screen,
    Dimension::Browser,
    Dimension::BrowserVersion,
    Dimension::Os,
    Dimension::OsVersion,
];

/// A dimension's name: `Entry page`, `plan` of a property.
pub fn dimension(dimension: Dimension) -> String {
    match dimension {
        Dimension::EventType => "Event".to_owned(),
        Dimension::Os => "Operating system".to_owned(),
        Dimension::OsVersion => "System version".to_owned(),
        Dimension::Screen => "Screen size".to_owned(),
        Dimension::UtmSource => "Campaign source".to_owned(),
        Dimension::UtmMedium => "Campaign medium".to_owned(),
        Dimension::UtmCampaign => "Campaign".to_owned(),
        Dimension::UtmContent => "Campaign content".to_owned(),
        Dimension::UtmTerm => "Campaign term".to_owned(),
        Dimension::Property(name) => name.as_str().to_owned(),
        other => capitalised(&other.name().replace('_', " ")),
    }
}

/// A value as people call it.
pub fn value(dimension: Dimension, value: &str) -> String {
    match (dimension, value) {
        (Dimension::Country, code) => format::country(code),
        (Dimension::Language, code) => format::language(code),
        (Dimension::Source | Dimension::Channel, "" | "direct") => "Direct".to_owned(),
        (_, "") => "Unknown".to_owned(),
        (Dimension::Channel, "ai") => "AI".to_owned(),
        (Dimension::Channel | Dimension::Device | Dimension::Screen, word) => capitalised(&word.replace('_', " ")),
        (Dimension::Weekday, day) => weekday(day).to_owned(),
        (_, value) => value.to_owned(),
    }
}

fn weekday(number: &str) -> &str {
    match number {
        "1" => "Monday",
        "2" => "Tuesday",
        "3" => "Wednesday",
        "4" => "Thursday",
        "5" => "Friday",
        "6" => "Saturday",
        "7" => "Sunday",
        other => other,
    }
}

/// Where the flag is that stands before a country's name; none before others.
pub fn flag_of(dimension: Dimension, value: &str) -> Option<String> {
    (dimension == Dimension::Country).then(|| format::flag(value))
}

/// A word with its first letter in upper case.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(char::to_uppercase).into_iter().flatten().chain(letters).collect()
}

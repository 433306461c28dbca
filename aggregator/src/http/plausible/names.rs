//! How values are written there and here.

use serde_json::{Value, json};

/// Codes and names of countries, from the time zone database's list.
const COUNTRIES: &str = include_str!("countries.tsv");

/// Other names by which some are asked for.
const ALSO: [(&str, &str); 5] = [
    ("US", "United States of America"),
    ("CZ", "Czech Republic"),
    ("TR", "Türkiye"),
    ("MK", "North Macedonia"),
    ("VN", "Viet Nam"),
];

/// Visits that came from nowhere, there and here.
const DIRECT: (&str, &str) = ("Direct / None", "Direct");

/// No value, there.
const NOT_SET: &str = "(not set)";

/// How a dimension's values are written there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As here.
    Plain,
    /// Words with capitals: `organic_search` here is `Organic Search` there.
    Words,
    /// As here, but for visits that came from nowhere.
    Source,
    /// By the name, where there is a code here.
    Country,
    /// By the name alone, where it is followed by the country here.
    City,
    /// Local date or time without offset.
    Time,
}

impl Form {
    /// A value of ours as it is written there.
    pub fn label(self, value: &str) -> String {
        match self {
            Self::Plain => value.to_owned(),
            Self::Words => value.split('_').map(capitalised).collect::<Vec<_>>().join(" "),
            Self::Source if value == DIRECT.1 => DIRECT.0.to_owned(),
            Self::Source => value.to_owned(),
            Self::Country => countries().find(|(code, _)| *code == value).map_or(value, |(_, name)| name).to_owned(),
            Self::City => value.rsplit_once(", ").map_or(value, |(name, _)| name).to_owned(),
            Self::Time => match (value.get(..10), value.get(11..19)) {
                (Some(date), Some(time)) => format!("{date} {time}"),
                _ => value.to_owned(),
            },
        }
    }

    /// A value from there as it is counted here.
    pub fn value(self, label: &str) -> String {
        match self {
            _ if label == NOT_SET => String::new(),
            Self::Words => label.to_lowercase().replace(' ', "_"),
            Self::Source if label == DIRECT.0 => DIRECT.1.to_owned(),
            _ => label.to_owned(),
        }
    }
}

/// Codes and names of countries; a code may come with several names, the first of which is its own.
pub fn countries() -> impl Iterator<Item = (&'static str, &'static str)> {
    COUNTRIES.lines().filter_map(|line| line.split_once('\t')).chain(ALSO)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A regular expression that matches a text itself.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if letter.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// A regular expression for a text with `*` for any part of a segment, and `**` for any part.
pub fn wildcard(text: &str) -> String {
    format!("^{}$", escaped(text).replace(r"\*\*", ".*").replace(r"\*", "[^/]*"))
}

/// An amount, with texts for people.
pub fn money(currency: &str, value: f64) -> Value {
    let sign = match currency {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        _ => "",
    };
    let written =
        |amount: String| if sign.is_empty() { format!("{currency} {amount}") } else { format!("{sign}{amount}") };
    let short = match value.abs() {
        size if size >= 1e9 => format!("{:.1}B", value / 1e9),
        size if size >= 1e6 => format!("{:.1}M", value / 1e6),
        size if size >= 1e3 => format!("{:.1}K", value / 1e3),
        _ => format!("{value:.1}"),
    };
    json!({"value": value, "currency": currency, "short": written(short), "long": written(grouped(value))})
}

/// Two decimals, and a comma every three digits.
fn grouped(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let mut digits = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            digits.push(',');
        }
        digits.push(digit);
    }
    format!("{}{digits}.{cents}", if value < 0.0 { "-" } else { "" })
}

//! What an event is counted under.

use std::borrow::Cow;
use std::collections::BTreeMap;

use wire::event::Property;
use wire::frame::{PART, RawEvent, RollupDimension};
use wire::limits::{PAIR_PART_BYTES_MAX, VALUE_BYTES_MAX};
use wire::site::Settings;

use crate::page;

/// Whether a visit is counted under its first event's value.
pub fn is_of_visit(dimension: RollupDimension) -> bool {
    use RollupDimension as D;
    let of_event = matches!(dimension, D::Total | D::Page | D::EventType | D::Goal | D::Property | D::Pair);
    // Its entry and exit page are known apart.
    !of_event && !matches!(dimension, D::EntryPage | D::ExitPage)
}

/// Hands each dimension and value of an event to `take`, the total first, but for pairs ([`parts`]). An event without a
/// page, country… has no value there.
pub fn each_value<'a>(event: &'a RawEvent, settings: &Settings, mut take: impl FnMut(RollupDimension, Cow<'a, str>)) {
    take(RollupDimension::Total, Cow::Borrowed(""));
    for dimension in PLAIN {
        let value = plain(event, dimension);
        if !value.is_empty() {
            take(dimension, Cow::Borrowed(value));
        }
    }
    if !event.city.is_empty() {
        take(RollupDimension::City, city_of(&event.city, &event.country));
    }
    for goal in &event.goals {
        take(RollupDimension::Goal, Cow::Borrowed(goal.as_str()));
    }
    for name in &settings.properties {
        if let Some(value) = event.properties.get(name).and_then(property) {
            take(RollupDimension::Property, Cow::Owned(joined([name.as_str(), &value])));
        }
    }
}

/// An event's values in two dimensions that are counted together; none where it has none in one of them.
pub fn parts(
    event: &RawEvent,
    first: RollupDimension,
    second: RollupDimension,
) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    Some((part(event, first)?, part(event, second)?))
}

/// An event's value in two dimensions together, as it is counted; none where it has none in one of them.
pub fn pair(event: &RawEvent, first: RollupDimension, second: RollupDimension) -> Option<String> {
    let (one, other) = parts(event, first, second)?;
    Some(joined([first.name(), second.name(), &one, &other]))
}

/// The dimensions whose value stands in the event as it is counted.
const PLAIN: [RollupDimension; 19] = [
    RollupDimension::Page,
    RollupDimension::Source,
    RollupDimension::Channel,
    RollupDimension::Country,
    RollupDimension::Region,
    RollupDimension::Device,
    RollupDimension::EventType,
    RollupDimension::Hostname,
    RollupDimension::Browser,
    RollupDimension::BrowserVersion,
    RollupDimension::Os,
    RollupDimension::OsVersion,
    RollupDimension::Screen,
    RollupDimension::Language,
    RollupDimension::UtmSource,
    RollupDimension::UtmMedium,
    RollupDimension::UtmCampaign,
    RollupDimension::UtmContent,
    RollupDimension::UtmTerm,
];

fn plain(event: &RawEvent, dimension: RollupDimension) -> &str {
    match dimension {
        RollupDimension::Page => &event.path,
        RollupDimension::Source => &event.source,
        RollupDimension::Channel => &event.channel,
        RollupDimension::Country => &event.country,
        RollupDimension::Region => &event.region,
        RollupDimension::Device => &event.device,
        RollupDimension::EventType => &event.event_type,
        RollupDimension::Hostname => &event.hostname,
        RollupDimension::Browser => &event.browser,
        RollupDimension::BrowserVersion => &event.browser_version,
        RollupDimension::Os => &event.os,
        RollupDimension::OsVersion => &event.os_version,
        RollupDimension::Screen => &event.screen,
        RollupDimension::Language => &event.language,
        RollupDimension::UtmSource => &event.utm_source,
        RollupDimension::UtmMedium => &event.utm_medium,
        RollupDimension::UtmCampaign => &event.utm_campaign,
        RollupDimension::UtmContent => &event.utm_content,
        RollupDimension::UtmTerm => &event.utm_term,
        RollupDimension::Total
        | RollupDimension::EntryPage
        | RollupDimension::ExitPage
        | RollupDimension::City
        | RollupDimension::Goal
        | RollupDimension::Property
        | RollupDimension::Pair => "",
    }
}

/// A city with its country: there is a London in Canada.
pub fn city_of<'a>(city: &'a str, country: &str) -> Cow<'a, str> {
    if city.is_empty() || country.is_empty() {
        return Cow::Borrowed(city);
    }
    Cow::Owned([city, ", ", country].concat())
}

/// An event's value of a custom property, as it is counted; none where it has none.
pub fn property_of(properties: &BTreeMap<String, Property>, name: &str) -> Option<String> {
    let value = properties.get(name).and_then(property)?;
    // With its name it is one value.
    let bytes_max = VALUE_BYTES_MAX.saturating_sub(name.len() + PART.len_utf8());
    Some(page::cut(&value, bytes_max).to_owned())
}

/// A property's value as it is counted; a text's line ends and the like would spoil a table.
fn property(value: &Property) -> Option<String> {
    match value {
        Property::Text(text) if text.is_empty() => None,
        Property::Text(text) => Some(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()),
        Property::Number(number) => Some(number.to_string()),
        Property::Flag(flag) => Some(flag.to_string()),
        Property::Other(_) => None,
    }
}

/// One half of a pair.
fn part(event: &RawEvent, dimension: RollupDimension) -> Option<Cow<'_, str>> {
    let value = match dimension {
        RollupDimension::City => city_of(&event.city, &event.country),
        _ => Cow::Borrowed(plain(event, dimension)),
    };
    match value {
        value if value.is_empty() => None,
        Cow::Borrowed(value) => Some(Cow::Borrowed(page::cut(value, PAIR_PART_BYTES_MAX))),
        Cow::Owned(value) => Some(Cow::Owned(page::cut(&value, PAIR_PART_BYTES_MAX).to_owned())),
    }
}

/// What a stored value names and what it says of that: of a declared property its name and its value, of a pair the names
/// of both dimensions and both values; of any other dimension no name.
pub fn named(dimension: RollupDimension, value: &str) -> (&str, &str) {
    let names = match dimension {
        RollupDimension::Property => value.split_once(PART),
        RollupDimension::Pair => {
            let mut ends = value.match_indices(PART).map(|(at, _)| at);
            ends.nth(1).and_then(|at| Some((value.get(..at)?, value.get(at + PART.len_utf8()..)?)))
        }
        _ => None,
    };
    names.unwrap_or(("", value))
}

/// A value of several parts.
pub fn joined<const N: usize>(parts: [&str; N]) -> String {
    let mut text = String::new();
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            text.push(PART);
        }
        text.push_str(part);
    }
    page::cut(&text, VALUE_BYTES_MAX).to_owned()
}

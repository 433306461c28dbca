//! What numbers are broken down by: in a question by [`Dimension`], in a rollup by [`RollupDimension`].
//!
//! Both lists stand side by side, for they grow together: a question's dimension is a rollup's, or one of time.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::limits::PROPERTY_NAME_BYTES_MAX;

/// Parts the parts of a value: no text that is counted holds it.
pub const PART: char = '\u{1f}';

/// What a rollup counts apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollupDimension {
    /// Everything; the value is empty.
    #[default]
    Total,
    /// Path of the page.
    Page,
    /// Name of the site or campaign that visitors came from.
    Source,
    /// Kind of source.
    Channel,
    /// ISO 3166-1 alpha-2 country.
    Country,
    /// desktop, mobile, tablet.
    Device,
    /// `pageview` or the custom event's name.
    EventType,
    /// Host of the page.
    Hostname,
    /// Browser, or the app that shows the page.
    Browser,
    /// Browser with its major version: `Chrome 156`.
    BrowserVersion,
    /// Operating system.
    Os,
    /// Operating system with its version: `iOS 19`.
    OsVersion,
    /// Kind of screen by its width: mobile, tablet, laptop, desktop.
    Screen,
    /// Language, primary subtag: `de`.
    Language,
    /// `utm_source` of the link followed.
    UtmSource,
    /// `utm_medium` of the link followed.
    UtmMedium,
    /// `utm_campaign` of the link followed.
    UtmCampaign,
    /// `utm_content` of the link followed.
    UtmContent,
    /// `utm_term` of the link followed.
    UtmTerm,
    /// Path of the first page of a visit.
    EntryPage,
    /// Path of the last page of a visit so far.
    ExitPage,
    /// ISO 3166-2 subdivision: `DE-BE`.
    Region,
    /// City with its country: `Berlin, DE`.
    City,
    /// Name of the goal that was reached.
    Goal,
    /// Name and value of a declared custom property, parted by [`PART`].
    Property,
    /// Two declared dimensions, their names and values, all parted by [`PART`]: `country`, `device`, `DE`, `mobile`.
    Pair,
}

impl RollupDimension {
    /// All of them.
    pub const ALL: [Self; 26] = [
        Self::Total,
        Self::Page,
        Self::Source,
        Self::Channel,
        Self::Country,
        Self::Device,
        Self::EventType,
        Self::Hostname,
        Self::Browser,
        Self::BrowserVersion,
        Self::Os,
        Self::OsVersion,
        Self::Screen,
        Self::Language,
        Self::UtmSource,
        Self::UtmMedium,
        Self::UtmCampaign,
        Self::UtmContent,
        Self::UtmTerm,
        Self::EntryPage,
        Self::ExitPage,
        Self::Region,
        Self::City,
        Self::Goal,
        Self::Property,
        Self::Pair,
    ];

    /// Its name on the wire and in stores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Page => "page",
            Self::Source => "source",
            Self::Channel => "channel",
            Self::Country => "country",
            Self::Device => "device",
            Self::EventType => "event_type",
            Self::Hostname => "hostname",
            Self::Browser => "browser",
            Self::BrowserVersion => "browser_version",
            Self::Os => "os",
            Self::OsVersion => "os_version",
            Self::Screen => "screen",
            Self::Language => "language",
            Self::UtmSource => "utm_source",
            Self::UtmMedium => "utm_medium",
            Self::UtmCampaign => "utm_campaign",
            Self::UtmContent => "utm_content",
            Self::UtmTerm => "utm_term",
            Self::EntryPage => "entry_page",
            Self::ExitPage => "exit_page",
            Self::Region => "region",
            Self::City => "city",
            Self::Goal => "goal",
            Self::Property => "property",
            Self::Pair => "pair",
        }
    }

    /// The rollup that answers for a query's dimension; none for the dimensions of time.
    pub fn of(dimension: Dimension) -> Option<Self> {
        match dimension {
            Dimension::Date | Dimension::Hour | Dimension::Minute => None,
            Dimension::Page => Some(Self::Page),
            Dimension::Source => Some(Self::Source),
            Dimension::Channel => Some(Self::Channel),
            Dimension::Country => Some(Self::Country),
            Dimension::Device => Some(Self::Device),
            Dimension::EventType => Some(Self::EventType),
            Dimension::Hostname => Some(Self::Hostname),
            Dimension::Browser => Some(Self::Browser),
            Dimension::BrowserVersion => Some(Self::BrowserVersion),
            Dimension::Os => Some(Self::Os),
            Dimension::OsVersion => Some(Self::OsVersion),
            Dimension::Screen => Some(Self::Screen),
            Dimension::Language => Some(Self::Language),
            Dimension::UtmSource => Some(Self::UtmSource),
            Dimension::UtmMedium => Some(Self::UtmMedium),
            Dimension::UtmCampaign => Some(Self::UtmCampaign),
            Dimension::UtmContent => Some(Self::UtmContent),
            Dimension::UtmTerm => Some(Self::UtmTerm),
            Dimension::EntryPage => Some(Self::EntryPage),
            Dimension::ExitPage => Some(Self::ExitPage),
            Dimension::Region => Some(Self::Region),
            Dimension::City => Some(Self::City),
            Dimension::Goal => Some(Self::Goal),
            Dimension::Property(_) => Some(Self::Property),
        }
    }
}

/// What a query breaks down by or filters on. Travels as its name: `page`, `property:plan`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// UTC day.
    Date,
    /// UTC hour.
    Hour,
    /// UTC minute.
    Minute,
    /// Path of the page.
    Page,
    /// Name of the site or campaign that visitors came from.
    Source,
    /// Kind of source: direct, organic_search, social, email, ai, referral, paid.
    Channel,
    /// ISO 3166-1 alpha-2 country.
    Country,
    /// desktop, mobile or tablet.
    Device,
    /// Event type: `pageview` or the custom event's name.
    EventType,
    /// Host of the page.
    Hostname,
    /// Browser, or the app that shows the page.
    Browser,
    /// Browser with its major version: `Chrome 156`.
    BrowserVersion,
    /// Operating system.
    Os,
    /// Operating system with its version: `iOS 19`.
    OsVersion,
    /// Kind of screen by its width: mobile, tablet, laptop, desktop.
    Screen,
    /// Language, primary subtag: `de`.
    Language,
    /// `utm_source` of the link followed.
    UtmSource,
    /// `utm_medium` of the link followed.
    UtmMedium,
    /// `utm_campaign` of the link followed.
    UtmCampaign,
    /// `utm_content` of the link followed.
    UtmContent,
    /// `utm_term` of the link followed.
    UtmTerm,
    /// Path of the first page of a visit.
    EntryPage,
    /// Path of the last page of a visit so far.
    ExitPage,
    /// ISO 3166-2 subdivision: `DE-BE`.
    Region,
    /// City with its country: `Berlin, DE`.
    City,
    /// Name of the goal that was reached.
    Goal,
    /// Value of a declared custom property.
    Property(PropertyName),
}

/// What stands before a property's name where it is a dimension.
const PROPERTY: &str = "property:";

impl Dimension {
    /// All of them, but the declared properties.
    pub const FIXED: [Self; 26] = [
        Self::Date,
        Self::Hour,
        Self::Minute,
        Self::Page,
        Self::Source,
        Self::Channel,
        Self::Country,
        Self::Device,
        Self::EventType,
        Self::Hostname,
        Self::Browser,
        Self::BrowserVersion,
        Self::Os,
        Self::OsVersion,
        Self::Screen,
        Self::Language,
        Self::UtmSource,
        Self::UtmMedium,
        Self::UtmCampaign,
        Self::UtmContent,
        Self::UtmTerm,
        Self::EntryPage,
        Self::ExitPage,
        Self::Region,
        Self::City,
        Self::Goal,
    ];

    /// Its name in queries and answers; of a declared property, without the property's own. [`Self::to_string`] has both.
    pub fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Hour => "hour",
            Self::Minute => "minute",
            _ => RollupDimension::of(self).map_or("", RollupDimension::name),
        }
    }

    /// The dimension of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name.strip_prefix(PROPERTY) {
            Some(property) => PropertyName::new(property).map(Self::Property),
            None => Self::FIXED.into_iter().find(|dimension| dimension.name() == name),
        }
    }

    /// Whether it is one of time.
    pub fn is_time(self) -> bool {
        self.bucket_ms().is_some()
    }

    /// Length of the dimension's buckets in milliseconds, for the dimensions of time.
    pub fn bucket_ms(self) -> Option<u64> {
        match self {
            Self::Date => Some(24 * 60 * 60 * 1000),
            Self::Hour => Some(60 * 60 * 1000),
            Self::Minute => Some(60 * 1000),
            _ => None,
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Property(name) => write!(f, "{PROPERTY}{}", name.as_str()),
            _ => f.write_str(self.name()),
        }
    }
}

impl Serialize for Dimension {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Dimension {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| {
            let fixed: Vec<_> = Self::FIXED.into_iter().map(Self::name).collect();
            let known = fixed.join(", ");
            de::Error::custom(format!("unknown dimension `{name}`, expected one of {known}, or {PROPERTY}NAME"))
        })
    }
}

/// Name of a custom property. Stands in place, so that a dimension is as easily copied as the others are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropertyName {
    /// The name, then zeros.
    bytes: [u8; PROPERTY_NAME_BYTES_MAX],
    length: u8,
}

impl PropertyName {
    /// A name of 1 to [`PROPERTY_NAME_BYTES_MAX`] bytes; none for any other.
    pub fn new(name: &str) -> Option<Self> {
        let mut bytes = [0; PROPERTY_NAME_BYTES_MAX];
        let length = u8::try_from(name.len()).ok().filter(|length| *length > 0)?;
        bytes.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        Some(Self { bytes, length })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        let name = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(name).unwrap_or_default()
    }
}

impl fmt::Debug for PropertyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dimension_travels_as_its_name() {
        fn check(name: &str, expect: Option<Dimension>) {
            let read: Option<Dimension> = serde_json::from_value(name.into()).ok();
            assert_eq!(read, expect, "{name}");
            assert_eq!(expect.map_or(name.to_owned(), |dimension| dimension.to_string()), name);
        }
        let property = |name: &str| PropertyName::new(name).map(Dimension::Property);
        check("page", Some(Dimension::Page));
        check("date", Some(Dimension::Date));
        check("property:plan", property("plan"));
        check("property:größe: XL", property("größe: XL"));
        check(&format!("property:{}", "x".repeat(64)), property(&"x".repeat(64)));
        check(&format!("property:{}", "x".repeat(65)), None);
        check("property:", None);
        check("property", None);
        check("pair", None);
        check("total", None);
        assert_ne!(property("plan"), property("plan\0"));
    }
}

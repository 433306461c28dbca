//! What numbers are broken down by in a question. Both lists, this one and that of [`RollupDimension`], grow together: a
//! question's dimension is a rollup's, one of time, or one that only single events tell.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::limits::PROPERTY_NAME_BYTES_MAX;
pub use crate::rollup_dimension::{PART, RollupDimension};

/// What a query breaks down by or filters on. Travels as its name: `page`, `property:plan`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Day.
    Date,
    /// Hour.
    Hour,
    /// Minute.
    Minute,
    /// Week, from Monday on.
    Week,
    /// Month.
    Month,
    /// Year.
    Year,
    /// Hour of the day, of all days together: `00` to `23`.
    HourOfDay,
    /// Day of the week, of all weeks together: `1` (Monday) to `7`.
    Weekday,
    /// Hour of the week, of all weeks together: `1T00` to `7T23`.
    HourOfWeek,
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
    /// Title of the page; told by single events only.
    Title,
    /// Referrer as it came, without its query; told by single events only.
    Referrer,
    /// Number of a saved segment that an event belongs to: for filters alone, and written out before a question is planned.
    Segment,
    /// Value of a custom property; counted ahead where the site declares it.
    Property(PropertyName),
}

/// Name of [`Dimension::Segment`].
const SEGMENT: &str = "segment";

/// What stands before a property's name where it is a dimension.
const PROPERTY: &str = "property:";

impl Dimension {
    /// All that numbers are broken down by, but the declared properties.
    pub const FIXED: [Self; 34] = [
        Self::Date,
        Self::Hour,
        Self::Minute,
        Self::Week,
        Self::Month,
        Self::Year,
        Self::HourOfDay,
        Self::Weekday,
        Self::HourOfWeek,
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
        Self::Title,
        Self::Referrer,
    ];

    /// Its name in queries and answers; of a declared property, without the property's own. [`Self::to_string`] has both.
    pub fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
            Self::HourOfDay => "hour_of_day",
            Self::Weekday => "weekday",
            Self::HourOfWeek => "hour_of_week",
            Self::Title => "title",
            Self::Referrer => "referrer",
            Self::Segment => SEGMENT,
            _ => RollupDimension::of(self).map_or("", RollupDimension::name),
        }
    }

    /// The dimension of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name.strip_prefix(PROPERTY) {
            Some(property) => PropertyName::new(property).map(Self::Property),
            None if name == SEGMENT => Some(Self::Segment),
            None => Self::FIXED.into_iter().find(|dimension| dimension.name() == name),
        }
    }

    /// Whether it is one of time.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Date | Self::Hour | Self::Minute | Self::Week | Self::Month | Self::Year)
            || self.is_cyclic()
    }

    /// Whether it is one of time that comes back: of each bucket there is one, however long the range.
    pub fn is_cyclic(self) -> bool {
        matches!(self, Self::HourOfDay | Self::Weekday | Self::HourOfWeek)
    }

    /// Usual length of the dimension's buckets in milliseconds, for those of time that are about as long each.
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
        check("segment", Some(Dimension::Segment));
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

//! What a rollup counts apart.

use serde::{Deserialize, Serialize};

use crate::dimension::Dimension;

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

    /// The rollup that answers for a query's dimension; none for the dimensions of time and for those that only single events tell.
    pub fn of(dimension: Dimension) -> Option<Self> {
        match dimension {
            Dimension::Date
            | Dimension::Hour
            | Dimension::Minute
            | Dimension::Week
            | Dimension::Month
            | Dimension::Year
            | Dimension::HourOfDay
            | Dimension::Weekday
            | Dimension::HourOfWeek
            | Dimension::Title
            | Dimension::Referrer
            | Dimension::Segment => None,
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

//! Events as they arrive from pages and servers: not yet checked, nothing computed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One event of a batch, as sent. Every field is optional here, so that a missing one is refused by
/// name for this event alone; `domain` decides what is required.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Event {
    /// The site, e.g. `UA-123456-1`. Falls back to the batch's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_id: Option<String>,
    /// The sender's own id of a browser or device. Falls back to the batch's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The sender's own id of a visit. Falls back to the batch's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The sender's own id of this event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// `pageview`, or the name of a custom event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// RFC 3339, from servers. Pages send `at_ms` instead, which no wrong wall clock can spoil.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Milliseconds on the page's monotonic clock when the event happened; see [`crate::batch::Envelope::sent_at_ms`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<f64>,
    /// Where it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// What the sender knows about the person's surroundings; wins over what the edge derives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// What was paid, on purchases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revenue: Option<Revenue>,
    /// How long the page was in view and used since the event before, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engaged_ms: Option<f64>,
    /// Whether the browser said that a program steers it (`navigator.webdriver`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automated: Option<bool>,
    /// Anything else: text, numbers and booleans by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_properties: BTreeMap<String, Property>,
}

/// What was paid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Revenue {
    /// In units of the currency; below zero for what is paid back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
    /// ISO 4217 code, e.g. `EUR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// The page an event happened on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Page {
    /// Absolute URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Document title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// URL the visitor came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
}

/// What the sender knows about the person's surroundings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct User {
    /// The site's own id of a signed-in person. Read, and not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// ISO 3166-2 subdivision, e.g. `US-CA`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// `desktop`, `mobile` or `tablet`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Browser name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// CSS pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screen_width: Option<f64>,
}

/// The value of a custom property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Property {
    /// True or false.
    Flag(bool),
    /// Any finite number.
    Number(f64),
    /// Text.
    Text(String),
    /// A null, or a list or map: kept as nothing, refused by `domain` where it is not null.
    Other(Other),
}

/// A value that is neither text, number nor boolean. Its content is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// A null, which counts as absent.
    Null,
    /// A list or a map.
    Container,
}

impl Serialize for Other {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for Other {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let null = Option::<serde::de::IgnoredAny>::deserialize(deserializer)?.is_none();
        Ok(if null { Self::Null } else { Self::Container })
    }
}

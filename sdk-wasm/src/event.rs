//! One event, encoded when it happens and never again.

use alloc::string::String;
use alloc::vec::Vec;

use crate::id::Id;
use crate::limits::{
    EVENT_TYPE_BYTES_MAX, LANGUAGE_BYTES_MAX, PROPERTIES_MAX, PROPERTY_NAME_BYTES_MAX, PROPERTY_TEXT_BYTES_MAX,
    TITLE_BYTES_MAX, URL_BYTES_MAX, cut,
};
use crate::pack::Packer;

/// What happened, before encoding.
pub struct Event<'a> {
    /// `pageview`, or the name of a custom event.
    pub event_type: &'a str,
    /// Unique among all events.
    pub event_id: Id,
    /// The page's monotonic clock, in milliseconds.
    pub at_ms: f64,
    /// The page it happened on.
    pub page: Page<'a>,
    /// Who sees the page, encoded by [`user`].
    pub user: &'a [u8],
    /// The site's own properties.
    pub properties: &'a [(String, Property)],
}

/// A page.
pub struct Page<'a> {
    /// Its URL.
    pub url: &'a str,
    /// Its title.
    pub title: &'a str,
    /// The URL the visitor came from; empty when there is none.
    pub referrer: &'a str,
}

/// The value of a property.
pub enum Property {
    /// A text.
    Text(String),
    /// A finite number.
    Number(f64),
    /// True or false.
    Boolean(bool),
}

/// Encodes what is the same for all events of a page load: the browser's language (BCP 47) and the
/// width of its screen in CSS pixels.
#[must_use]
pub fn user(language: &str, screen_width: f64) -> Vec<u8> {
    let mut packer = Packer::new();
    packer.map(2);
    packer.pair("language", cut(language, LANGUAGE_BYTES_MAX));
    packer.text("screen_width");
    packer.number(screen_width);
    packer.finish()
}

impl Event<'_> {
    /// The event as a MessagePack map, every text cut to its limit.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut packer = Packer::new();
        packer.map(6);
        packer.pair("event_type", cut(self.event_type, EVENT_TYPE_BYTES_MAX));
        packer.pair("event_id", self.event_id);
        packer.text("at_ms");
        packer.number(self.at_ms);
        packer.text("page");
        packer.map(3);
        packer.pair("url", cut(self.page.url, URL_BYTES_MAX));
        packer.pair("title", cut(self.page.title, TITLE_BYTES_MAX));
        packer.pair("referrer", cut(self.page.referrer, URL_BYTES_MAX));
        packer.text("user");
        packer.packed(self.user);
        packer.text("custom_properties");
        packer.map(self.properties.len().min(PROPERTIES_MAX));
        for (name, value) in self.properties.iter().take(PROPERTIES_MAX) {
            packer.text(cut(name, PROPERTY_NAME_BYTES_MAX));
            match value {
                Property::Text(text) => packer.text(cut(text, PROPERTY_TEXT_BYTES_MAX)),
                Property::Number(number) => packer.number(*number),
                Property::Boolean(boolean) => packer.boolean(*boolean),
            }
        }
        packer.finish()
    }
}

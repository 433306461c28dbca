//! Events, as a server describes them.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use wire::event::{Event as WireEvent, Page, Property, Revenue, User};

use crate::Refused;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Something that happened. Limits are the edge's to check; they stand in `docs/events.md`.
#[derive(Clone, Debug, Default)]
pub struct Event {
    wire: WireEvent,
    at: Option<SystemTime>,
    visitor: Option<[String; 2]>,
}

impl Event {
    /// An event of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { wire: WireEvent { event_type: Some(name.into()), ..WireEvent::default() }, ..Self::default() }
    }

    /// A view of a page, by its absolute URL.
    pub fn pageview(url: impl Into<String>) -> Self {
        Self::new("pageview").page(url)
    }

    /// Who did it, by your own name for a person or device.
    #[must_use]
    pub fn client(mut self, id: impl Into<String>) -> Self {
        self.wire.client_id = Some(id.into());
        self
    }

    /// Who did it, by the address and user agent of their request: the same for a UTC day. Neither is sent, only a hash.
    #[must_use]
    pub fn visitor(mut self, address: impl Into<String>, user_agent: impl Into<String>) -> Self {
        self.visitor = Some([address.into(), user_agent.into()]);
        self
    }

    /// Your own id of the visit.
    #[must_use]
    pub fn session(mut self, id: impl Into<String>) -> Self {
        self.wire.session_id = Some(id.into());
        self
    }

    /// Your own id of this event, by which it is known again for 48 hours.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.wire.event_id = Some(id.into());
        self
    }

    /// When it happened: at most 48 hours ago. Now, where this is not said.
    #[must_use]
    pub fn at(mut self, time: SystemTime) -> Self {
        self.at = Some(time);
        self
    }

    /// The absolute URL of the page it happened on.
    #[must_use]
    pub fn page(mut self, url: impl Into<String>) -> Self {
        self.wire.page.get_or_insert_with(Page::default).url = Some(url.into());
        self
    }

    /// The page's title.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.wire.page.get_or_insert_with(Page::default).title = Some(title.into());
        self
    }

    /// The URL that the visitor came from.
    #[must_use]
    pub fn referrer(mut self, url: impl Into<String>) -> Self {
        self.wire.page.get_or_insert_with(Page::default).referrer = Some(url.into());
        self
    }

    /// A property: a text, a number or a boolean.
    #[must_use]
    pub fn property(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.wire.custom_properties.insert(name.into(), value.into().0);
        self
    }

    /// What was paid, in units of the currency (ISO 4217).
    #[must_use]
    pub fn revenue(mut self, amount: f64, currency: impl Into<String>) -> Self {
        self.wire.revenue = Some(Revenue { amount: Some(amount), currency: Some(currency.into()) });
        self
    }

    /// What is known of the person's surroundings: the edge sees those of your server.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        self.wire.user = Some(user);
        self
    }

    /// As JSON; `now_ms` is on the clock that [`crate::batch::body`] is given.
    pub(crate) fn text(mut self, site: &str, now_ms: f64) -> Result<String, Refused> {
        if let Some([address, user_agent]) = &self.visitor
            && self.wire.client_id.is_none()
        {
            let at = self.at.unwrap_or_else(SystemTime::now);
            self.wire.client_id = Some(client_of(site, address, user_agent, unix_ms(at)));
        }
        if self.wire.client_id.is_none() {
            return Err(Refused::NoClient);
        }
        match self.at {
            Some(time) => {
                let at = Timestamp::from_millisecond(unix_ms(time) as i64).unwrap_or_default();
                self.wire.timestamp = Some(at.to_string());
            }
            // By the clock that no one sets, where the time is not the caller's.
            None => self.wire.at_ms = Some(now_ms),
        }
        serde_json::to_string(&self.wire).map_err(|e| Refused::NotJson(e.to_string()))
    }
}

/// The value of a property.
pub struct Value(Property);

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self(Property::Text(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self(Property::Text(text))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self(Property::Number(number))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self(Property::Number(number.into()))
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self(Property::Number(number.into()))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self(Property::Flag(flag))
    }
}

fn unix_ms(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// Who sent it, where that is not named: the same at the same address with the same browser, for a UTC day. The edge keeps a
/// hash of it, under a key that it destroys. `packages/web/src/server-wire.js` makes the same.
fn client_of(site: &str, address: &str, user_agent: &str, at_ms: u64) -> String {
    let day = at_ms / DAY_MS;
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{site}\n{day}\n{address}\n{user_agent}")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn text(event: Event) -> String {
        event.text("UA-1", 1500.0).unwrap_or_else(|refused| refused.to_string())
    }

    #[test]
    fn events_are_what_the_edge_reads() {
        assert_eq!(
            text(Event::new("buy").client("ann").property("n", 3).property("yes", true).revenue(9.5, "EUR")),
            r#"{"client_id":"ann","event_type":"buy","at_ms":1500.0,"revenue":{"amount":9.5,"currency":"EUR"},"custom_properties":{"n":3.0,"yes":true}}"#
        );
        assert_eq!(
            text(Event::pageview("https://shop.example/").client("ann").at(UNIX_EPOCH + Duration::from_millis(1_500))),
            r#"{"client_id":"ann","event_type":"pageview","timestamp":"1970-01-01T00:00:01.5Z","page":{"url":"https://shop.example/"}}"#
        );
        assert_eq!(text(Event::new("buy")), Refused::NoClient.to_string());
    }

    #[test]
    fn a_visitor_is_the_same_for_a_day() {
        let of = |at_ms| client_of("UA-123456-1", "203.0.113.7", "Mozilla/5.0", at_ms);
        // As Node makes it: `e2e/browser/servers.mjs` holds its own against this.
        assert_eq!(of(0), "CO6jlhQLpY6fXPmPbcdoOcrp2d-6GMoskIhW3SlNYkA");
        assert_eq!(of(0), of(DAY_MS - 1));
        assert_ne!(of(0), of(DAY_MS));
    }
}

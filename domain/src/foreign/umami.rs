//! Umami's `POST /api/send`: one `{"type": …, "payload": {…}}`, and `POST /api/batch`: a list of them.
//!
//! | `type` | ours |
//! |---|---|
//! | `event` | a page view, or the event of its `name` |
//! | `identify` | the event `identify` of a client |
//! | `performance` | the event `web-vitals`, a custom property for each measure |
//! | `engagement` | the event `engagement` |
//!
//! | `payload` | ours |
//! |---|---|
//! | `website` | `tracking_id` |
//! | `url`, `referrer` | `page.url`, `page.referrer`; a path is one of `hostname` |
//! | `title` | `page.title`, also with escapes |
//! | `name` | `event_type`, cut to its limit |
//! | `data` | `custom_properties`: `a.b` for a map in a map, a list as JSON |
//! | `tag` | the custom property `tag` |
//! | `id` | `client_id` |
//! | `screen`, `language` | `user.screen_width`, `user.language` |
//! | `browser`, `device` | `user.browser`, `user.device` |
//! | `timestamp` | `timestamp`, from seconds |
//! | `engagement` | `engaged_ms` |
//! | `ip`, `userAgent`, `os` | nothing: those of the request are taken |
//! | `link`, `pixel` | refused: there are none here |

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;
use wire::batch::{Batch, BatchError, Envelope, Malformed};
use wire::event::{Event, Page, Property, Revenue, User};
use wire::limits::{
    BATCH_EVENTS_MAX, EVENT_TYPE_BYTES_MAX, PROPERTIES_MAX, PROPERTY_NAME_BYTES_MAX, PROPERTY_TEXT_BYTES_MAX,
    REVENUE_MAX, TITLE_BYTES_MAX, URL_BYTES_MAX,
};

use super::{document, number, property, refused, take, text, within};
use crate::page;
use crate::user_agent::Device;

mod answer;

pub use answer::{Answer, CACHE_HEADER};

/// What Umami measures of how a page comes up, milliseconds but for `cls`.
const MEASURES: [&str; 5] = ["lcp", "inp", "cls", "fcp", "ttfb"];

/// Bytes of a host's name: as long as any can be (RFC 1035). Each of its labels is normalised by itself, which takes long.
const HOST_BYTES_MAX: usize = 253;

const NAMES: [(&str, &str); 13] = [
    ("tracking_id", "payload.website"),
    ("event_type", "payload.name"),
    ("page.url", "payload.url"),
    ("page.referrer", "payload.referrer"),
    ("page.title", "payload.title"),
    ("custom_properties.tag", "payload.tag"),
    ("custom_properties", "payload.data"),
    ("client_id", "payload.id"),
    ("timestamp", "payload.timestamp"),
    ("engaged_ms", "payload.engagement"),
    ("user.screen_width", "payload.screen"),
    ("user", "payload"),
    ("revenue", "payload.data"),
];

/// Reads the body of a request that sends one event. One that cannot be counted says which of our fields is wrong;
/// [`field`] has their name.
///
/// # Errors
/// [`BatchError`] when it is not JSON.
pub fn decode(body: &[u8]) -> Result<Batch, BatchError> {
    Ok(batch(vec![document(body)?]))
}

/// As [`decode`], of a list.
///
/// # Errors
/// [`BatchError`] when it is not a list in JSON, empty, or of more than [`BATCH_EVENTS_MAX`].
pub fn decode_list(body: &[u8]) -> Result<Batch, BatchError> {
    match document(body)? {
        Value::Array(list) if list.is_empty() => Err(BatchError::NoEvents),
        Value::Array(list) if list.len() > BATCH_EVENTS_MAX => Err(BatchError::TooManyEvents(list.len())),
        Value::Array(list) => Ok(batch(list)),
        _ => Err(BatchError::Json("expected a list".to_owned())),
    }
}

/// What Umami calls a field of ours.
pub fn field(ours: &str) -> String {
    super::renamed(ours, &NAMES)
}

fn batch(sent: Vec<Value>) -> Batch {
    let website = sent.iter().find_map(|one| one.get("payload")?.get("website")?.as_str());
    let envelope = Envelope {
        sdk: Some("umami".to_owned()),
        // Whoever sends what cannot be read names its site all the same.
        tracking_id: website.map(str::to_owned),
        ..Envelope::default()
    };
    Batch { envelope, events: sent.into_iter().map(event).collect() }
}

/// What is sent, beside its payload.
enum Kind {
    Event,
    Identify,
    Performance,
    Engagement,
}

fn event(sent: Value) -> Result<Event, Malformed> {
    let Value::Object(mut sent) = sent else { return Err(refused(".", "must be an object")) };
    let kind = match text(&mut sent, &["type"], "type")?.as_deref() {
        Some("event") => Kind::Event,
        Some("identify") => Kind::Identify,
        Some("performance") => Kind::Performance,
        Some("engagement") => Kind::Engagement,
        _ => return Err(refused("type", "must be event, identify, performance or engagement")),
    };
    let Some(Value::Object(mut given)) = sent.remove("payload") else {
        return Err(refused("payload", "must be an object"));
    };
    let given = &mut given;
    let website = text(given, &["website"], "tracking_id")?.ok_or_else(|| refused("tracking_id", "is required"))?;
    let name = text(given, &["name"], "event_type")?.filter(|name| !name.is_empty());
    let mut custom_properties = BTreeMap::new();
    let revenue = match take(given, &["data"]) {
        None => None,
        Some(Value::Object(data)) => {
            let revenue = revenue(&data);
            flatten(&mut custom_properties, "", data);
            revenue
        }
        Some(_) => return Err(refused("custom_properties", "must be an object")),
    };
    if let Some(tag) = text(given, &["tag"], "custom_properties.tag")?.filter(|tag| !tag.is_empty()) {
        custom_properties.insert("tag".to_owned(), Property::Text(cut(tag, PROPERTY_TEXT_BYTES_MAX)));
    }
    let event_type = match kind {
        Kind::Event => name.map_or_else(|| crate::rollup::PAGEVIEW.to_owned(), |name| cut(name, EVENT_TYPE_BYTES_MAX)),
        Kind::Identify => "identify".to_owned(),
        Kind::Performance => {
            let measured = MEASURES.into_iter().filter_map(|name| Some((name, number(given.get(name)?)?)));
            custom_properties.extend(measured.map(|(name, value)| (name.to_owned(), Property::Number(value))));
            "web-vitals".to_owned()
        }
        Kind::Engagement => "engagement".to_owned(),
    };
    Ok(Event {
        tracking_id: Some(website),
        client_id: text(given, &["id"], "client_id")?.filter(|id| !id.is_empty()),
        event_type: Some(event_type),
        timestamp: timestamp(take(given, &["timestamp"]))?,
        page: Some(place(given)?),
        user: Some(surroundings(given)?),
        engaged_ms: take(given, &["engagement"]).as_ref().and_then(number),
        revenue: if matches!(kind, Kind::Event) { revenue } else { None },
        custom_properties,
        ..Event::default()
    })
}

fn cut(text: String, bytes: usize) -> String {
    if text.len() <= bytes { text } else { page::cut(&text, bytes).to_owned() }
}

/// From seconds, as Umami has them.
fn timestamp(given: Option<Value>) -> Result<Option<String>, Malformed> {
    let Some(given) = given else { return Ok(None) };
    let instant = number(&given).and_then(|seconds| Timestamp::from_second(seconds as i64).ok());
    match instant {
        Some(instant) => Ok(Some(instant.to_string())),
        None => Err(refused("timestamp", "must be Unix seconds")),
    }
}

fn place(given: &mut Map<String, Value>) -> Result<Page, Malformed> {
    let host = text(given, &["hostname"], "page.url")?.filter(|host| !host.is_empty());
    let host = within(host, HOST_BYTES_MAX, "page.url")?;
    let base = host.and_then(|host| Url::parse(&format!("https://{host}")).ok());
    let url = within(text(given, &["url"], "page.url")?, URL_BYTES_MAX, "page.url")?;
    let referrer = text(given, &["referrer"], "page.referrer")?.filter(|referrer| !referrer.is_empty());
    let referrer = referrer.map(|referrer| cut(referrer, URL_BYTES_MAX));
    let title = text(given, &["title"], "page.title")?;
    Ok(Page {
        url: url.map(|url| absolute(url, base.as_ref())),
        title: title.map(|title| cut(unescaped(title), TITLE_BYTES_MAX)),
        // Joined to its host it may have become longer.
        referrer: referrer.map(|referrer| cut(absolute(referrer, base.as_ref()), URL_BYTES_MAX)),
    })
}

/// A path becomes one of `base`. It comes from older trackers, which escape once more what a browser has escaped.
fn absolute(url: String, base: Option<&Url>) -> String {
    if url.contains("://") {
        return url;
    }
    let joined = base.and_then(|base| base.join(&url.replace("%25", "%")).ok());
    joined.map_or(url, String::from)
}

/// A title of older trackers, which escape it. One that only looks so, such as `100%`, is left as it is.
fn unescaped(title: String) -> String {
    if !title.contains('%') || title.contains(' ') {
        return title;
    }
    let mut bytes = Vec::with_capacity(title.len());
    let mut rest = title.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = behind.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let escaped = digits.and_then(|digits| str::from_utf8(digits).ok());
        let Some(byte) = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else { return title };
        bytes.push(byte);
        rest = behind.get(2..).unwrap_or_default();
    }
    String::from_utf8(bytes).unwrap_or(title)
}

fn surroundings(given: &mut Map<String, Value>) -> Result<User, Malformed> {
    let screen = text(given, &["screen"], "user.screen_width")?;
    let device = text(given, &["device"], "user.device")?.map(|device| match device.as_str() {
        "laptop" => "desktop".to_owned(),
        _ => device,
    });
    Ok(User {
        screen_width: screen.and_then(|screen| screen.split('x').next()?.parse().ok()),
        language: text(given, &["language"], "user.language")?,
        browser: text(given, &["browser"], "user.browser")?,
        device: device.filter(|device| Device::named(device).is_some()),
        ..User::default()
    })
}

/// Umami sums the property `revenue` by the property `currency` beside it. What is no money stays a property.
fn revenue(data: &Map<String, Value>) -> Option<Revenue> {
    let amount = number(data.get("revenue")?).filter(|amount| amount.abs() <= REVENUE_MAX)?;
    let currency = data.get("currency")?.as_str()?;
    let is_code = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_alphabetic());
    is_code.then(|| Revenue { amount: Some(amount), currency: Some(currency.to_owned()) })
}

/// Properties of what may be maps in maps. `DEPTH_MAX` of the document bounds how deep this goes. Names end, and so do
/// properties, one beyond their limits: enough to be refused, and no name is repeated at length for all below it.
fn flatten(into: &mut BTreeMap<String, Property>, under: &str, data: Map<String, Value>) {
    for (name, value) in data {
        if into.len() > PROPERTIES_MAX {
            return;
        }
        let name = if under.is_empty() { name } else { format!("{under}.{name}") };
        let name = cut(name, PROPERTY_NAME_BYTES_MAX + 1);
        match value {
            Value::Object(map) => flatten(into, &name, map),
            Value::Array(list) => {
                let text = cut(Value::Array(list).to_string(), PROPERTY_TEXT_BYTES_MAX);
                into.insert(name, Property::Text(text));
            }
            Value::String(text) => {
                into.insert(name, Property::Text(cut(text, PROPERTY_TEXT_BYTES_MAX)));
            }
            plain => into.extend(property(plain).map(|plain| (name, plain))),
        }
    }
}

#[cfg(test)]
mod tests;

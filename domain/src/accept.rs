//! Which events are counted, and what is derived from them at receipt.
//!
//! A refused event says which field broke which limit; the others of its batch are not touched.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wire::Id128;
use wire::batch::{Envelope, Malformed};
use wire::event::{Event, Other, Page, Property, Revenue, User};
use wire::frame::{Money, RawEvent};
use wire::limits::{
    BATCH_ID_BYTES_MAX, BATCH_ID_BYTES_MIN, CAMPAIGN_BYTES_MAX, CLIENT_ID_BYTES_MAX, ENGAGED_MAX_MS, EVENT_AGE_MAX_MS,
    EVENT_AHEAD_MAX_MS, EVENT_TYPE_BYTES_MAX, PROPERTIES_MAX, PROPERTY_NAME_BYTES_MAX, PROPERTY_TEXT_BYTES_MAX,
    REVENUE_MAX, TITLE_BYTES_MAX, TRACKING_ID_BYTES_MAX, URL_BYTES_MAX,
};

use crate::user_agent::{Client, Device};
use crate::{hash, page, source};

/// What the edge knows of a request beside its body.
#[derive(Clone, Debug, Default)]
pub struct Receipt {
    /// When it arrived, Unix milliseconds.
    pub received_at_ms: u64,
    /// Country of the address, ISO 3166-1 alpha-2, or empty.
    pub country: String,
    /// Subdivision of that country, the part of ISO 3166-2 behind the hyphen, or empty.
    pub region: String,
    /// City of the address, or empty.
    pub city: String,
    /// What the client is, by [`crate::user_agent::read`].
    pub client: Client,
}

/// An event that will be counted, with the sender's own ids not yet replaced by keyed hashes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// The site.
    pub site: String,
    /// The sender's own id of the browser or device.
    pub client_id: Option<String>,
    /// The sender's own id of the visit.
    pub session_id: Option<String>,
    /// Hash of what the sender knows the event by: its own id, else client, session, time and type, where it names all.
    pub event_id: Option<Id128>,
    /// Whether a program steers the browser it comes from.
    pub is_automated: bool,
    /// All that is known of the event itself; id, visitor and session are still empty.
    pub event: RawEvent,
}

/// Checks the ids of a batch.
///
/// # Errors
/// [`Malformed`] when the batch id cannot serve to recognise a retry.
pub fn batch_id(envelope: &Envelope) -> Result<Option<&str>, Malformed> {
    let Some(id) = envelope.batch_id.as_deref() else { return Ok(None) };
    let alphabet = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if (BATCH_ID_BYTES_MIN..=BATCH_ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(alphabet) {
        return Ok(Some(id));
    }
    Err(refused(
        "batch_id",
        format!("must be {BATCH_ID_BYTES_MIN} to {BATCH_ID_BYTES_MAX} letters, digits, '-' or '_'"),
    ))
}

/// Checks one event and derives what reports need.
///
/// # Errors
/// [`Malformed`] names the first field that is missing or out of bounds.
pub fn accept(event: Event, envelope: &Envelope, receipt: &Receipt) -> Result<Accepted, Malformed> {
    let site = tracking_id(event.tracking_id.as_deref().or(envelope.tracking_id.as_deref()))?;
    let event_type = event_type(event.event_type)?;
    let at_ms = happened_at(event.timestamp.as_deref(), event.at_ms, envelope.sent_at_ms, receipt)?;
    let client_id = own_id("client_id", event.client_id.or_else(|| envelope.client_id.clone()))?;
    let session_id = own_id("session_id", event.session_id.or_else(|| envelope.session_id.clone()))?;
    let own_event_id = own_id("event_id", event.event_id)?;
    let event_id = match (own_event_id, &client_id, &session_id, &event.timestamp) {
        (Some(id), ..) => Some(hash::of_fields(&[b"event", site.as_bytes(), id.as_bytes()])),
        (None, Some(client), Some(session), Some(_)) => {
            let (time, kind) = (at_ms.to_be_bytes(), event_type.as_bytes());
            let fields: [&[u8]; 6] = [b"natural", site.as_bytes(), client.as_bytes(), session.as_bytes(), &time, kind];
            Some(hash::of_fields(&fields))
        }
        _ => None,
    };
    let mut raw = RawEvent {
        at_ms,
        event_type,
        revenue: event.revenue.map(money).transpose()?,
        engaged_ms: engaged(event.engaged_ms)?,
        properties: properties(event.custom_properties)?,
        ..RawEvent::default()
    };
    place(&mut raw, event.page.unwrap_or_default())?;
    surroundings(&mut raw, event.user.unwrap_or_default(), receipt)?;
    Ok(Accepted { site, client_id, session_id, event_id, is_automated: event.automated == Some(true), event: raw })
}

/// Checks a tracking id: what a site is known by everywhere.
///
/// # Errors
/// [`Malformed`] when missing, too long, or with characters that would need escaping in a URL.
pub fn tracking_id(id: Option<&str>) -> Result<String, Malformed> {
    let id = id.ok_or_else(|| refused("tracking_id", "is required"))?;
    let alphabet = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if (1..=TRACKING_ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(alphabet) {
        return Ok(id.to_owned());
    }
    Err(refused("tracking_id", format!("must be 1 to {TRACKING_ID_BYTES_MAX} letters, digits, '-', '_' or '.'")))
}

fn event_type(name: Option<String>) -> Result<String, Malformed> {
    let name = name.ok_or_else(|| refused("event_type", "is required"))?;
    if (1..=EVENT_TYPE_BYTES_MAX).contains(&name.len()) && !name.chars().any(char::is_control) {
        return Ok(name);
    }
    Err(refused("event_type", format!("must be 1 to {EVENT_TYPE_BYTES_MAX} bytes without control characters")))
}

/// When an event happened, by the edge's clock. A page's event is as old as the page's own clock says
/// between the event and the sending, so a wrong wall clock cannot move it.
fn happened_at(
    timestamp: Option<&str>,
    at_ms: Option<f64>,
    sent_at_ms: Option<f64>,
    receipt: &Receipt,
) -> Result<u64, Malformed> {
    let now = receipt.received_at_ms;
    if let Some(text) = timestamp {
        let instant: jiff::Timestamp = text
            .parse()
            .map_err(|_| refused("timestamp", "must be an RFC 3339 instant, e.g. 2026-02-02T10:30:00.000Z"))?;
        let at = u64::try_from(instant.as_millisecond()).unwrap_or(0);
        if at > now.saturating_add(EVENT_AHEAD_MAX_MS) {
            return Err(refused(
                "timestamp",
                format!("is more than {EVENT_AHEAD_MAX_MS} ms ahead of the server's clock"),
            ));
        }
        if at < now.saturating_sub(EVENT_AGE_MAX_MS) {
            return Err(refused("timestamp", format!("is more than {EVENT_AGE_MAX_MS} ms old")));
        }
        return Ok(at.min(now));
    }
    let (Some(at), Some(sent)) = (at_ms, sent_at_ms) else { return Ok(now) };
    if !at.is_finite() || !sent.is_finite() {
        return Err(refused("at_ms", "must be a finite number of milliseconds"));
    }
    let age = (sent - at).max(0.0);
    if age > EVENT_AGE_MAX_MS as f64 {
        return Err(refused("at_ms", format!("is more than {EVENT_AGE_MAX_MS} ms before sent_at_ms")));
    }
    Ok(now.saturating_sub(age as u64))
}

/// An amount in millionths, so that sums are exact.
fn money(given: Revenue) -> Result<Money, Malformed> {
    let amount = given.amount.ok_or_else(|| refused("revenue.amount", "is required"))?;
    if !amount.is_finite() || amount.abs() > REVENUE_MAX {
        return Err(refused("revenue.amount", format!("must be a number from -{REVENUE_MAX} to {REVENUE_MAX}")));
    }
    let currency = given.currency.ok_or_else(|| refused("revenue.currency", "is required"))?;
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(refused("revenue.currency", "must be an ISO 4217 code, three letters"));
    }
    Ok(Money { currency: currency.to_ascii_uppercase(), micros: (amount * 1e6).round() as i64 })
}

fn engaged(given: Option<f64>) -> Result<u64, Malformed> {
    match given {
        None => Ok(0),
        Some(ms) if (0.0..=ENGAGED_MAX_MS as f64).contains(&ms) => Ok(ms as u64),
        Some(_) => Err(refused("engaged_ms", format!("must be 0 to {ENGAGED_MAX_MS} milliseconds"))),
    }
}

fn own_id(field: &str, id: Option<String>) -> Result<Option<String>, Malformed> {
    match id {
        Some(id) if id.is_empty() || id.len() > CLIENT_ID_BYTES_MAX => {
            Err(refused(field, format!("must be 1 to {CLIENT_ID_BYTES_MAX} bytes")))
        }
        other => Ok(other),
    }
}

fn place(raw: &mut RawEvent, given: Page) -> Result<(), Malformed> {
    limit("page.url", given.url.as_deref(), URL_BYTES_MAX)?;
    limit("page.referrer", given.referrer.as_deref(), URL_BYTES_MAX)?;
    limit("page.title", given.title.as_deref(), TITLE_BYTES_MAX)?;
    let url = match given.url.as_deref() {
        None if raw.event_type == "pageview" => return Err(refused("page.url", "is required for a pageview")),
        None => None,
        Some(text) => {
            Some(page::parse(text).ok_or_else(|| refused("page.url", "must be an absolute http or https URL"))?)
        }
    };
    let from = source::of(url.as_ref(), given.referrer.as_deref());
    raw.hostname = url.as_ref().map(page::hostname).unwrap_or_default().to_owned();
    raw.path = url.as_ref().map(page::path).unwrap_or_default().to_owned();
    raw.title = given.title.unwrap_or_default();
    if let Some(from) = from {
        raw.referrer = from.referrer;
        raw.source = from.name;
        raw.channel = from.channel.name().to_owned();
        raw.utm_source = from.campaign.source;
        raw.utm_medium = from.campaign.medium;
        raw.utm_campaign = from.campaign.name;
        raw.utm_content = from.campaign.content;
        raw.utm_term = from.campaign.term;
    }
    Ok(())
}

fn surroundings(raw: &mut RawEvent, given: User, receipt: &Receipt) -> Result<(), Malformed> {
    let mut country = given.country.unwrap_or_else(|| receipt.country.clone());
    let is_code = country.len() == 2 && country.bytes().all(|b| b.is_ascii_alphabetic());
    if !country.is_empty() && !is_code {
        return Err(refused("user.country", "must be an ISO 3166-1 alpha-2 code, two letters"));
    }
    let device = match given.device.as_deref() {
        None => receipt.client.device,
        Some(name) => Device::named(name).ok_or_else(|| refused("user.device", "must be desktop, mobile or tablet"))?,
    };
    let is_told = given.region.is_some() || given.city.is_some();
    let (region, city) = match (given.region, given.city) {
        (None, None) if is_elsewhere(&country, receipt) => (String::new(), String::new()),
        (None, None) => (receipt.region.clone(), receipt.city.clone()),
        (region, city) => (region.unwrap_or_default(), city.unwrap_or_default()),
    };
    country.make_ascii_uppercase();
    raw.country = country;
    raw.region = subdivision(&raw.country, &region)
        .ok_or_else(|| refused("user.region", "must be an ISO 3166-2 code, e.g. US-CA"))
        .or_else(|refused| if is_told { Err(refused) } else { Ok(String::new()) })?;
    raw.city = page::cut(city.trim(), CAMPAIGN_BYTES_MAX).replace(char::is_control, " ");
    raw.device = device.name().to_owned();
    let Client { browser, os, .. } = &receipt.client;
    raw.browser = given.browser.as_deref().and_then(browser_name).unwrap_or(browser.name).to_owned();
    // A version goes with the name it was read beside.
    let is_same = raw.browser == browser.name;
    raw.browser_version = if is_same { browser.with_version() } else { raw.browser.clone() };
    raw.os = os.name.to_owned();
    raw.os_version = os.with_version();
    raw.screen = given.screen_width.and_then(screen).unwrap_or_default().to_owned();
    raw.language = given.language.as_deref().and_then(language).unwrap_or_default();
    Ok(())
}

/// Whether the sender names another country than the address lies in: then the address's region says nothing.
fn is_elsewhere(country: &str, receipt: &Receipt) -> bool {
    !country.eq_ignore_ascii_case(&receipt.country)
}

/// An ISO 3166-2 code with its country; empty stays empty.
fn subdivision(country: &str, region: &str) -> Option<String> {
    let (of, part) = region.split_once('-').unwrap_or((country, region));
    if part.is_empty() {
        return Some(String::new());
    }
    let is_code = part.len() <= 3 && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_here = of.len() == 2 && of.eq_ignore_ascii_case(country);
    (is_code && is_here).then(|| format!("{country}-{}", part.to_ascii_uppercase()))
}

/// A browser's name as the sender gives it. What cannot be one is passed over: no event is lost for it.
fn browser_name(given: &str) -> Option<&str> {
    let name = page::cut(given.trim(), CAMPAIGN_BYTES_MAX);
    (!name.is_empty() && !name.chars().any(char::is_control)).then_some(name)
}

/// Kind of screen, by the widths that most style sheets break at. CSS pixels.
fn screen(width: f64) -> Option<&'static str> {
    match width {
        width if !width.is_finite() || width < 1.0 => None,
        width if width < 576.0 => Some("mobile"),
        width if width < 992.0 => Some("tablet"),
        width if width < 1440.0 => Some("laptop"),
        _ => Some("desktop"),
    }
}

/// Primary subtag of a BCP 47 tag: `de` of `de-AT`. Two or three letters, as all that are registered.
fn language(tag: &str) -> Option<String> {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    let is_one = matches!(primary.len(), 2 | 3) && primary.bytes().all(|b| b.is_ascii_alphabetic());
    is_one.then(|| primary.to_ascii_lowercase())
}

fn properties(mut given: BTreeMap<String, Property>) -> Result<BTreeMap<String, Property>, Malformed> {
    if given.len() > PROPERTIES_MAX {
        return Err(refused("custom_properties", format!("has {} properties, at most {PROPERTIES_MAX}", given.len())));
    }
    for (name, value) in &given {
        let field = || format!("custom_properties.{}", page::cut(name, PROPERTY_NAME_BYTES_MAX));
        if !(1..=PROPERTY_NAME_BYTES_MAX).contains(&name.len()) {
            return Err(refused(field(), format!("its name must be 1 to {PROPERTY_NAME_BYTES_MAX} bytes")));
        }
        match value {
            Property::Other(Other::Null) => {}
            Property::Other(Other::Container) => {
                return Err(refused(field(), "must be a text, a number or a boolean"));
            }
            Property::Text(text) if text.len() > PROPERTY_TEXT_BYTES_MAX => {
                return Err(too_long(field(), text, PROPERTY_TEXT_BYTES_MAX));
            }
            Property::Number(number) if !number.is_finite() => {
                return Err(refused(field(), "must be a finite number"));
            }
            Property::Text(_) | Property::Number(_) | Property::Flag(_) => {}
        }
    }
    given.retain(|_, value| *value != Property::Other(Other::Null));
    Ok(given)
}

fn limit(field: &str, text: Option<&str>, bytes: usize) -> Result<(), Malformed> {
    match text {
        Some(text) if text.len() > bytes => Err(too_long(field, text, bytes)),
        _ => Ok(()),
    }
}

fn too_long(field: impl Into<String>, text: &str, bytes: usize) -> Malformed {
    refused(field, format!("is {} bytes, at most {bytes}", text.len()))
}

fn refused(field: impl Into<String>, detail: impl Into<String>) -> Malformed {
    Malformed { field: field.into(), detail: detail.into() }
}

#[cfg(test)]
mod tests;

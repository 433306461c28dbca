//! Plausible's `POST /api/event`: one event, by short names (its trackers) or long ones (its events API).
//!
//! | short | long | ours |
//! |---|---|---|
//! | `n` | `name` | `event_type` |
//! | `u` | `url` | `page.url`; under `h` the fragment is part of the path |
//! | `d` | `domain` | `tracking_id`; several, separated by commas, are an event each; without it, the URL's host |
//! | `r` | `referrer` | `page.referrer` |
//! | `p`, `m` | `props`, `meta` | `custom_properties`, also as a text of JSON |
//! | `$` | `revenue` | `revenue`, also as a text of JSON |
//! | `h` | `hashMode` | see `u` |
//! | `w` | `screen_width` | `user.screen_width` |
//! | `sd`, `e` | | of an `engagement`: the custom property `scroll` (%), `engaged_ms` |
//! | `i`, `v` | `interactive` | nothing: an event is no page view, and so never ends a bounce |

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use wire::batch::{Batch, BatchError, Envelope, Malformed};
use wire::event::{Event, Page, Property, Revenue, User};
use wire::limits::{ENGAGED_MAX_MS, URL_BYTES_MAX};

use super::{document, map, number, property, refused, take, text, within};
use crate::page;

/// What Plausible calls the event that says how long and how far a page was read.
const ENGAGEMENT: &str = "engagement";

/// Custom property of how far a page was read, in percent.
const SCROLL_DEPTH: &str = "scroll";

/// Properties of one event; Plausible passes over what is more.
const PROPERTIES_MAX: usize = 30;

/// Sites that one event may name: as many as one request may hold.
const DOMAINS_MAX: usize = 6;

const NAMES: [(&str, &str); 9] = [
    ("tracking_id", "domain"),
    ("event_type", "name"),
    ("page.url", "url"),
    ("page.referrer", "referrer"),
    ("custom_properties.scroll", "sd"),
    ("custom_properties", "props"),
    ("revenue", "revenue"),
    ("engaged_ms", "e"),
    ("user.screen_width", "w"),
];

/// Reads a request's body: an event for each site that it names. One that cannot be counted says which of our fields
/// is wrong; [`field`] has their name.
///
/// # Errors
/// [`BatchError`] when it is not a JSON object.
pub fn decode(body: &[u8]) -> Result<Batch, BatchError> {
    let Value::Object(mut given) = document(body)? else {
        return Err(BatchError::Json("expected an object".to_owned()));
    };
    let mut envelope = Envelope { sdk: Some("plausible".to_owned()), ..Envelope::default() };
    let url = text(&mut given, &["u", "url"], "page.url").and_then(|url| within(url, URL_BYTES_MAX, "page.url"));
    let sites = sites(&mut given, url.as_ref().ok().and_then(Option::as_deref));
    envelope.tracking_id = sites.as_ref().ok().and_then(|sites| sites.first().cloned());
    let events = match url.and_then(|url| Ok((sites?, event(url, given)?))) {
        Ok((sites, event)) => {
            sites.into_iter().map(|site| Ok(Event { tracking_id: Some(site), ..event.clone() })).collect()
        }
        Err(malformed) => vec![Err(malformed)],
    };
    Ok(Batch { envelope, events })
}

/// What Plausible calls a field of ours.
pub fn field(ours: &str) -> String {
    super::renamed(ours, &NAMES)
}

fn sites(given: &mut Map<String, Value>, url: Option<&str>) -> Result<Vec<String>, Malformed> {
    let Some(named) = text(given, &["d", "domain"], "tracking_id")? else {
        let host = url.and_then(page::parse).map(|url| page::hostname(&url).to_owned());
        return host.map(|host| vec![host]).ok_or_else(|| refused("tracking_id", "is required"));
    };
    let mut sites = Vec::new();
    for name in named.split(',').map(str::trim) {
        let site = name.strip_prefix("www.").unwrap_or(name).to_owned();
        if !sites.contains(&site) {
            sites.push(site);
        }
        if sites.len() > DOMAINS_MAX {
            return Err(refused("tracking_id", format!("names more than {DOMAINS_MAX} sites")));
        }
    }
    Ok(sites)
}

fn event(url: Option<String>, mut given: Map<String, Value>) -> Result<Event, Malformed> {
    let given = &mut given;
    let event_type = text(given, &["n", "name"], "event_type")?;
    let url = url.ok_or_else(|| refused("page.url", "is required"))?;
    let routes_by_hash =
        take(given, &["h", "hashMode"]).is_some_and(|h| h == Value::Bool(true) || number(&h) == Some(1.0));
    let referrer = text(given, &["r", "referrer"], "page.referrer")?;
    let mut custom_properties = properties(take(given, &["m", "meta", "p", "props"]));
    let mut engaged_ms = None;
    if event_type.as_deref() == Some(ENGAGEMENT) {
        let depth = take(given, &["sd"]).as_ref().and_then(number).filter(|depth| *depth >= 0.0);
        // A page that was left open over a weekend says nothing about reading.
        engaged_ms = take(given, &["e"]).as_ref().and_then(number);
        engaged_ms = engaged_ms.filter(|ms| (0.0..=ENGAGED_MAX_MS as f64).contains(ms));
        if depth.is_none() && engaged_ms.is_none() {
            return Err(refused("engaged_ms", "an engagement needs e, milliseconds, or sd, percent"));
        }
        if let Some(depth) = depth {
            custom_properties.insert(SCROLL_DEPTH.to_owned(), Property::Number(depth.min(100.0)));
        }
    }
    let screen_width = take(given, &["w", "screen_width"]).as_ref().and_then(number);
    Ok(Event {
        event_type,
        page: Some(Page {
            url: Some(if routes_by_hash { with_route(&url).unwrap_or(url) } else { url }),
            title: None,
            referrer: referrer.map(|referrer| page::cut(&referrer, URL_BYTES_MAX).to_owned()),
        }),
        user: screen_width.map(|width| User { screen_width: Some(width), ..User::default() }),
        revenue: revenue(take(given, &["$", "revenue"])),
        engaged_ms,
        custom_properties,
        ..Event::default()
    })
}

/// A URL whose fragment is part of its path, as our own script has it: `/app#/cart` is the page `/app/cart`.
fn with_route(url: &str) -> Option<String> {
    let mut url = page::parse(url)?;
    let route = url.fragment()?.split('?').next().unwrap_or_default();
    let route = route.strip_prefix('!').unwrap_or(route).trim_start_matches('/');
    let path = format!("{}/{route}", url.path().trim_end_matches('/'));
    url.set_fragment(None);
    url.set_path(&path);
    Some(url.into())
}

/// Lists, maps and what is empty are passed over, as Plausible does.
fn properties(given: Option<Value>) -> BTreeMap<String, Property> {
    let given = given.and_then(map).unwrap_or_default().into_iter();
    let told = given.filter_map(|(name, value)| property(value).map(|value| (name, value)));
    let is_empty = |text: &str| text.trim().is_empty();
    told.filter(|(name, value)| !is_empty(name) && !matches!(value, Property::Text(text) if is_empty(text)))
        .take(PROPERTIES_MAX)
        .collect()
}

/// None of an empty map, which the tracker sends with every click.
fn revenue(given: Option<Value>) -> Option<Revenue> {
    let mut given = given.and_then(map)?;
    let amount = take(&mut given, &["amount"]);
    let currency = take(&mut given, &["currency"]).and_then(|currency| currency.as_str().map(str::to_owned));
    (amount.is_some() || currency.is_some()).then(|| Revenue { amount: amount.as_ref().and_then(number), currency })
}

#[cfg(test)]
mod tests;

//! A visit as its pages tell it: views, events, how long each page was looked at.

use std::collections::BTreeMap;

use wire::event::{Event, Page, Property, Revenue, User};

use crate::people::Person;
use crate::random::Random;

/// An event of somebody, as it reaches the edge.
#[derive(Clone, Debug)]
pub struct Happening {
    /// When, Unix milliseconds.
    pub at_ms: u64,
    /// Number of the visit, and position in it: together they name the event.
    pub name: (u64, u32),
    /// Who.
    pub person: Person,
    /// What.
    pub event: Event,
}

/// Shortest time on a page that is told.
const ENGAGED_MIN_MS: u64 = 10_000;

/// Of a thousand pages that are left, those whose last word is lost: the browser was closed, the network gone.
const LOST: u32 = 300;

/// Of a thousand visits, those whose first page tells its web vitals.
const VITALS: u32 = 120;

/// Where visits lead: the site, and the list that they are written to.
#[derive(Debug)]
pub struct Book<'a> {
    /// Scheme and host.
    pub origin: &'static str,
    /// What happened.
    pub happened: &'a mut Vec<Happening>,
}

/// A visit that goes on.
#[derive(Debug)]
pub struct Visit<'a> {
    /// What is drawn in it.
    pub random: Random,
    /// Whose it is.
    pub person: Person,
    origin: &'static str,
    happened: &'a mut Vec<Happening>,
    number: u64,
    steps: u32,
    at_ms: u64,
    page: Page,
    stayed_ms: u64,
    tells_vitals: bool,
}

impl<'a> Visit<'a> {
    /// A visit that begins now.
    ///
    /// * `number`: its own among all visits of the site
    pub fn begin(book: &'a mut Book<'_>, mut random: Random, person: Person, number: u64, at_ms: u64) -> Self {
        let tells_vitals = random.chance(VITALS);
        let page = Page::default();
        let Book { origin, happened } = book;
        Self { random, person, origin, happened, number, steps: 0, at_ms, page, stayed_ms: 0, tells_vitals }
    }

    /// Opens the first page, coming from elsewhere.
    ///
    /// * `query`: what stands behind the path, campaign tags say; empty for nothing
    pub fn land(&mut self, path: &str, title: &str, query: &str, referrer: &str) {
        let url = [self.origin, path, query].concat();
        let referrer = (!referrer.is_empty()).then(|| referrer.to_owned());
        self.page = Page { url: Some(url), title: Some(title.to_owned()), referrer };
        self.write("pageview", |_| {});
    }

    /// Leaves the page for another one of the site.
    pub fn view(&mut self, path: &str, title: &str) {
        self.leave();
        let referrer = self.page.url.take();
        let url = [self.origin, path].concat();
        self.page = Page { url: Some(url), title: Some(title.to_owned()), referrer };
        self.write("pageview", |_| {});
    }

    /// Looks at the page for some seconds, most often for few.
    pub fn stay(&mut self, least_s: u32, most_s: u32) {
        let ms = u64::from(self.random.mostly_low(least_s * 1000, most_s * 1000));
        self.at_ms += ms;
        self.stayed_ms += ms * u64::from(self.random.between(55, 96)) / 100;
    }

    /// Does something on the page.
    pub fn act(&mut self, name: &str, properties: &[(&str, &str)]) {
        self.at_ms += 200;
        self.write(name, |event| event.custom_properties = texts(properties));
    }

    /// As [`Visit::act`], and pays: units of a currency, below zero to be paid back.
    pub fn pay(&mut self, name: &str, amount: f64, currency: &str, properties: &[(&str, &str)]) {
        self.at_ms += 200;
        self.write(name, |event| {
            event.custom_properties = texts(properties);
            event.revenue = Some(Revenue { amount: Some(amount), currency: Some(currency.to_owned()) });
        });
    }

    /// Leaves the site.
    pub fn end(mut self) {
        self.leave();
    }

    /// What a page says when it is left.
    fn leave(&mut self) {
        let stayed_ms = std::mem::take(&mut self.stayed_ms);
        self.at_ms += 50;
        if std::mem::take(&mut self.tells_vitals) {
            self.vitals();
        }
        if stayed_ms < ENGAGED_MIN_MS || self.random.chance(LOST) {
            return;
        }
        let scroll = self.random.between(15, 100);
        self.write("engagement", |event| {
            event.engaged_ms = Some(stayed_ms as f64);
            event.custom_properties.insert("scroll".to_owned(), Property::Number(f64::from(scroll)));
        });
    }

    /// Slower on phones, and far from Europe and America.
    fn vitals(&mut self) {
        let slow = if self.person.screen_width < 600 { 160 } else { 100 };
        let far =
            if matches!(self.person.place.country, "IN" | "BR" | "ZA" | "AU" | "NZ" | "JP" | "SG") { 145 } else { 100 };
        let mut number =
            |least: u32, most: u32| f64::from(self.random.mostly_low(least, most) * slow / 100 * far / 100);
        let (ttfb, drawn, largest, inp) = (number(70, 420), number(250, 900), number(200, 1600), number(24, 260));
        let cls = f64::from(self.random.mostly_low(0, 220)) / 1000.0;
        let told = [("ttfb", ttfb), ("fcp", ttfb + drawn), ("lcp", ttfb + drawn + largest), ("inp", inp), ("cls", cls)];
        self.write("web-vitals", |event| {
            event.custom_properties =
                told.into_iter().map(|(name, number)| (name.to_owned(), Property::Number(number))).collect();
        });
    }

    fn write(&mut self, name: &str, more: impl FnOnce(&mut Event)) {
        let user = User {
            language: Some(self.person.language.to_owned()),
            screen_width: Some(f64::from(self.person.screen_width)),
            ..User::default()
        };
        let mut event = Event {
            event_type: Some(name.to_owned()),
            page: Some(self.page.clone()),
            user: Some(user),
            ..Event::default()
        };
        more(&mut event);
        let name = (self.number, self.steps);
        self.steps += 1;
        self.happened.push(Happening { at_ms: self.at_ms, name, person: self.person, event });
    }
}

fn texts(properties: &[(&str, &str)]) -> BTreeMap<String, Property> {
    properties.iter().map(|(name, text)| ((*name).to_owned(), Property::Text((*text).to_owned()))).collect()
}

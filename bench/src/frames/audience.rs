//! Who visits a site, from where, and what they do there.

use std::collections::BTreeMap;

use domain::hash;
use e2e::random::Random;
use wire::Id128;
use wire::event::Property;
use wire::frame::{Money, RawEvent};

use super::values::{self, CAMPAIGNS, DEVICES, LANGUAGES, PLACES, PLANS, SOURCES, VARIANTS};

/// Of a thousand events, those that are no page view: click, sign-up, login, purchase.
const CUSTOM: [(&str, u32); 4] = [("click", 120), ("signup", 12), ("login", 20), ("purchase", 8)];

/// Of a hundred visitors, those that asked not to be told apart.
const PRIVATE: u32 = 2;

/// How visitors of a site behave.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Pages of the site.
    pub pages: u32,
    /// People that come again and again; each visit is one of theirs.
    pub people: u32,
    /// Of ten events of a visit, those after which another follows: 6 make 2.5 events a visit.
    pub goes_on: u32,
    /// Between two events of a visit, milliseconds: at least, and how much more at most.
    pub step_ms: (u32, u32),
}

impl Default for Habits {
    fn default() -> Self {
        Self { pages: 2000, people: 200_000, goes_on: 6, step_ms: (20_000, 90_000) }
    }
}

/// A site's visitors.
#[derive(Debug)]
pub struct Audience {
    site: String,
    habits: Habits,
    random: Random,
    /// Events to come, by time.
    due: BTreeMap<u64, Vec<Visitor>>,
    events: u64,
}

/// Someone on a visit.
#[derive(Clone, Debug)]
struct Visitor {
    person: u32,
    is_first: bool,
    source: &'static (&'static str, &'static str, &'static str, u32),
    campaign: &'static [&'static str; 5],
    page: u32,
}

impl Audience {
    /// The visitors of a site.
    pub fn new(site: &str, seed: u64, habits: Habits) -> Self {
        let mixed = hash::of_fields(&[b"audience", site.as_bytes(), &seed.to_be_bytes()]).high_bits();
        Self { site: site.to_owned(), habits, random: Random::new(mixed), due: BTreeMap::new(), events: 0 }
    }

    /// The events from `begin_ms` on for `length_ms`, by time, in which `visits` visits begin.
    pub fn between(&mut self, begin_ms: u64, length_ms: u64, visits: u32) -> Vec<RawEvent> {
        for _ in 0..visits {
            let at_ms = begin_ms + u64::from(self.random.below(length_ms as u32));
            let visitor = self.arrival();
            self.due.entry(at_ms).or_default().push(visitor);
        }
        let mut events = Vec::new();
        while let Some(entry) = self.due.first_entry().filter(|entry| *entry.key() < begin_ms + length_ms) {
            let (at_ms, visitors) = entry.remove_entry();
            for visitor in visitors {
                events.push(self.event(at_ms, &visitor));
                self.go_on(at_ms, visitor);
            }
        }
        events
    }

    /// Forgets who would go on later: for a stretch that is followed by nothing.
    pub fn leave(&mut self) {
        self.due.clear();
    }

    fn arrival(&mut self) -> Visitor {
        let random = &mut self.random;
        let mut left = random.below(SOURCES.iter().map(|source| source.3).sum());
        let found = SOURCES.iter().find(|source| {
            let is_it = left < source.3;
            left = left.saturating_sub(source.3);
            is_it
        });
        let (Some(source), Some(campaign)) = (found.or(SOURCES.first()), values::of(random, CAMPAIGNS)) else {
            unreachable!("the lists are not empty")
        };
        let person = values::zipf(random, self.habits.people);
        let page = values::zipf(random, self.habits.pages);
        Visitor { person, is_first: true, source, campaign, page }
    }

    fn go_on(&mut self, at_ms: u64, mut visitor: Visitor) {
        if self.random.below(10) >= self.habits.goes_on {
            return;
        }
        let (least, more) = self.habits.step_ms;
        visitor.is_first = false;
        visitor.page = values::zipf(&mut self.random, self.habits.pages);
        let next_ms = at_ms + u64::from(least + self.random.below(more));
        self.due.entry(next_ms).or_default().push(visitor);
    }

    fn event(&mut self, at_ms: u64, visitor: &Visitor) -> RawEvent {
        self.events += 1;
        let id = self.id(b"event", self.events);
        // What a person is stays the same from visit to visit.
        let mut person = Random::new(u64::from(visitor.person).wrapping_mul(0x9e37_79b9));
        let is_private = person.below(100) < PRIVATE;
        let visitor_id = (!is_private).then(|| self.id(b"visitor", u64::from(visitor.person)));
        let [device, screen, browser, browser_version, os, os_version] =
            values::of(&mut person, DEVICES).copied().unwrap_or_default();
        let [country, region, city] = values::of(&mut person, PLACES).copied().unwrap_or_default();
        let language = values::of(&mut person, LANGUAGES).copied().unwrap_or_default();
        let plan = values::of(&mut person, PLANS).copied().unwrap_or_default();
        let variant = values::of(&mut person, VARIANTS).copied().unwrap_or_default();
        let [utm_source, utm_medium, utm_campaign, utm_content, utm_term] = *visitor.campaign;
        let event_type = self.event_type(visitor);
        let revenue = (event_type == "purchase").then(|| Money {
            currency: if country == "US" { "USD" } else { "EUR" }.to_owned(),
            micros: i64::from(5 + self.random.below(195)) * 1_000_000,
        });
        let path = match visitor.page {
            0 => "/".to_owned(),
            page if page % 3 == 0 => format!("/blog/how-to-choose-a-lamp-{page}"),
            page => format!("/products/{page}"),
        };
        let mut properties = BTreeMap::from([("variant".to_owned(), Property::Text(variant.to_owned()))]);
        if visitor.person.is_multiple_of(4) {
            properties.insert("plan".to_owned(), Property::Text(plan.to_owned()));
        }
        let (referrer, source, channel, _) = *visitor.source;
        RawEvent {
            id,
            at_ms,
            visitor: visitor_id,
            session: visitor_id,
            title: format!("Lantern & Loom – {path}"),
            path,
            event_type: event_type.to_owned(),
            hostname: self.site.clone(),
            referrer: if visitor.is_first { referrer.to_owned() } else { String::new() },
            source: source.to_owned(),
            channel: channel.to_owned(),
            country: country.to_owned(),
            region: region.to_owned(),
            city: city.to_owned(),
            device: device.to_owned(),
            browser: browser.to_owned(),
            browser_version: browser_version.to_owned(),
            os: os.to_owned(),
            os_version: os_version.to_owned(),
            screen: screen.to_owned(),
            language: language.to_owned(),
            utm_source: utm_source.to_owned(),
            utm_medium: utm_medium.to_owned(),
            utm_campaign: utm_campaign.to_owned(),
            utm_content: utm_content.to_owned(),
            utm_term: utm_term.to_owned(),
            goals: Vec::new(),
            revenue,
            engaged_ms: if visitor.is_first { 0 } else { u64::from(self.random.below(30_000)) },
            properties,
        }
    }

    fn event_type(&mut self, visitor: &Visitor) -> &'static str {
        let mut left = if visitor.is_first { 1000 } else { self.random.below(1000) };
        for (name, share) in CUSTOM {
            if left < share {
                return name;
            }
            left -= share;
        }
        "pageview"
    }

    fn id(&self, kind: &[u8], number: u64) -> Id128 {
        hash::of_fields(&[kind, self.site.as_bytes(), &number.to_be_bytes()])
    }
}

//! Made-up visitors: the same seed makes the same people, through the same public API as real ones.

use serde_json::{Map, Value, json};
use wire::limits::BATCH_EVENTS_MAX;

use crate::random::Random;

/// How far past visits reach back: a little less than what the edge accepts.
pub const PAST_MS: u64 = 47 * HOUR_MS;

const HOUR_MS: u64 = 60 * 60 * 1000;

const SITE_ORIGIN: &str = "http://lantern-and-loom.example";

/// Pages by how often they are opened, of 100.
const PAGES: &[(&str, &str, u32)] = &[
    ("/", "Lantern & Loom", 34),
    ("/lamps", "Lamps", 26),
    ("/rugs", "Rugs", 18),
    ("/about", "About us", 8),
    ("/cart", "Your cart", 14),
];

/// Referrers by how often visits come from them, of 100.
const REFERRERS: &[(&str, u32)] = &[
    ("", 38),
    ("https://www.google.com/", 28),
    ("https://duckduckgo.com/", 6),
    ("https://www.instagram.com/", 9),
    ("https://news.ycombinator.com/", 5),
    ("https://www.pinterest.com/", 6),
    ("https://apartment-notes.example/lamps", 8),
];

/// Countries by how often visitors come from them, of 100.
const COUNTRIES: &[(&str, u32)] =
    &[("DE", 24), ("US", 21), ("FR", 13), ("GB", 11), ("NL", 8), ("SE", 7), ("PL", 6), ("JP", 5), ("BR", 5)];

/// Devices by how often visitors use them, of 100.
const DEVICES: &[(&str, u32)] = &[("mobile", 54), ("desktop", 39), ("tablet", 7)];

/// User agents by the device they are of.
const USER_AGENTS: &[(&str, &[&str])] = &[
    (
        "mobile",
        &[
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 16; SM-S938B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36",
        ],
    ),
    (
        "desktop",
        &[
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
        ],
    ),
    (
        "tablet",
        &[
            "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
        ],
    ),
];

/// The user agent that sends a visit: one person's is always the same.
pub fn user_agent(visit: &Value) -> &'static str {
    let person = visit.get("client_id").and_then(Value::as_str).unwrap_or_default();
    let device = visit.pointer("/events/0/user/device").and_then(Value::as_str).unwrap_or_default();
    let choices = USER_AGENTS.iter().find(|(of, _)| *of == device).map(|(_, choices)| *choices).unwrap_or_default();
    let sum: usize = person.bytes().map(usize::from).sum();
    choices.get(sum % choices.len().max(1)).copied().unwrap_or_default()
}

/// A stream of visits that is the same for the same seed.
pub struct Visitors {
    random: Random,
    site: String,
    run: String,
    visits: u64,
}

impl Visitors {
    /// Visitors of `site`. Their ids carry `run`, so that a second run over the same data is not taken for a
    /// repetition of the first.
    pub fn new(site: &str, seed: u64, run: &str) -> Self {
        Self { random: Random::new(seed), site: site.to_owned(), run: run.to_owned(), visits: 0 }
    }

    /// The batch of one visit: an envelope of a few page views and now and then an action.
    pub fn visit(&mut self) -> Value {
        self.visits += 1;
        let (number, run) = (self.visits, self.run.clone());
        // One in four comes again: an earlier person's id.
        let person = if number > 4 && self.random.below(4) == 0 {
            u64::from(self.random.below(number as u32 - 1)) + 1
        } else {
            number
        };
        // A person stays in one country, on one device.
        let trait_of = |salt: u64| ((person + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32 % 100;
        let (country, device) = (pick(COUNTRIES, trait_of(0)), pick(DEVICES, trait_of(1_000_003)));
        let mut referrer = pick(REFERRERS, self.random.below(100)).to_owned();
        let mut events = Vec::new();
        for step in 0..=self.random.below(4) {
            let (path, title) = self.page();
            let url = format!("{SITE_ORIGIN}{path}");
            events.push(json!({
                "event_type": "pageview", "event_id": format!("{run}-{number}-{step}"),
                "page": {"url": url, "title": title, "referrer": referrer},
                "user": {"country": country, "device": device},
            }));
            referrer = url;
        }
        if self.random.below(5) == 0 {
            events.push(json!({
                "event_type": "add_to_cart", "event_id": format!("{run}-{number}-cart"),
                "page": {"url": format!("{SITE_ORIGIN}/lamps"), "referrer": referrer}, "user": {"country": country, "device": device},
                "custom_properties": {"product": "dusk-lamp", "price": 89},
            }));
        }
        json!({
            "batch_id": format!("visit-{run}-{number:08}"),
            "tracking_id": self.site, "client_id": format!("person-{person}"), "session_id": format!("visit-{number}"),
            "events": events,
        })
    }

    /// Batches of visits that lie behind: `visits` of them over the [`PAST_MS`] before `now_ms`, more by day than
    /// by night. They carry timestamps, as events from servers do.
    pub fn past(&mut self, now_ms: u64, visits: usize) -> Vec<Value> {
        let mut events = Vec::new();
        for _ in 0..visits {
            let mut at_ms = now_ms - self.age_ms(now_ms);
            for mut event in self.loose_events() {
                event.insert("timestamp".to_owned(), json!(instant(at_ms.min(now_ms))));
                events.push(Value::Object(event));
                at_ms += 20_000 + u64::from(self.random.below(90_000));
            }
        }
        let (site, run) = (&self.site, &self.run);
        let batch = |(number, events): (usize, &[Value])| json!({"batch_id": format!("past-{run}-{number:08}"), "tracking_id": site, "events": events});
        events.chunks(BATCH_EVENTS_MAX).enumerate().map(batch).collect()
    }

    /// `count` page views and actions of as many visits as that takes, to be sent in any batch. Who sent which stands
    /// in each; they have no ids of their own.
    pub fn events(&mut self, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < count {
            events.extend(self.loose_events().into_iter().map(|mut event| {
                event.remove("event_id");
                Value::Object(event)
            }));
        }
        events.truncate(count);
        events
    }

    /// The events of the next visit, each with what its envelope would say of all.
    fn loose_events(&mut self) -> Vec<Map<String, Value>> {
        let visit = self.visit();
        let shared = ["client_id", "session_id"];
        let loose = |event: &Value| {
            let mut event = event.as_object().cloned().unwrap_or_default();
            event.extend(shared.map(|name| (name.to_owned(), visit.get(name).cloned().unwrap_or_default())));
            event
        };
        visit.get("events").and_then(Value::as_array).into_iter().flatten().map(loose).collect()
    }

    /// How long ago a past visit began. The busiest hour is 16:00 UTC, with five times the visits of 04:00.
    fn age_ms(&mut self, now_ms: u64) -> u64 {
        loop {
            let age_ms = u64::from(self.random.below(PAST_MS as u32));
            let hour = ((now_ms - age_ms) / HOUR_MS + 20) % 24;
            // 0 at 16:00, 12 at 04:00.
            let away = hour.abs_diff(12) as u32;
            if self.random.below(15) < 15 - away {
                return age_ms;
            }
        }
    }

    /// Milliseconds until the next visit, `mean_ms` on average.
    pub fn pause_ms(&mut self, mean_ms: u32) -> u64 {
        u64::from(self.random.below(2 * mean_ms + 1))
    }

    fn page(&mut self) -> (&'static str, &'static str) {
        let mut at = self.random.below(100);
        for (path, title, share) in PAGES {
            if at < *share {
                return (path, title);
            }
            at -= share;
        }
        ("/", "Lantern & Loom")
    }
}

fn instant(at_ms: u64) -> String {
    jiff::Timestamp::from_millisecond(at_ms as i64).unwrap_or_default().to_string()
}

fn pick(choices: &[(&'static str, u32)], mut at: u32) -> &'static str {
    for (name, share) in choices {
        if at < *share {
            return name;
        }
        at -= share;
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_visits() {
        let visits = |seed| -> Vec<Value> {
            let mut visitors = Visitors::new("UA-1", seed, "test");
            (0..50).map(|_| visitors.visit()).collect()
        };
        assert_eq!(visits(7), visits(7));
        assert_ne!(visits(7), visits(8));
    }

    #[test]
    fn past_visits_read_as_batches_and_come_by_day() {
        let now_ms = 1_770_028_200_000;
        let batches = Visitors::new("UA-1", 1, "test").past(now_ms, 2_000);
        let mut by_hour = [0u32; 24];
        for batch in &batches {
            let read = wire::batch::decode(batch.to_string().as_bytes()).unwrap_or_default();
            for event in read.events.into_iter().flatten() {
                let at: jiff::Timestamp = event.timestamp.unwrap_or_default().parse().unwrap_or_default();
                assert!(at.as_millisecond() as u64 <= now_ms);
                by_hour[at.as_millisecond() as usize / 3_600_000 % 24] += 1;
            }
        }
        assert!(by_hour[16] > 2 * by_hour[4], "{by_hour:?}");
    }

    #[test]
    fn every_visit_reads_as_a_batch() {
        let mut visitors = Visitors::new("UA-1", 1, "test");
        for _ in 0..200 {
            let batch = wire::batch::decode(visitors.visit().to_string().as_bytes());
            assert!(batch.is_ok_and(|batch| batch.events.iter().all(Result::is_ok)));
        }
    }
}

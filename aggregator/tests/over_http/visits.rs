//! Made-up events: random, but the same every time.

use std::collections::BTreeMap;

use wire::Id128;
use wire::event::Property;
use wire::frame::RawEvent;

/// 2026-02-02T00:00:00Z.
pub const DAY: u64 = 1_769_990_400_000;
pub const DAY_MS: u64 = 86_400_000;

/// SplitMix64 (Steele et al., *Fast splittable pseudorandom number generators*, 2014).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn of(&mut self, choices: &[&str]) -> String {
        choices[self.below(choices.len() as u64) as usize].to_owned()
    }

    pub fn id(&mut self) -> Id128 {
        let (high, low) = (self.next(), self.next());
        Id128(((u128::from(high) << 64) | u128::from(low)).to_be_bytes())
    }
}

/// An event at `at_ms` by one of `visitors` people; some of it is missing now and then.
pub fn event(random: &mut Random, at_ms: u64, visitors: u64) -> RawEvent {
    let person = random.below(visitors);
    let known = (random.below(10) > 0).then(|| Random(person + 1).id());
    RawEvent {
        id: random.id(),
        at_ms,
        visitor: known,
        session: known,
        event_type: random.of(&["pageview", "pageview", "pageview", "signup", "click"]),
        hostname: "shop.example".to_owned(),
        path: random.of(&["/", "/pricing", "/blog/über uns", "/docs", ""]),
        title: "Title".to_owned(),
        referrer: String::new(),
        source: random.of(&["Direct", "Google", "a.example"]),
        channel: random.of(&["direct", "organic_search", "referral"]),
        country: random.of(&["DE", "US", "FR", ""]),
        device: random.of(&["desktop", "mobile", "tablet"]),
        browser: random.of(&["Chrome", "Firefox", ""]),
        utm_campaign: random.of(&["", "", "spring sale"]),
        properties: BTreeMap::from([("price".to_owned(), Property::Number(9.5))]),
        ..RawEvent::default()
    }
}

/// Events over three days from [`DAY`] on.
pub fn three_days(seed: u64, count: usize) -> Vec<RawEvent> {
    let mut random = Random(seed);
    (0..count)
        .map(|_| {
            let at_ms = DAY + random.below(3 * DAY_MS);
            event(&mut random, at_ms, 150)
        })
        .collect()
}

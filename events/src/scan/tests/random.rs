//! Made-up events and questions: small, and full of what is easily got wrong.

use std::collections::{BTreeMap, BTreeSet};

use domain::query::{Buckets, Condition, Question, Test};
use domain::window::{DAY_MS, HOUR_MS, MINUTE_MS};
use wire::Id128;
use wire::event::Property;
use wire::frame::{Money, RawEvent};
use wire::query::{Dimension, Metric, PropertyName};
use wire::site::VisitorMode;

/// When the first day begins: 2026-02-02T00:00:00Z.
pub const BEGIN_MS: u64 = 1_769_990_400_000;

/// Days that have events.
pub const DAYS: u64 = 4;

/// The property that has a column of its own.
pub const DECLARED: &str = "plan";

/// Splitmix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    pub fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }

    fn text(&mut self, all: &[&str]) -> String {
        self.of(all).to_owned()
    }

    pub fn id(&mut self) -> Id128 {
        Id128((u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes())
    }
}

const PATHS: [&str; 7] = ["/", "/a", "/a/b", "/Pricing", "/blog/ä", "", "/it's"];
const COUNTRIES: [&str; 4] = ["DE", "US", "", "CA"];
const CITIES: [&str; 4] = ["London", "Berlin", "", "Paris"];
const TYPES: [&str; 4] = ["pageview", "pageview", "click", "purchase"];
const SOURCES: [&str; 4] = ["Google", "Direct", "", "X"];
const DEVICES: [&str; 3] = ["desktop", "mobile", "tablet"];
const PLANS: [&str; 4] = ["pro", "free", "", "Team"];
const GOALS: [&str; 3] = ["buy", "look", "buy more"];

/// Events of visits, in no order. No two happen at once.
pub fn events(random: &mut Random, visits: usize) -> Vec<RawEvent> {
    let visitors: Vec<Id128> = (0..visits / 3 + 1).map(|_| random.id()).collect();
    let shared = random.id();
    let (mut events, mut taken) = (Vec::new(), BTreeSet::new());
    for _ in 0..visits {
        let visitor = if random.one_in(12) { None } else { Some(random.of(&visitors)) };
        let session = match (visitor, random.below(20)) {
            (None, 0..12) => None,
            (_, 12) => Some(shared),
            // Comes again under the same name.
            (Some(visitor), 13..17) => Some(visitor),
            _ => Some(random.id()),
        };
        let first = RawEvent {
            visitor,
            session,
            country: random.text(&COUNTRIES),
            city: random.text(&CITIES),
            source: random.text(&SOURCES),
            device: random.text(&DEVICES),
            hostname: "example.com".to_owned(),
            ..RawEvent::default()
        };
        let mut at_ms = BEGIN_MS + random.below(DAYS * DAY_MS);
        if random.one_in(4) {
            // Over midnight.
            at_ms = BEGIN_MS + (1 + random.below(DAYS - 1)) * DAY_MS - random.below(HOUR_MS);
        }
        for _ in 0..1 + random.below(6) {
            while !taken.insert(at_ms) {
                at_ms += 1;
            }
            events.push(event(random, &first, at_ms));
            let minutes = if random.one_in(8) { 50 } else { 20 };
            at_ms += random.below(minutes * MINUTE_MS);
        }
    }
    events.retain(|event| event.at_ms < BEGIN_MS + DAYS * DAY_MS);
    events
}

fn event(random: &mut Random, first: &RawEvent, at_ms: u64) -> RawEvent {
    let mut properties = BTreeMap::new();
    if random.one_in(2) {
        properties.insert(DECLARED.to_owned(), Property::Text(random.text(&PLANS)));
    }
    if random.one_in(3) {
        properties.insert("seats".to_owned(), Property::Number(random.below(4) as f64));
    } else if random.one_in(4) {
        properties.insert("seats".to_owned(), Property::Flag(true));
    }
    let money =
        Money { currency: random.text(&["EUR", "USD"]), micros: random.below(5) as i64 * 1_234_567 - 2_000_000 };
    RawEvent {
        id: random.id(),
        at_ms,
        event_type: random.text(&TYPES),
        path: random.text(&PATHS),
        country: if random.one_in(9) { random.text(&COUNTRIES) } else { first.country.clone() },
        goals: GOALS.iter().filter(|_| random.one_in(6)).map(|goal| (*goal).to_owned()).collect(),
        revenue: random.one_in(7).then_some(money),
        engaged_ms: random.below(3) * random.below(60_000),
        properties,
        ..first.clone()
    }
}

fn property(name: &str) -> Dimension {
    Dimension::Property(PropertyName::new(name).unwrap())
}

fn dimensions() -> Vec<Dimension> {
    use Dimension as D;
    vec![
        D::Page,
        D::Page,
        D::Country,
        D::City,
        D::Source,
        D::Device,
        D::EventType,
        D::Goal,
        D::EntryPage,
        D::ExitPage,
        D::Hostname,
        D::UtmTerm,
        property(DECLARED),
        property("seats"),
    ]
}

const METRICS: [Metric; 12] = [
    Metric::Pageviews,
    Metric::Events,
    Metric::UniqueUsers,
    Metric::Visits,
    Metric::BounceRate,
    Metric::VisitDuration,
    Metric::ViewsPerVisit,
    Metric::EngagedTime,
    Metric::Conversions,
    Metric::ConversionRate,
    Metric::Quality,
    Metric::Revenue,
];

/// A question about such events.
pub fn question(random: &mut Random) -> Question {
    let instant = |random: &mut Random| match random.below(3) {
        0 => BEGIN_MS + random.below(DAYS * DAY_MS),
        1 => BEGIN_MS + random.below(DAYS * 24) * HOUR_MS,
        _ => BEGIN_MS + random.below(DAYS + 1) * DAY_MS,
    };
    let (one, other) = (instant(random), instant(random));
    let (start_ms, end_ms) = (one.min(other), one.max(other) + 1);
    let mut by = Vec::new();
    for _ in 0..random.below(4) {
        let dimension = random.of(&dimensions());
        if !by.contains(&dimension) {
            by.push(dimension);
        }
    }
    let mut metrics: Vec<Metric> = METRICS.into_iter().filter(|_| random.one_in(3)).collect();
    if metrics.is_empty() {
        metrics.push(random.of(&METRICS));
    }
    let buckets = match random.below(5) {
        0 => Some((DAY_MS, 0)),
        // A day that begins at another hour than UTC's.
        1 => Some((DAY_MS, 5 * HOUR_MS + 30 * MINUTE_MS)),
        2 => Some((HOUR_MS, 0)),
        _ => None,
    };
    let buckets = buckets.map(|(length, offset)| {
        let mut starts = vec![start_ms - (start_ms - offset) % length];
        while starts[starts.len() - 1] + length < end_ms {
            starts.push(starts[starts.len() - 1] + length);
        }
        let labels = starts.iter().map(u64::to_string).collect();
        Buckets {
            dimension: if length == DAY_MS { Dimension::Date } else { Dimension::Hour },
            starts,
            labels,
            cycle: Vec::new(),
        }
    });
    Question {
        site: "UA-1".to_owned(),
        start_ms,
        end_ms,
        buckets,
        by,
        metrics,
        condition: if random.one_in(3) { Condition::All(Vec::new()) } else { condition(random, 1) },
        visitors: VisitorMode::Persistent,
        sample: random.one_in(6).then(|| 0.2 + random.below(7) as f64 / 10.0),
        order: Vec::new(),
        offset: 0,
        limit: 100,
    }
}

fn condition(random: &mut Random, depth: usize) -> Condition {
    let several = |random: &mut Random| (0..1 + random.below(3)).map(|_| condition(random, depth + 1)).collect();
    match random.below(if depth < 3 { 8 } else { 5 }) {
        5 => Condition::All(several(random)),
        6 => Condition::Any(several(random)),
        7 => Condition::Not(Box::new(condition(random, depth + 1))),
        _ => {
            let dimension = random.of(&dimensions());
            Condition::Test(dimension, test(random))
        }
    }
}

fn test(random: &mut Random) -> Test {
    let values: Vec<&str> =
        [&PATHS[..], &COUNTRIES, &SOURCES, &DEVICES, &PLANS, &GOALS, &["London, CA", "click", "2", "true"]].concat();
    let some: Vec<String> = (0..3 + random.below(6)).map(|_| random.text(&values)).collect();
    match random.below(4) {
        0 => Test::Contains(some.iter().take(1).map(|value| value.to_lowercase()).collect()),
        1 => Test::Matches(vec![random.of(&["^/a", "e$", "^$", "[pP]r", "o.d"]).parse().unwrap()]),
        _ => Test::Is(some.into_iter().collect()),
    }
}

//! Harbour: a product that is planned with, sold by the seat. People find it, look at prices, try it, stay or not, and pay.
//! Its visitors are known for as long as they let it (persistent mode).

mod funnel;
mod offer;
mod users;
mod work;

use domain::zone::Zone;
use wire::frame::RollupDimension;
use wire::site::{Goal, Settings, VisitorMode};

use crate::incident::{self, DROP_BY, Kind, OUTAGE_HOURS};
use crate::people::{Crowd, Person};
use crate::plan::{Day, Pace, Plan};
use crate::random::Random;
use crate::site::{Facts, Story};
use crate::visit::{Book, Happening, Visit};
use users::Users;

/// Tracking id.
pub const SITE: &str = "harbour";

/// Name, address and zone.
pub const FACTS: Facts = Facts {
    tracking_id: SITE,
    name: "Harbour",
    origin: "https://harbour.example",
    time_zone: "America/New_York",
    crowd: Crowd::Workers,
};

const PACE: Pace = Pace {
    visits: 720.0,
    growth: 22.0,
    weekdays: [110, 116, 114, 110, 98, 42, 46],
    hours: [14, 11, 12, 16, 20, 24, 30, 42, 62, 78, 84, 80, 72, 78, 82, 78, 68, 54, 40, 34, 32, 30, 26, 20],
    weekend_hours: [20, 16, 14, 14, 16, 18, 24, 32, 44, 52, 58, 60, 60, 60, 60, 58, 56, 54, 52, 52, 50, 44, 36, 28],
};

/// How the product's site is counted.
pub fn settings(before: Settings) -> Settings {
    let goal = |name: &str, event_type: &str, path: Option<&str>| Goal {
        name: name.to_owned(),
        event_type: event_type.to_owned(),
        path: path.map(str::to_owned),
    };
    Settings {
        visitors: VisitorMode::Persistent,
        time_zone: FACTS.time_zone.to_owned(),
        goals: vec![
            goal("Saw prices", "pageview", Some("/pricing")),
            goal("Signed up", "signup", None),
            goal("Activated", "activate", None),
            goal("Purchased", "purchase", None),
        ],
        properties: ["plan", "variant", "experiment", "group", "interval", "method", "url", "path"]
            .map(str::to_owned)
            .to_vec(),
        pairs: vec![
            (RollupDimension::Country, RollupDimension::Device),
            (RollupDimension::Source, RollupDimension::UtmMedium),
            (RollupDimension::Page, RollupDimension::Source),
        ],
        ..before
    }
}

/// The product's visitors and users.
#[derive(Debug)]
pub struct Saas {
    plan: Plan,
    zone: Zone,
    users: Users,
}

/// What holds on one day.
#[derive(Clone, Copy, Debug)]
struct Weather {
    is_out: bool,
    sign_ups_by: u32,
}

impl Saas {
    /// Its visitors by this plan, and users that it had before.
    pub fn new(plan: Plan) -> Self {
        Self { plan, zone: Zone::named(FACTS.time_zone).unwrap_or_default(), users: Users::before(&plan) }
    }

    /// Visits of people who are no users, some of whom become users.
    fn visitors(&mut self, day: &Day, weather: Weather, book: &mut Book<'_>) {
        let day_part = u64::from(day.number) << 32;
        let mut number = day_part;
        for (hour, (from_ms, to_ms)) in day.hours.iter().enumerate() {
            let mut random = Random::of("saas hour", &[self.plan.seed, day_part, hour as u64]);
            let visits = random.count(self.plan.scaled(PACE.visits_in(day, hour)));
            for _ in 0..visits {
                number += 1;
                let mut random = Random::of("saas visit", &[self.plan.seed, number]);
                let at_ms = from_ms + u64::from(random.below((to_ms - from_ms) as u32));
                let who = self.users.visitor(&mut random, number);
                if weather.is_out && OUTAGE_HOURS.contains(&hour) {
                    continue;
                }
                let person = Person::of(FACTS.crowd, self.plan.seed, who);
                let visit = Visit::begin(book, random, person, number, at_ms);
                match funnel::visit(visit, day.number, weather.sign_ups_by) {
                    funnel::End::Left => {}
                    funnel::End::Interested => self.users.remember(who),
                    funnel::End::SignedUp(user) => self.users.add(user),
                }
            }
        }
    }

    /// Visits of users: as often as somebody of their age comes back.
    fn users(&mut self, day: &Day, weather: Weather, book: &mut Book<'_>) {
        let hours = PACE.hours_of(day);
        // Numbers that no other visit has.
        let mut number = (1 << 63) | (u64::from(day.number) << 32);
        for user in self.users.all() {
            let mut random = Random::of("saas user", &[self.plan.seed, user.person, u64::from(day.number)]);
            for sitting in 0..user.sittings(&mut random, day, PACE.weekday(day)) {
                let Some(hour) = hour(&mut random, hours) else { continue };
                let Some((from_ms, to_ms)) = day.hours.get(hour).filter(|(from, to)| from < to) else { continue };
                if weather.is_out && OUTAGE_HOURS.contains(&hour) {
                    continue;
                }
                let at_ms = from_ms + u64::from(random.below((to_ms - from_ms) as u32));
                let person = Person::of(FACTS.crowd, self.plan.seed, user.person);
                let name = [self.plan.seed, user.person, u64::from(day.number), u64::from(sitting)];
                number += 1;
                let visit = Visit::begin(book, Random::of("saas work", &name), person, number, at_ms);
                work::visit(visit, user, day);
            }
        }
    }
}

impl Story for Saas {
    fn zone(&self) -> &Zone {
        &self.zone
    }

    fn day(&mut self, day: &Day, happened: &mut Vec<Happening>) {
        let planted = incident::on(&self.plan, SITE, day.number);
        let weather = Weather {
            is_out: planted == Some(Kind::Outage),
            sign_ups_by: if planted == Some(Kind::ConversionDrop) { DROP_BY } else { 1 },
        };
        let mut book = Book { origin: FACTS.origin, happened };
        // Who signs up today comes back from tomorrow on.
        self.users(day, weather, &mut book);
        self.visitors(day, weather, &mut book);
        if weather.is_out {
            let out: Vec<_> = day.hours.get(OUTAGE_HOURS).unwrap_or_default().to_vec();
            let is_out = |at_ms: u64| out.iter().any(|(from, to)| (*from..*to).contains(&at_ms));
            // Who was there when it began saw nothing more.
            happened.retain(|one| !is_out(one.at_ms));
        }
    }
}

fn hour(random: &mut Random, hours: &[u32; 24]) -> Option<usize> {
    let mut left = random.below(hours.iter().sum());
    hours.iter().position(|share| {
        let is_it = left < *share;
        left = left.saturating_sub(*share);
        is_it
    })
}

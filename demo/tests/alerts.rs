//! The alerts that are suggested for any site find what is planted, and nothing else, bucket by bucket: events pass the
//! edge's rules and are followed through their visits, and the visits are added up by minute as rollups are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use demo::incident::{self, Kind, OUTAGE_HOURS};
use demo::{Object, Plan, Stream, blog, saas};
use domain::alert::{self, Point, Series, reading, suggested};
use domain::rollup::Caps;
use domain::visit::{self, Known};
use domain::zone::Zone;
use jiff::civil::{Date, date};
use wire::alert::{AlertDefinition, Condition, Incident, Interval};
use wire::frame::RawEvent;
use wire::query::Metric;
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

/// Events that are followed at once.
const AT_ONCE: usize = 5000;

const MINUTE_MS: u64 = 60_000;

/// What is counted of a site by minute.
#[derive(Default)]
struct Counted {
    /// Events, and visits that began.
    minutes: BTreeMap<u64, (f64, f64)>,
    /// When which visits did what a goal wants.
    goals: BTreeMap<String, BTreeSet<(u64, Id128)>>,
}

impl Counted {
    fn add(&mut self, events: &mut [RawEvent], known: &mut Known, settings: &Settings, caps: &mut Caps) {
        let minute = |at_ms: u64| at_ms - at_ms % MINUTE_MS;
        for change in visit::follow(events, known, settings, caps) {
            for (visits, sign) in [(&change.before, -1.0), (&change.after, 1.0)] {
                visits.iter().for_each(|visit| self.minutes.entry(minute(visit.first.0)).or_default().1 += sign);
            }
        }
        for event in events {
            self.minutes.entry(minute(event.at_ms)).or_default().0 += 1.0;
            for (goal, session) in event.goals.iter().zip(event.session.iter().cycle()) {
                self.goals.entry(goal.clone()).or_default().insert((minute(event.at_ms), *session));
            }
        }
    }
}

/// All that happens on a site within a plan, as its object counts it.
fn counted(plan: Plan, mut stream: Stream) -> (Counted, Settings, Zone) {
    let site = stream.facts().tracking_id;
    let zone = Zone::named(stream.facts().time_zone).unwrap();
    let settings = demo::settings(site, Settings { site: site.to_owned(), ..Settings::default() });
    let end_ms = plan.day(plan.days, &zone).unwrap().hours[0].0;
    let mut object = Object::new(plan, settings.clone(), Epoch(1), Seq::default());
    let (mut known, mut caps, mut counted) = (Known::new(), Caps::default(), Counted::default());
    let mut waiting: Vec<RawEvent> = Vec::new();
    while let Some(happening) = stream.next_before(end_ms) {
        waiting.push(object.take(happening).unwrap().clone());
        object.skip();
        if waiting.len() >= AT_ONCE {
            let oldest_ms = waiting[0].at_ms;
            counted.add(&mut waiting, &mut known, &settings, &mut caps);
            waiting.clear();
            known.retain(|_, visits| visits.iter().any(|visit| visit.last_ms + visit::KNOWN_MS >= oldest_ms));
        }
    }
    counted.add(&mut waiting, &mut known, &settings, &mut caps);
    (counted, settings, zone)
}

/// The buckets that an alert looks at.
fn series(definition: &AlertDefinition, counted: &Counted, zone: &Zone) -> Series {
    let mut buckets: BTreeMap<u64, Point> = BTreeMap::new();
    let start = |minute_ms: u64| reading::bucket_start(definition.interval, zone, minute_ms);
    let mut add = |minute_ms: u64, value: f64, base: f64| {
        let start_ms = start(minute_ms);
        let end_ms = reading::bucket_end(definition.interval, zone, start_ms);
        let bucket = buckets.entry(start_ms).or_insert(Point { start_ms, end_ms, value: 0.0, base: 0.0 });
        (bucket.value, bucket.base) = (bucket.value + value, bucket.base + base);
    };
    let (first, last) = (*counted.minutes.keys().next().unwrap(), *counted.minutes.keys().last().unwrap());
    // Buckets without anything are told too.
    (first..=last).step_by(60 * MINUTE_MS as usize).for_each(|at_ms| add(at_ms, 0.0, 0.0));
    for (minute_ms, (events, visits)) in &counted.minutes {
        match (&definition.condition, definition.metric) {
            (Condition::ConversionDrop { .. }, _) => add(*minute_ms, 0.0, *visits),
            (_, Metric::Events) => add(*minute_ms, *events, 0.0),
            _ => add(*minute_ms, *visits, 0.0),
        }
    }
    if let Condition::ConversionDrop { goal: Some(goal) } = &definition.condition {
        // Each visit once in each bucket.
        let reached: BTreeSet<_> = counted.goals[goal].iter().map(|(at_ms, visit)| (start(*at_ms), *visit)).collect();
        reached.iter().for_each(|(at_ms, _)| add(*at_ms, 1.0, 0.0));
    }
    Series::new(buckets.into_values().collect())
}

/// The alarms of a site: which alert, from when to when.
fn alarms(counted: &Counted, settings: &Settings, zone: &Zone) -> Vec<(String, Incident)> {
    let mut found = Vec::new();
    for alert in suggested::suggested(settings) {
        alert::checked(&alert.definition).unwrap();
        let series = series(&alert.definition, counted, zone);
        let (judged, incidents, _) = alert::replay(&alert.definition, &series, zone, 0);
        let told = judged.iter().filter(|bucket| bucket.is_bad.is_some()).count();
        let per_day = if alert.definition.interval == Interval::Day { 1 } else { 24 };
        assert!(told > 60 * per_day, "{}: {told} of {} buckets could be told", alert.name, judged.len());
        found.extend(incidents.into_iter().map(|incident| (alert.name.clone(), incident)));
    }
    found
}

/// The date of a bucket's end: that of the bucket itself.
fn date_of(zone: &Zone, end_ms: u64) -> Date {
    zone.date_of(end_ms - 1)
}

#[test]
fn what_is_planted_is_found_and_nothing_else_is() {
    let plan = Plan::until(1, date(2026, 11, 22), 90, 100).unwrap();
    let planted = incident::all(&plan);
    for stream in Stream::all(plan) {
        let site = stream.facts().tracking_id;
        let (counted, settings, zone) = counted(plan, stream);
        let alarms = alarms(&counted, &settings, &zone);
        let told: Vec<String> =
            alarms.iter().map(|(name, incident)| format!("{name} at {}", zone.text(incident.opened_at_ms))).collect();
        let on = |name: &str, kind: Kind| {
            let day = planted.iter().find(|one| one.kind == kind).unwrap().date;
            alarms.iter().find(|(found, one)| found == name && date_of(&zone, one.opened_at_ms) == day).map(|one| one.1)
        };
        let is_planted = |one: &Incident| {
            planted.iter().any(|planted| planted.site == site && planted.date == date_of(&zone, one.opened_at_ms))
        };
        assert!(alarms.iter().all(|(_, one)| is_planted(one)), "{site}: alarms on days of nothing: {told:?}");
        assert!(alarms.iter().all(|(_, one)| one.resolved_at_ms.is_some()), "{site}: {alarms:?}");
        match site {
            blog::SITE => {
                let spike = on("Traffic spike", Kind::Spike).expect("the spike");
                assert!(zone.local(spike.opened_at_ms).hour() <= 2, "found at {}", zone.text(spike.opened_at_ms));
            }
            saas::SITE => {
                for name in ["Traffic drop", "No data"] {
                    let outage = on(name, Kind::Outage).unwrap_or_else(|| panic!("{name}: {told:?}"));
                    let hours = zone.local(outage.opened_at_ms).hour();
                    assert_eq!(usize::from(hours.unsigned_abs()), OUTAGE_HOURS.start + 1, "{name}");
                }
                on("Conversion drop: Signed up", Kind::ConversionDrop).expect("the drop of conversions");
            }
            other => panic!("{other}"),
        }
    }
}

//! What a question's answer is, written from what its terms mean and from nothing else.

use std::collections::{BTreeMap, BTreeSet};

use domain::query::{Counted, Question, Test};
use domain::rollup::{self, VisitSums};
use domain::visit::{PAUSE_MAX_MS, Visit};
use domain::window::DAY_MS;
use wire::Id128;
use wire::frame::RawEvent;
use wire::query::{Dimension, Metric};

use crate::batch::texts_of;
use crate::scan::groups::is_of_event;
use crate::schema;

pub type Groups = BTreeMap<(usize, Vec<String>), Counted>;

/// The groups that have anything, and all that could be said of them.
pub fn answer(events: &[RawEvent], question: &Question) -> Groups {
    let range = question.start_ms..question.end_ms;
    let around = range.start - DAY_MS..range.end + DAY_MS;
    let share = question.sample.map_or(u128::MAX, |share| (share * 2.0_f64.powi(64)) as u128);
    let mut events: Vec<&RawEvent> = events.iter().filter(|event| around.contains(&event.at_ms)).collect();
    events.retain(|event| u128::from(event.visitor.unwrap_or_default().high_bits()) < share);
    events.sort_by_key(|event| (event.at_ms, event.id));
    let visits = visits(&events);
    let mut of: BTreeMap<Id128, &Vec<&RawEvent>> = BTreeMap::new();
    for visit in &visits {
        of.extend(visit.iter().map(|event| (event.id, visit)));
    }
    let values = |event: &RawEvent, dimension| values(event, of.get(&event.id).copied(), dimension);
    let passes = |event: &&RawEvent| {
        range.contains(&event.at_ms)
            && question.condition.holds(&mut |dimension, test| is_passing(&values(event, dimension), test))
    };
    let bucket = |at_ms| question.buckets.as_ref().map_or(0, |buckets| buckets.of(at_ms));
    let mut groups = Groups::new();
    let mut visitors: BTreeMap<(usize, Vec<String>), BTreeSet<Id128>> = BTreeMap::new();
    for event in events.iter().filter(|event| passes(event)) {
        for key in product(question.by.iter().map(|dimension| values(event, *dimension))) {
            let key = (bucket(event.at_ms), key);
            let counted = groups.entry(key.clone()).or_default();
            counted.events += 1;
            counted.pageviews += u64::from(event.event_type == "pageview");
            if let Some(money) = &event.revenue {
                *counted.revenue.entry(money.currency.clone()).or_default() += money.micros;
                if money.micros > 0 {
                    *counted.orders.entry(money.currency.clone()).or_default() += 1;
                }
            }
            visitors.entry(key).or_default().extend(event.visitor);
        }
    }
    for (key, visitors) in visitors {
        groups.get_mut(&key).unwrap().visitors = visitors.len() as u64;
    }
    if !question.metrics.iter().any(|metric| metric.is_of_visits()) {
        return groups;
    }
    for visit in &visits {
        let first = visit[0];
        if !range.contains(&first.at_ms) {
            continue;
        }
        let mut keys = BTreeSet::new();
        for event in visit.iter().filter(|event| passes(event)) {
            let of = |dimension: &Dimension| values(if is_of_event(*dimension) { event } else { first }, *dimension);
            keys.extend(product(question.by.iter().map(of)));
        }
        for key in keys {
            let counted = groups.entry((bucket(first.at_ms), key)).or_default();
            counted.visits.add(&VisitSums::of(&told(visit)), 1);
        }
    }
    groups
}

/// What the question does not ask for is left out.
pub fn asked(groups: Groups, question: &Question) -> Groups {
    let asks = |of: &[Metric]| question.metrics.iter().any(|metric| of.contains(metric));
    let mut groups = groups;
    for counted in groups.values_mut() {
        if !asks(&[Metric::Pageviews, Metric::ViewsPerVisit]) {
            counted.pageviews = 0;
        }
        if !asks(&[Metric::UniqueUsers]) {
            counted.visitors = 0;
        }
        if !asks(&[Metric::Revenue]) {
            counted.revenue.clear();
            counted.orders.clear();
        }
        if !asks(&[Metric::EngagedTime]) {
            counted.visits.engaged_ms = 0;
        }
        if !asks(&[Metric::Conversions, Metric::ConversionRate, Metric::Quality]) {
            (counted.visits.converted, counted.visits.quality) = (0, 0);
        }
    }
    groups
}

/// Whether a dimension's values pass a test.
pub fn is_passing(values: &[String], test: &Test) -> bool {
    if values.is_empty() { test.passes("") } else { values.iter().any(|value| test.passes(value)) }
}

/// Events, by time, as visits.
pub fn visits<'a>(events: &[&'a RawEvent]) -> Vec<Vec<&'a RawEvent>> {
    let mut sessions: BTreeMap<Id128, Vec<Vec<&RawEvent>>> = BTreeMap::new();
    for event in events {
        let Some(session) = event.session else { continue };
        let visits = sessions.entry(session).or_default();
        match visits.last_mut().filter(|visit| visit[visit.len() - 1].at_ms + PAUSE_MAX_MS >= event.at_ms) {
            Some(visit) => visit.push(event),
            None => visits.push(vec![event]),
        }
    }
    sessions.into_values().flatten().collect()
}

fn told(visit: &[&RawEvent]) -> Visit {
    Visit {
        id: Id128::default(),
        first: (visit[0].at_ms, Id128::default()),
        last_ms: visit[visit.len() - 1].at_ms,
        pageviews: visit.iter().filter(|event| event.event_type == "pageview").count() as u32,
        engaged_ms: visit.iter().map(|event| event.engaged_ms).sum(),
        converted: visit.iter().any(|event| !event.goals.is_empty()),
        entry: None,
        exit: None,
        values: Vec::new(),
    }
}

/// Values of an event in a dimension.
pub fn values(event: &RawEvent, visit: Option<&Vec<&RawEvent>>, dimension: Dimension) -> Vec<String> {
    let mut pages = visit.into_iter().flatten().filter(|event| event.event_type == "pageview");
    let value = match dimension {
        Dimension::EntryPage => pages.next().map(|event| event.path.clone()),
        Dimension::ExitPage => pages.next_back().map(|event| event.path.clone()),
        Dimension::Goal => return event.goals.clone(),
        Dimension::Property(name) => rollup::property_of(&event.properties, name.as_str()),
        Dimension::City if !event.city.is_empty() && !event.country.is_empty() => {
            Some(format!("{}, {}", event.city, event.country))
        }
        dimension => {
            let name = if dimension == Dimension::Page { "path" } else { dimension.name() };
            let at = schema::TEXTS.iter().position(|text| *text == name);
            at.map(|at| texts_of(event)[at].to_owned())
        }
    };
    value.into_iter().filter(|value| !value.is_empty()).collect()
}

fn product(all: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    all.fold(vec![Vec::new()], |keys, values| {
        let with = |key: &Vec<String>| values.iter().map(|value| [key.clone(), vec![value.clone()]].concat()).collect();
        keys.iter().flat_map(|key| -> Vec<Vec<String>> { with(key) }).collect()
    })
}

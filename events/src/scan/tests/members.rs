//! The people whom a store finds are those whom the terms mean: every behaviour is compared with one told from all events
//! of each visitor, and every question by it with what counting such events gives.

use std::cell::RefCell;
use std::collections::BTreeSet;

use domain::analysis::condition_of;
use domain::behaviour::{Act, Terms};
use domain::query::{Circumstances, Period};
use domain::zone::Zone;
use serde_json::{Value, json};
use wire::Id128;
use wire::behaviour::{Behaviour, Summed};
use wire::filter::{Filter, Filters};
use wire::site::Settings;

use super::people::{expected, pattern, text};
use super::reference::{is_passing, values};
use super::*;
use crate::scan::members::members;

/// The span of the question.
const PERIOD: Period = Period { start_ms: BEGIN_MS + DAY_MS, end_ms: BEGIN_MS + 3 * DAY_MS };

fn day(at: u64) -> String {
    format!("2026-02-0{}", 1 + at)
}

fn merged(mut one: Value, other: Value) -> Value {
    one.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
    one
}

/// Anything that people may have done.
fn behaviour(random: &mut Random) -> Value {
    let within = match random.below(3) {
        0 => json!({}),
        1 => {
            let (one, other) = (random.below(5), random.below(5));
            json!({"within": {"start": day(one.min(other)), "end": day(one.max(other))}})
        }
        _ => {
            let minutes = random.below(3 * 1440);
            let at =
                |minute: u64| format!("2026-02-0{}T{:02}:{:02}:00Z", 2 + minute / 1440, minute / 60 % 24, minute % 60);
            json!({"within": {"start": at(minutes), "end": at(minutes + 1 + random.below(1440))}})
        }
    };
    let events = if random.one_in(3) { json!({}) } else { pattern(random) };
    match random.below(7) {
        0 => json!(["first_did", merged(events, within)]),
        1 => json!(["last_did", merged(events, within)]),
        2 => {
            let steps: Vec<Value> = (0..2 + random.below(2)).map(|_| pattern(random)).collect();
            let step = 1 + random.below(steps.len() as u64 - 1);
            let funnel = json!({
                "steps": steps, "window": text(random, &["10m", "1d", "7d"]),
                "order": text(random, &["ordered", "strict", "any"]), "attempts": text(random, &["best", "first", "all"])
            });
            let outcome = text(random, &["reached", "dropped"]);
            json!(["funnel", merged(json!({"funnel": funnel, "step": step, "outcome": outcome}), within)])
        }
        _ => {
            let mut did = merged(events, within);
            if random.one_in(2) {
                did["at_least"] = random.below(4).into();
            }
            if random.one_in(3) {
                did["at_most"] = (did.get("at_least").and_then(Value::as_u64).unwrap_or(1) + random.below(3)).into();
            }
            if random.one_in(2) {
                let mut sum = match random.below(3) {
                    0 => json!({"of": "property:seats"}),
                    1 => json!({"of": "property:plan"}),
                    _ => json!({"of": "revenue", "currency": text(random, &["EUR", "USD"])}),
                };
                let bound = (random.below(9) as f64 - 4.0) * 0.617_283;
                sum[text(random, &["at_least", "at_most"])] = bound.into();
                did["sum"] = sum;
            }
            json!(["did", did])
        }
    }
}

fn filter(random: &mut Random, depth: usize) -> Value {
    let several =
        |random: &mut Random| -> Vec<Value> { (0..1 + random.below(3)).map(|_| filter(random, depth + 1)).collect() };
    match random.below(if depth < 3 { 7 } else { 4 }) {
        0 => json!(["is", "country", ["DE", "US"]]),
        1..4 => behaviour(random),
        4 => json!(["and", several(random)]),
        5 => json!(["or", several(random)]),
        _ => json!(["not", filter(random, depth + 1)]),
    }
}

fn around() -> Circumstances {
    let now_ms = BEGIN_MS + 9 * DAY_MS;
    Circumstances { events_from_ms: Some(BEGIN_MS - DAY_MS), ..Circumstances::at(now_ms, &Settings::default()) }
}

/// What is told of filters, by looking at all events.
struct Reference<'a> {
    events: &'a [RawEvent],
    terms: Terms<'a>,
    /// What is known of somebody already.
    known: RefCell<Known>,
}

/// By behaviour, as it is written, and visitor.
type Known = BTreeMap<(String, Option<Id128>), bool>;

impl Reference<'_> {
    fn is(&self, event: &RawEvent, condition: &Condition) -> bool {
        condition.holds(&mut |dimension, test| is_passing(&values(event, None, dimension), test))
    }

    /// Whether an event passes.
    fn passes(&self, event: &RawEvent, filter: &Filter) -> bool {
        match filter {
            Filter::And(all) => all.iter().all(|one| self.passes(event, one)),
            Filter::Or(any) => any.iter().any(|one| self.passes(event, one)),
            Filter::Not(one) => !self.passes(event, one),
            Filter::Behaviour(behaviour) => {
                let key = (format!("{behaviour:?}"), event.visitor);
                let known = self.known.borrow().get(&key).copied();
                known.unwrap_or_else(|| {
                    let behaved = self.behaved(event.visitor, behaviour);
                    self.known.borrow_mut().insert(key, behaved);
                    behaved
                })
            }
            Filter::Test { .. } => {
                let filters = Filters::Expression(filter.clone());
                self.is(event, &Condition::of(&filters, "filters").unwrap())
            }
        }
    }

    /// Nobody never did anything.
    fn behaved(&self, visitor: Option<Id128>, behaviour: &Behaviour) -> bool {
        let range = |within: &Option<wire::span::Span>| match within {
            None => PERIOD.start_ms..PERIOD.end_ms,
            Some(span) => {
                let Terms { zone, around, .. } = self.terms;
                let period = Period::of(span, zone, around.now_ms, None, "within").unwrap();
                period.start_ms..period.end_ms
            }
        };
        let theirs = |pattern| {
            let condition = condition_of(&pattern, "events", None).unwrap();
            let is_theirs =
                |event: &&RawEvent| visitor.is_some() && event.visitor == visitor && self.is(event, &condition);
            self.events.iter().filter(is_theirs).collect::<Vec<_>>()
        };
        match behaviour {
            Behaviour::Did(did) => {
                let range = range(&did.within);
                let mut events = theirs(did.pattern());
                events.retain(|event| range.contains(&event.at_ms));
                let times = events.len() as u64;
                let enough = times >= did.at_least.unwrap_or(1) && did.at_most.is_none_or(|most| times <= most);
                enough
                    && did.sum.as_ref().is_none_or(|sum| {
                        let all: i64 = events.iter().map(|event| adds(event, sum)).sum();
                        sum.at_least.is_none_or(|least| all >= least.micros)
                            && sum.at_most.is_none_or(|most| all <= most.micros)
                    })
            }
            Behaviour::FirstDid(edge) => {
                let first = theirs(edge.pattern()).iter().map(|event| event.at_ms).min();
                first.is_some_and(|first| range(&edge.within).contains(&first))
            }
            Behaviour::LastDid(edge) => {
                let last = theirs(edge.pattern()).iter().map(|event| event.at_ms).max();
                last.is_some_and(|last| range(&edge.within).contains(&last))
            }
            Behaviour::Funnel(_) => {
                let filters = Filters::Expression(Filter::Behaviour(Box::new(behaviour.clone())));
                let Condition::Behaved(test) = Condition::of_people(&filters, "filters", &self.terms).unwrap() else {
                    panic!("no test of people")
                };
                let Act::Funnel(furthest) = &test.act else { panic!("no funnel") };
                let own: Vec<RawEvent> =
                    self.events.iter().filter(|event| visitor.is_some() && event.visitor == visitor).cloned().collect();
                !expected(&own, &furthest.ask, furthest.as_ref()).0.is_empty()
            }
        }
    }
}

fn adds(event: &RawEvent, sum: &wire::behaviour::Sum) -> i64 {
    match sum.of {
        Summed::Revenue => {
            let paid = event.revenue.iter().find(|paid| Some(&paid.currency) == sum.currency.as_ref());
            paid.map_or(0, |paid| paid.micros)
        }
        Summed::Property(name) => {
            let value =
                values(event, None, Dimension::Property(name)).first().and_then(|text| text.parse::<f64>().ok());
            value.map_or(0, |value| (value * 1e6).round() as i64)
        }
    }
}

/// How many events and visitors passed.
fn check_some(seed: u64, bytes_max: usize) -> usize {
    let mut random = Random(seed);
    let visits = 1 + random.below(60) as usize;
    let events = random::events(&mut random, visits);
    let (segments, tail) = spread(&mut random, &events);
    let footers = Footers::default();
    let sources = Sources { segments: &segments, tail: &tail, footers: &footers };
    let (zone, around) = (Zone::default(), around());
    let terms = Terms { site: "UA-1", zone: &zone, period: PERIOD, around: &around };
    let reference = Reference { events: &events, terms, known: RefCell::default() };
    let mut all = 0;
    for _ in 0..3 {
        let document = filter(&mut random, 1);
        let filter: Filter = serde_json::from_str(&document.to_string()).unwrap();
        let condition = Condition::of_people(&Filters::Expression(filter.clone()), "filters", &terms);
        let condition = condition.unwrap_or_else(|e| panic!("{document}: {e}"));
        let Ok(tests) = domain::behaviour::tests_in(std::iter::once(&condition)) else { continue };
        let (sets, _) = members(&sources, &tests, &budget(bytes_max)).unwrap();
        assert_eq!(sets.len(), tests.len());
        let mut question = of(&[Metric::Events, Metric::UniqueUsers], &[]);
        (question.start_ms, question.end_ms) = (PERIOD.start_ms, PERIOD.end_ms);
        question.condition = condition.resolved(&sets);
        let found = aggregate(&sources, &question, &budget(64 << 20)).unwrap();
        let counted = found.groups.first().map(|group| group.counted.clone()).unwrap_or_default();
        let range = PERIOD.start_ms..PERIOD.end_ms;
        let passing: Vec<&RawEvent> =
            events.iter().filter(|event| range.contains(&event.at_ms) && reference.passes(event, &filter)).collect();
        let visitors: BTreeSet<_> = passing.iter().filter_map(|event| event.visitor).collect();
        let expect = (passing.len() as u64, visitors.len() as u64);
        assert_eq!((counted.events, counted.visitors), expect, "seed {seed}: {document}");
        all += passing.len();
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn whoever_passes_is_whom_the_terms_mean(seed: u64) {
        check_some(seed, 64 << 20);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn it_is_so_where_the_memory_holds_a_share_of_the_people_alone(seed: u64) {
        check_some(seed, 200 * 32);
    }
}

#[test]
fn made_up_people_do_something() {
    let passed: usize = (0..40).map(|seed| check_some(seed, 64 << 20)).sum();
    assert!(passed > 2000, "{passed}");
}

#[test]
fn sets_are_bounded_and_never_guessed() {
    let mut random = Random(3);
    let events = random::events(&mut random, 200);
    let (segments, tail) = spread(&mut random, &events);
    let footers = Footers::default();
    let sources = Sources { segments: &segments, tail: &tail, footers: &footers };
    let (zone, around) = (Zone::default(), around());
    let terms = Terms { site: "UA-1", zone: &zone, period: PERIOD, around: &around };
    let filters: Filters = serde_json::from_str(r#"["did", {}]"#).unwrap();
    let condition = Condition::of_people(&filters, "filters", &terms).unwrap();
    let tests = domain::behaviour::tests_in(std::iter::once(&condition)).unwrap();
    let few = members(&sources, &tests, &budget(200));
    assert!(matches!(few, Err(ScanError::TooMuchMemory(200))), "{few:?}");
    let mut question = of(&[Metric::Events], &[]);
    question.condition = condition;
    let unresolved = aggregate(&sources, &question, &budget(1 << 20));
    assert!(matches!(unresolved, Err(ScanError::Unresolved)), "{unresolved:?}");
    let given_up = budget(1 << 20);
    given_up.is_given_up.store(true, Ordering::Relaxed);
    assert!(matches!(members(&sources, &tests, &given_up), Err(ScanError::GivenUp)));
}

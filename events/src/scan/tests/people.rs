//! What the scan hands to a fold is what its terms mean: every answer is compared with one folded from events that were
//! sorted, parted and looked at one by one.

use domain::analysis::{
    Actions, Analysis, Analyzed, Ask, Fold, Moment, Names, Paid, People, attribution, experiment, funnel, lifecycle,
    paths, retention,
};
use domain::query::Circumstances;
use serde_json::{Value, json};
use wire::analysis::Unit;
use wire::site::{Settings, VisitorMode};

use super::reference::{is_passing, values, visits};
use super::*;
use crate::scan::people::{analyze, people};
use crate::write::SegmentWriter;

/// What a fold is handed of an event.
pub trait Told {
    fn told(moment: Moment, event: &RawEvent) -> Self;
}

impl Told for Moment {
    fn told(moment: Moment, _: &RawEvent) -> Self {
        moment
    }
}

impl Told for Paid {
    fn told(moment: Moment, event: &RawEvent) -> Self {
        let visit = event.session.unwrap_or_default().high_bits();
        Self { moment, visit, micros: event.revenue.as_ref().map_or(0, |paid| paid.micros) }
    }
}

/// Folds events as the terms have it.
pub fn expected<M: Told, F: Fold<M>>(events: &[RawEvent], ask: &Ask, fold: &F) -> (F::Tally, Names) {
    let mut events: Vec<&RawEvent> = events.iter().filter(|event| ask.span.contains(&event.at_ms)).collect();
    events.sort_by_key(|event| (event.at_ms, event.id));
    let mut units: Vec<Vec<&RawEvent>> = match ask.unit {
        Unit::Sessions => visits(&events),
        Unit::Users => {
            let mut of: BTreeMap<_, Vec<&RawEvent>> = BTreeMap::new();
            events.iter().for_each(|event| of.entry(event.visitor).or_default().push(event));
            of.into_iter().filter(|(visitor, _)| visitor.is_some()).map(|(_, events)| events).collect()
        }
    };
    let holds = |condition: &Condition, event: &RawEvent| {
        condition.holds(&mut |dimension, test| is_passing(&values(event, None, dimension), test))
    };
    let (mut tally, mut names) = (F::Tally::default(), Names::default());
    for unit in &mut units {
        unit.retain(|event| holds(&ask.condition, event));
        let moment = |event: &&RawEvent| {
            let bit = |(at, condition)| u32::from(holds(condition, event)) << at;
            let moment = Moment {
                unit: 1,
                at_ms: event.at_ms,
                matches: ask.conditions.iter().enumerate().map(|(at, condition)| bit((at, condition))).sum(),
                group: ask.by.map_or(0, |by| {
                    let value = values(event, None, by).first().cloned().unwrap_or_default();
                    number(&mut names.groups, value)
                }),
                action: ask.actions.as_ref().map_or(0, |actions| {
                    let (event_type, path) = (event.event_type.as_str(), event.path.as_str());
                    let action = match actions {
                        Actions::Events => (event_type.to_owned(), path.to_owned()),
                        Actions::Nodes(naming) => (naming.name(event_type, path).to_owned(), String::new()),
                        Actions::Currencies => {
                            let currency = event.revenue.as_ref().map(|paid| paid.currency.clone());
                            (currency.unwrap_or_default(), String::new())
                        }
                    };
                    number(&mut names.actions, action)
                }),
            };
            M::told(moment, event)
        };
        let mut moments: Vec<M> = unit.iter().map(moment).collect();
        fold.unit(&mut moments, &mut tally);
    }
    (tally, names)
}

fn number<T: PartialEq>(all: &mut Vec<T>, one: T) -> u32 {
    let at = all.iter().position(|other| *other == one);
    at.unwrap_or_else(|| {
        all.push(one);
        all.len() - 1
    }) as u32
}

/// In row groups of few rows.
pub fn in_small_groups(name: usize, mut events: Vec<RawEvent>) -> Stored {
    let (segment, _) = stored(name, events.clone());
    events.sort_unstable_by_key(batch::key);
    let mut writer = SegmentWriter::with_row_groups(Vec::new(), &[DECLARED.to_owned()], 64).unwrap();
    writer.push_events(&events).unwrap();
    let (bytes, written) = writer.finish().unwrap();
    (Segment { bytes: written.bytes, ..segment }, Arc::new(Bytes::from(bytes)))
}

pub fn text(random: &mut Random, all: &[&str]) -> String {
    all[random.below(all.len() as u64) as usize].to_owned()
}

fn range(random: &mut Random) -> Value {
    let day = |at: u64| format!("2026-02-0{}", 2 + at);
    let (one, other) = (random.below(4), random.below(4));
    json!({"start": day(one.min(other)), "end": day(one.max(other))})
}

pub fn pattern(random: &mut Random) -> Value {
    match random.below(6) {
        0 => json!({"event_type": "pageview"}),
        1 => json!({"event_type": ["click", "purchase"]}),
        2 => json!({"filters": {"page_path": text(random, &["/a*", "/a/**", "/*", "/blog/*"])}}),
        3 => json!({"event_type": "pageview", "filters": {"property:plan": ["pro", "free"]}}),
        4 => json!({"filters": ["not", ["is", "device", ["mobile"]]]}),
        _ => {
            json!({"event_type": "click", "filters": ["or", [["is", "goal", ["buy"]], ["is", "property:seats", ["1", "true"]]]]})
        }
    }
}

fn filters(random: &mut Random) -> Value {
    match random.below(5) {
        0 => json!({"country": ["DE", "US"]}),
        1 => json!(["is_not", "page", ["/"]]),
        _ => json!({}),
    }
}

fn funnel_query(random: &mut Random) -> Value {
    let steps: Vec<Value> = (0..2 + random.below(3)).map(|_| pattern(random)).collect();
    let mut query = json!({
        "tracking_id": "UA-1",
        "date_range": range(random),
        "steps": steps,
        "window": text(random, &["10m", "2h", "1d", "7d"]),
        "order": text(random, &["ordered", "ordered", "strict", "any"]),
        "attempts": text(random, &["best", "first", "all"]),
        "unit": text(random, &["users", "sessions"]),
        "next_actions": random.one_in(3),
        "filters": filters(random)
    });
    if random.one_in(3) {
        query["exclude"] = json!([{"event_type": "purchase", "filters": {"device": ["tablet", "desktop"]}}]);
    }
    if random.one_in(2) {
        query["breakdown_by"] = text(random, &["country", "property:plan", "property:seats", "device", "city"]).into();
        query["interval"] = text(random, &["date", "hour"]).into();
    }
    query
}

fn retention_query(random: &mut Random) -> Value {
    json!({
        "tracking_id": "UA-1",
        "date_range": range(random),
        "first": if random.one_in(2) { json!({}) } else { pattern(random) },
        "returning": if random.one_in(2) { json!({}) } else { pattern(random) },
        "first_in": text(random, &["history", "range"]),
        "periods": 1 + random.below(4),
        "returned": text(random, &["within", "or_later"]),
        "filters": filters(random),
        "breakdown_by": if random.one_in(2) { json!("country") } else { Value::Null },
        "time_zone": text(random, &["UTC", "Europe/Berlin", "America/St_Johns"])
    })
}

pub fn paths_query(random: &mut Random) -> Value {
    json!({
        "tracking_id": "UA-1",
        "date_range": range(random),
        "from": if random.one_in(3) { json!({}) } else { pattern(random) },
        "direction": text(random, &["next", "previous"]),
        "depth": 1 + random.below(5),
        "unit": text(random, &["users", "sessions"]),
        "window": text(random, &["30m", "1d", "7d"]),
        "nodes": text(random, &["events", "pages"]),
        "groups": if random.one_in(2) { json!([{"name": "A", "page_path": "/a**"}]) } else { json!([]) },
        "repeats": text(random, &["join", "keep"]),
        "limit": 1 + random.below(8),
        "filters": filters(random)
    })
}

pub fn experiment_query(random: &mut Random) -> Value {
    let metric = |random: &mut Random, name: &str| {
        let event = pattern(random);
        if random.one_in(2) {
            json!({"name": name, "kind": "conversion", "event": event})
        } else {
            json!({"name": name, "kind": "revenue", "event": if random.one_in(2) { json!({}) } else { event }})
        }
    };
    let mut query = json!({
        "tracking_id": "UA-1",
        "date_range": range(random),
        "property": text(random, &["plan", "seats", "none"]),
        "exposure": if random.one_in(2) { json!({}) } else { pattern(random) },
        "metrics": [metric(random, "one"), metric(random, "other")],
        "unit": text(random, &["users", "sessions"]),
        "filters": filters(random)
    });
    if random.one_in(2) {
        query["window"] = text(random, &["10m", "2h", "3d"]).into();
    }
    if random.one_in(3) {
        query["variants"] = json!([{"name": "pro"}, {"name": "free", "weight": 2.0}]);
    }
    query
}

fn attribution_query(random: &mut Random) -> Value {
    json!({
        "tracking_id": "UA-1",
        "date_range": range(random),
        "conversion": pattern(random),
        "lookback": text(random, &["10m", "6h", "3d", "30d"]),
        "by": text(random, &["source", "channel", "medium", "campaign"]),
        "models": if random.one_in(2) { json!([]) } else { json!(["linear", "last", "last_non_direct"]) },
        "conversions": text(random, &["all", "first"]),
        "unit": text(random, &["users", "sessions"]),
        "limit": 1 + random.below(6),
        "filters": filters(random)
    })
}

fn lifecycle_query(random: &mut Random) -> Value {
    json!({
        "tracking_id": "UA-1",
        "date_range": range(random),
        "active": if random.one_in(2) { json!({}) } else { pattern(random) },
        "interval": text(random, &["day", "day", "week", "month"]),
        "unit": text(random, &["users", "users", "sessions"]),
        "filters": filters(random),
        "breakdown_by": if random.one_in(2) { json!("country") } else { Value::Null },
        "time_zone": text(random, &["UTC", "Europe/Berlin", "America/St_Johns"])
    })
}

/// Any question, planned.
fn analysis(random: &mut Random) -> Analysis {
    let visitors = if random.one_in(4) { VisitorMode::Cookieless } else { VisitorMode::Persistent };
    let settings = Settings { visitors, ..Settings::default() };
    let now_ms = BEGIN_MS + 9 * DAY_MS;
    let around = Circumstances { events_from_ms: Some(BEGIN_MS - DAY_MS), ..Circumstances::at(now_ms, &settings) };
    let read = |query: Value| query.to_string();
    match random.below(6) {
        0 => {
            let query = serde_json::from_str(&read(funnel_query(random))).unwrap();
            Analysis::Funnel(funnel::plan(&query, &settings, &around).unwrap())
        }
        1 => {
            let query = serde_json::from_str(&read(retention_query(random))).unwrap();
            Analysis::Retention(retention::plan(&query, &settings, &around).unwrap())
        }
        2 => {
            let query = serde_json::from_str(&read(lifecycle_query(random))).unwrap();
            Analysis::Lifecycle(lifecycle::plan(&query, &settings, &around).unwrap())
        }
        3 => {
            let query = serde_json::from_str(&read(experiment_query(random))).unwrap();
            Analysis::Experiment(experiment::plan(&query, &settings, &around).unwrap())
        }
        4 => {
            let query = serde_json::from_str(&read(attribution_query(random))).unwrap();
            Analysis::Attribution(attribution::plan(&query, &settings, &around).unwrap())
        }
        _ => {
            let query = serde_json::from_str(&read(paths_query(random))).unwrap();
            Analysis::Paths(paths::plan(&query, &settings, &around).unwrap())
        }
    }
}

/// What is told, without the numbers that names have.
fn check(analysis: &Analysis, sources: &Sources<'_>, events: &[RawEvent], budget: &Budget, seed: u64) -> u64 {
    let failed = || format!("seed {seed}: {analysis:#?}");
    let found = analyze(sources, analysis, budget).unwrap_or_else(|e| panic!("{e}: {}", failed()));
    match (analysis, found) {
        (Analysis::Funnel(plan), Analyzed::Funnel(People { tally, names, rows_read })) => {
            let (expect, expect_names) = expected(events, &plan.ask, &plan.fold);
            let told = funnel::answer(plan, &tally, &names);
            assert_eq!(told, funnel::answer(plan, &expect, &expect_names), "{}", failed());
            assert!(rows_read <= 20 * events.len() as u64);
            told.total()
        }
        (Analysis::Retention(plan), Analyzed::Retention(People { tally, names, .. })) => {
            let (expect, expect_names) = expected(events, &plan.ask, &plan.fold);
            let told = retention::answer(plan, &tally, &names);
            assert_eq!(told, retention::answer(plan, &expect, &expect_names), "{}", failed());
            told.cohorts.iter().map(|cohort| cohort.users).sum()
        }
        (Analysis::Paths(plan), Analyzed::Paths(People { tally, names, .. })) => {
            let (expect, expect_names) = expected(events, &plan.ask, &plan.fold);
            let told = paths::answer(plan, &tally, &names);
            assert_eq!(told, paths::answer(plan, &expect, &expect_names), "{}", failed());
            told.total
        }
        (Analysis::Experiment(plan), Analyzed::Experiment(People { tally, names, .. })) => {
            let (expect, expect_names) = expected(events, &plan.ask, &plan.fold);
            let told = experiment::answer(plan, &tally, &names);
            assert_eq!(told, experiment::answer(plan, &expect, &expect_names), "{}", failed());
            told.exposed + told.saw_several
        }
        (Analysis::Lifecycle(plan), Analyzed::Lifecycle(People { tally, names, .. })) => {
            let (expect, expect_names) = expected(events, &plan.ask, &plan.fold);
            let told = lifecycle::answer(plan, &tally, &names);
            assert_eq!(told, lifecycle::answer(plan, &expect, &expect_names), "{}", failed());
            told.buckets.iter().map(|bucket| bucket.active).sum()
        }
        (Analysis::Attribution(plan), Analyzed::Attribution(People { tally, names, .. })) => {
            let (expect, expect_names) = expected(events, &plan.ask, &plan.fold);
            let told = attribution::answer(plan, &tally, &names);
            assert_eq!(told, attribution::answer(plan, &expect, &expect_names), "{}", failed());
            told.conversions
        }
        _ => panic!("another answer: {}", failed()),
    }
}

fn check_some(seed: u64, bytes_max: usize) -> u64 {
    let mut random = Random(seed);
    let visits = 1 + random.below(150) as usize;
    let events = random::events(&mut random, visits);
    let (mut segments, tail) = spread(&mut random, &events);
    if random.one_in(2) {
        let rows: std::collections::BTreeSet<_> =
            tail.iter().flat_map(|batch| batch::events(batch).unwrap()).map(|event| event.id).collect();
        let sealed = events.iter().filter(|event| !rows.contains(&event.id)).cloned().collect::<Vec<_>>();
        segments = sealed
            .chunk_by(|one, other| one.at_ms / DAY_MS == other.at_ms / DAY_MS)
            .enumerate()
            .map(|(name, events)| in_small_groups(name, events.to_vec()))
            .collect();
    }
    let footers = Footers::default();
    let sources = Sources { segments: &segments, tail: &tail, footers: &footers };
    (0..8).map(|_| check(&analysis(&mut random), &sources, &events, &budget(bytes_max), seed)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_about_people_is_the_one_that_the_terms_mean(seed: u64) {
        check_some(seed, 64 << 20);
    }

    #[test]
    fn it_is_so_where_the_memory_holds_a_share_of_the_people_alone(seed: u64) {
        check_some(seed, 134 * size_of::<Paid>());
    }
}

#[test]
fn made_up_people_do_something() {
    let people: u64 = (0..20).map(|seed| check_some(seed, 64 << 20)).sum();
    assert!(people > 2000, "{people}");
}

#[test]
fn whoever_does_not_fit_the_memory_alone_is_refused() {
    let mut random = Random(3);
    let events = random::events(&mut random, 200);
    let (segments, tail) = spread(&mut random, &events);
    let footers = Footers::default();
    let sources = Sources { segments: &segments, tail: &tail, footers: &footers };
    let Analysis::Paths(plan) =
        (0..).map(|seed| analysis(&mut Random(seed))).find(|one| matches!(one, Analysis::Paths(_))).unwrap()
    else {
        panic!("no paths")
    };
    let few = people(&sources, &plan.ask, &plan.fold, &budget(1));
    assert!(matches!(few, Err(ScanError::TooMuchMemory(1))), "{:?}", few.map(|found| found.rows_read));
    let given_up = budget(1 << 20);
    given_up.is_given_up.store(true, Ordering::Relaxed);
    let none = people(&sources, &plan.ask, &plan.fold, &given_up);
    assert!(matches!(none, Err(ScanError::GivenUp)), "{:?}", none.map(|found| found.rows_read));
}

//! What is not decoded, or not kept, makes no difference: columns of a part of a row group, ways beyond their reach, and events
//! that say a variant again.

use domain::analysis::experiment::ExperimentPlan;
use domain::analysis::paths::{self, PathsPlan};
use domain::analysis::{Keep, Paid, experiment};
use domain::query::Circumstances;
use domain::window::HOUR_MS;
use serde_json::{Value, json};
use wire::event::Property;
use wire::frame::Money;
use wire::site::{Settings, VisitorMode};

use super::people::{expected, in_small_groups, paths_query};
use super::*;
use crate::scan::block::Block;
use crate::scan::filter;
use crate::scan::people::people;
use crate::scan::values::Numbers;
use crate::schema;

/// Rows of a page, as the library writes them.
const PAGE_ROWS: usize = 20_000;

fn settings() -> (Settings, Circumstances) {
    let settings = Settings { visitors: VisitorMode::Persistent, ..Settings::default() };
    let now_ms = BEGIN_MS + 9 * DAY_MS;
    let around = Circumstances { events_from_ms: Some(BEGIN_MS - DAY_MS), ..Circumstances::at(now_ms, &settings) };
    (settings, around)
}

/// So many events of visitors of some hundred events each, in one row group.
fn many(count: usize) -> Vec<RawEvent> {
    let mut random = Random(5);
    let mut events = random::events(&mut random, 300);
    let few = events.clone();
    while events.len() < count {
        let mut more = few.clone();
        more.iter_mut().for_each(|event| {
            event.at_ms = BEGIN_MS + random.below(DAY_MS);
            event.id = random.id();
        });
        events.extend(more);
    }
    events.truncate(count);
    events
}

#[test]
fn a_cut_block_is_as_if_it_had_no_other_rows() {
    let rows = PAGE_ROWS * 2 + 777;
    let (segment, blob) = stored(0, many(rows));
    let footers = Footers::default();
    let sources = Sources { segments: &[(segment, blob)], tail: &[], footers: &footers };
    let parts = parts::within(&sources, &(0..u64::MAX), 1).unwrap();
    let block = || parts[0].block(0, None).unwrap();
    assert_eq!((parts.len(), parts[0].blocks(), block().rows()), (1, 1, rows));
    let wide = |names: [Dimension; 3]| names;
    let dimensions = wide([Dimension::Page, Dimension::Country, Dimension::City]);
    let numbers = [schema::VISITOR, schema::SESSION, schema::AT, schema::REVENUE];
    let is_view = Condition::Test(Dimension::EventType, Test::Is(["pageview".to_owned()].into()));
    let condition = Condition::All(vec![
        Condition::Not(Box::new(Condition::Test(Dimension::Country, Test::Is(["DE".to_owned()].into())))),
        Condition::Any(vec![is_view.clone(), Condition::Not(Box::new(is_view))]),
    ]);
    let text = |block: &mut Block<'_>, dimension| {
        let texts = block.texts(dimension).unwrap();
        texts.codes.iter().map(|code| texts.values.get(*code as usize).to_owned()).collect::<Vec<_>>()
    };
    let passing = |block: &mut Block<'_>| {
        let mask = filter::rows(&condition, block).unwrap();
        (0..block.rows()).map(|row| mask.has(row)).collect::<Vec<_>>()
    };
    let mut whole = block();
    let texts = dimensions.map(|dimension| text(&mut whole, dimension));
    let all = numbers.map(|name| whole.numbers(name).unwrap().into_plain());
    let passes = passing(&mut whole);
    assert!(passes.contains(&true) && passes.contains(&false));
    for within in [
        0..rows,
        0..1,
        5..PAGE_ROWS,
        PAGE_ROWS - 3..PAGE_ROWS + 3,
        PAGE_ROWS..2 * PAGE_ROWS,
        100..rows - 1,
        2 * PAGE_ROWS + 8..rows,
        rows - 1..rows,
    ] {
        let mut cut = block();
        // Something is open already.
        text(&mut cut, Dimension::Country);
        cut.cut(within.clone());
        assert_eq!(cut.rows(), within.len());
        assert_eq!(passing(&mut cut), passes[within.clone()], "{within:?}");
        for (dimension, texts) in dimensions.iter().zip(&texts) {
            assert_eq!(text(&mut cut, *dimension), texts[within.clone()], "{within:?} {dimension:?}");
        }
        for (name, all) in numbers.iter().zip(&all) {
            assert_eq!(cut.numbers(name).unwrap().into_plain(), all[within.clone()], "{within:?} {name}");
        }
        // Rows of it count from its own first one on.
        let some: Vec<u32> = (0..within.len() as u32).filter(|row| row % 7 == 3).collect();
        let of = |all: &[u64]| some.iter().map(|row| all[within.start + *row as usize]).collect::<Vec<_>>();
        cut.focus(Some(some.clone()));
        let read = |name: &str| cut.numbers(name).map(Numbers::into_plain).unwrap();
        assert!(numbers.iter().zip(&all).all(|(name, all)| read(name) == of(all)), "{within:?}");
    }
}

fn paths_plan(query: Value) -> PathsPlan {
    let (settings, around) = settings();
    paths::plan(&serde_json::from_str(&query.to_string()).unwrap(), &settings, &around).unwrap()
}

/// Parts of a day and of several, of which some meet.
fn parted(random: &mut Random, events: &[RawEvent]) -> Vec<Stored> {
    let mut files: BTreeMap<u64, Vec<RawEvent>> = BTreeMap::new();
    let of_file = 1 + random.below(3);
    events.iter().for_each(|event| {
        let day = event.at_ms / DAY_MS;
        files.entry(day * 3 + random.below(of_file)).or_default().push(event.clone());
    });
    files.into_values().enumerate().map(|(name, events)| in_small_groups(name, events)).collect()
}

fn check_reach(seed: u64) {
    let mut random = Random(seed);
    let visits = 20 + random.below(200) as usize;
    let mut events = random::events(&mut random, visits);
    // Much happens at one instant.
    let instant = [1, HOUR_MS / 4, 3 * HOUR_MS][random.below(3) as usize];
    events.iter_mut().for_each(|event| event.at_ms -= event.at_ms % instant);
    let segments = parted(&mut random, &events);
    let footers = Footers::default();
    let sources = Sources { segments: &segments, tail: &[], footers: &footers };
    for bytes_max in [64 << 20, 200 * size_of::<Paid>()] {
        let mut query = paths_query(&mut random);
        query["direction"] = "next".into();
        query["unit"] = "users".into();
        let plan = paths_plan(query);
        assert!(matches!(plan.ask.keep, Keep::Reached(_)));
        let mut all = plan.clone();
        all.ask.keep = Keep::Matching;
        let told = |plan: &PathsPlan, bytes_max| {
            let found = people(&sources, &plan.ask, &plan.fold, &budget(bytes_max)).unwrap();
            paths::answer(plan, &found.tally, &found.names)
        };
        assert_eq!(told(&plan, bytes_max), told(&all, 64 << 20), "seed {seed}: {plan:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_ways_do_not_reach_never_matters(seed: u64) {
        check_reach(seed);
    }
}

/// Events of one person, each so many minutes behind the begin, with a path.
fn of_one(person: u64, steps: &[(u64, &str)]) -> Vec<RawEvent> {
    let mut random = Random(person);
    let visitor = Some(random.id());
    let event = |(minute, path): &(u64, &str)| RawEvent {
        id: random.id(),
        visitor,
        session: visitor,
        event_type: "pageview".to_owned(),
        path: (*path).to_owned(),
        at_ms: BEGIN_MS + minute * 60_000,
        ..RawEvent::default()
    };
    steps.iter().map(event).collect()
}

#[test]
fn a_way_that_an_earlier_part_begins_ends_where_it_ends() {
    // The first page is seen late on the first day; the same pages again in the next, of which only an hour is within reach.
    let day = 24 * 60;
    let begin = [(day - 30, "/a"), (day - 20, "/b"), (day + 10, "/c"), (day + 29, "/d"), (day + 31, "/e")];
    let mut events = of_one(7, &begin);
    events.extend((0..300).flat_map(|at| of_one(7, &[(2 * day + at, "/a"), (2 * day + 400 + at, "/b")])));
    let segments = parted(&mut Random(1), &events);
    let footers = Footers::default();
    let sources = Sources { segments: &segments, tail: &[], footers: &footers };
    let plan = paths_plan(json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-01", "end": "2026-02-05"}, "unit": "users", "window": "1h"
    }));
    // Memory for a few moments is enough, for what is beyond the first hour is never kept.
    let few = || Budget { threads: 1, ..budget(24 * size_of::<Paid>()) };
    let found = people(&sources, &plan.ask, &plan.fold, &few()).unwrap();
    let told = paths::answer(&plan, &found.tally, &found.names);
    let way: Vec<&str> = told.columns.iter().map(|column| column[0].name.as_str()).collect();
    assert_eq!((told.total, way), (1, vec!["/a", "/b", "/c", "/d"]));
    let all = people(&sources, &domain::analysis::Ask { keep: Keep::Matching, ..plan.ask.clone() }, &plan.fold, &few());
    assert!(matches!(all, Err(ScanError::TooMuchMemory(_))));
}

fn experiment_plan() -> ExperimentPlan {
    let (settings, around) = settings();
    let query = json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-01", "end": "2026-02-05"}, "property": "plan",
        "metrics": [
            {"name": "bought", "kind": "conversion", "event": {"event_type": "purchase"}},
            {"name": "paid", "kind": "revenue"}
        ]
    });
    experiment::plan(&serde_json::from_str(&query.to_string()).unwrap(), &settings, &around).unwrap()
}

#[test]
fn whoever_says_a_variant_again_and_again_is_kept_once_a_block() {
    let variant = |event: &mut RawEvent, value: &str| {
        event.properties.insert(DECLARED.to_owned(), Property::Text(value.to_owned()));
    };
    let paid = |event: &mut RawEvent, micros: i64| {
        event.event_type = "purchase".to_owned();
        event.revenue = Some(Money { currency: "EUR".to_owned(), micros });
    };
    // Over three days, row groups of 64 and several files: one person of one variant who buys before, with and behind the
    // exposure; one who sees another at last; one who pays nothing.
    let minutes: Vec<(u64, &str)> = (0..600).map(|at| (at * 7, "/")).collect();
    let mut events = Vec::new();
    for (person, other) in [(1, None), (2, Some(599)), (3, None)] {
        let mut of_person = of_one(person, &minutes);
        of_person.iter_mut().skip(10).for_each(|event| variant(event, "pro"));
        if let Some(at) = other {
            variant(&mut of_person[at], "free");
        }
        let amount = if person == 3 { 0 } else { 5_000_000 };
        [3, 10, 300, 599].into_iter().for_each(|at| paid(&mut of_person[at], amount));
        events.extend(of_person);
    }
    let plan = experiment_plan();
    let (expect, names) = expected(&events, &plan.ask, &plan.fold);
    let expect = experiment::answer(&plan, &expect, &names);
    assert_eq!((expect.exposed, expect.saw_several), (2, 1));
    let total = |told: &experiment::Told| told.metrics[1].variants[0].total;
    assert_eq!(total(&expect), Some(15.0));
    for seed in 0..20 {
        let segments = parted(&mut Random(seed), &events);
        let footers = Footers::default();
        let sources = Sources { segments: &segments, tail: &[], footers: &footers };
        // Each block keeps two of a person, and what was bought: 1800 do not fit, 150 do.
        let budget = budget(200 * size_of::<Paid>());
        let found = people(&sources, &plan.ask, &plan.fold, &budget).unwrap();
        assert_eq!(experiment::answer(&plan, &found.tally, &found.names), expect, "{seed}");
        let all =
            people(&sources, &domain::analysis::Ask { keep: Keep::Matching, ..plan.ask.clone() }, &plan.fold, &budget);
        assert!(matches!(all, Err(ScanError::TooMuchMemory(_))));
    }
}

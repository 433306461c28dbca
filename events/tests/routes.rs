//! Where a rollup tells an answer, single events tell the same one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use domain::query::{Circumstances, Evaluation, Question, Route, Sides, StoredRow, Tally, Told, plan};
use domain::rollup::{Caps, Horizon, Rollup, fold, named};
use domain::visit::{Known, follow};
use domain::window::{DAY_MS, Granularity, MINUTE_MS};
use proptest::prelude::*;
use serde_json::{Value, json};
use tidemark_events::batch;
use tidemark_events::scan::{Footers, Sources, aggregate};
use tidemark_events::store::Budget;
use wire::Id128;
use wire::event::Property;
use wire::frame::{Money, RawEvent, RollupDimension};
use wire::site::{Goal, Settings};

/// Days of events, around a change of the clocks in Europe.
const DAYS: u64 = 5;
const FIRST: u64 = 1_774_483_200_000; // 2026-03-26T00:00:00Z

const OF_EVENTS: [&str; 4] = ["unique_users", "pageviews", "events", "revenue"];
const OF_VISITS: [&str; 8] = [
    "visits",
    "bounce_rate",
    "visit_duration",
    "engaged_time",
    "conversions",
    "conversion_rate",
    "quality",
    "views_per_visit",
];

const OF_TIME: [&str; 8] = ["", "date", "hour", "week", "month", "hour_of_day", "weekday", "hour_of_week"];
const BY: [&[&str]; 10] = [
    &[],
    &["page"],
    &["country"],
    &["city"],
    &["country", "device"],
    &["goal"],
    &["property:plan"],
    &["event_type"],
    &["entry_page"],
    &["exit_page"],
];

fn filters() -> Vec<Value> {
    vec![
        json!({}),
        json!({"page": "/a"}),
        json!({"property:plan": ["pro", "free"]}),
        json!({"goal": "buy"}),
        json!({"city": "Berlin, DE"}),
        json!(["is_not", "page", ["/a", ""]]),
        json!(["contains", "event_type", ["UP"]]),
    ]
}

/// A session of one place and device, so that what its first event says is what all of them say. Its events come in the
/// order of time: one that comes late may join two visits, and events that were named before keep their visit's old name.
#[derive(Clone, Debug)]
struct Session {
    begin: u64,
    person: u8,
    place: usize,
    events: Vec<(u64, usize, usize, usize)>,
}

fn sessions() -> impl Strategy<Value = Vec<Session>> {
    let event = (0..4000u64, 0..4usize, 0..4usize, 0..3usize);
    let session = (0..DAYS * 1440, any::<u8>(), 0..6usize, prop::collection::vec(event, 1..6));
    let session = session.prop_map(|(begin, person, place, events)| Session { begin, person, place, events });
    prop::collection::vec(session, 0..25)
}

fn events(sessions: &[Session]) -> Vec<RawEvent> {
    let of = |values: &[&str], at: usize| values.get(at).copied().unwrap_or_default().to_owned();
    let mut events = Vec::new();
    for (session, number) in sessions.iter().zip(1u64..) {
        let id =
            |n: u64| Id128([n.to_be_bytes(), n.wrapping_mul(0x9e37_79b9).to_be_bytes()].concat().try_into().unwrap());
        let mut of_session = session.events.clone();
        of_session.sort_by_key(|event| event.0);
        for (after_s, kind, page, plan) in &of_session {
            let plan = of(&["pro", "free"], *plan);
            let place = session.place;
            events.push(RawEvent {
                id: id(1 + events.len() as u64 * 7919),
                at_ms: FIRST + session.begin * MINUTE_MS + after_s * 1000,
                visitor: Some(id(domain::hash::of_bytes(&[session.person % 9]).high_bits())),
                session: Some(id(number << 20)),
                event_type: of(&["pageview", "pageview", "purchase", "sign_up"], *kind),
                path: of(&["/a", "/b", "/c"], *page),
                country: of(&["DE", "US", "FR"], place % 4),
                city: of(&["Berlin", "", "London"], place % 3),
                device: of(&["mobile", "desktop"], place % 2),
                engaged_ms: after_s * 3,
                revenue: (*kind == 2).then(|| Money { currency: "EUR".to_owned(), micros: *after_s as i64 * 10_000 }),
                properties: (!plan.is_empty()).then(|| ("plan".to_owned(), Property::Text(plan))).into_iter().collect(),
                ..RawEvent::default()
            });
        }
    }
    events
}

type Windows = BTreeMap<(Granularity, RollupDimension, String, u64, String), Rollup>;

/// What a site counts of these events, which learn their goals and visits.
fn counted(events: &mut [RawEvent], settings: &Settings) -> Windows {
    let (mut known, mut caps) = (Known::new(), Caps::default());
    let changes = follow(events, &mut known, settings, &mut caps);
    let mut windows = Windows::new();
    for row in fold(events, &changes, settings, &mut caps) {
        let (name, value) = named(row.dimension, &row.value);
        let rollup = Rollup::of_row(&row).unwrap();
        for granularity in Granularity::ALL {
            let start_ms = granularity.start_of(row.start_ms);
            let key = (granularity, row.dimension, name.to_owned(), start_ms, value.to_owned());
            windows.entry(key).or_default().merge(&rollup);
        }
    }
    windows
}

fn scanned(events: &[RawEvent], question: &Question) -> Tally {
    let tail = [batch::of_events(events, &["plan".to_owned()]).unwrap()];
    let budget = Budget {
        bytes_max: 64 << 20,
        until: Instant::now() + Duration::from_secs(30),
        is_given_up: AtomicBool::new(false),
        threads: 2,
    };
    let sources = Sources { segments: &[], tail: &tail, footers: &Footers::default() };
    Tally::counted(aggregate(&sources, question, &budget).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn both_ways_lead_to_the_same_answer(
        sessions in sessions(), time in 0..8usize, by in 0..10usize, filter in 0..7usize, of_visits in any::<bool>(),
        start in 0..DAYS * 1440 - 1, length in 1..DAYS * 1440, zone in 0..4usize, whole_days in any::<bool>(),
    ) {
        let goal = |name: &str, of: &str| Goal { name: name.to_owned(), event_type: of.to_owned(), path: None };
        let goals = vec![goal("buy", "purchase"), goal("join", "sign_up"), goal("pay", "purchase")];
        let settings = Settings { goals, properties: vec!["plan".to_owned()], ..Settings::default() };
        let mut events = events(&sessions);
        let windows = counted(&mut events, &settings);
        let start_ms = FIRST + start * MINUTE_MS;
        let utc = domain::zone::Zone::default();
        let end_ms = (start_ms + length * MINUTE_MS).min(FIRST + DAYS * DAY_MS);
        let text = |at_ms| if whole_days { utc.date_of(at_ms).to_string() } else { utc.text(at_ms) };
        let dimensions: Vec<_> = [OF_TIME[time]].into_iter().filter(|t| !t.is_empty()).chain(BY[by].iter().copied()).collect();
        let metrics: &[&str] = if of_visits { &OF_VISITS[..7 + usize::from(by < 8)] } else { &OF_EVENTS };
        let zone = ["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"][zone];
        let json = json!({
            "tracking_id": "UA-1", "date_range": {"start": text(start_ms), "end": text(end_ms)}, "dimensions": dimensions,
            "metrics": metrics, "filters": filters()[filter], "time_zone": zone, "limit": 10_000,
        });
        let query = serde_json::from_value(json.clone()).unwrap();
        let horizon = Horizon { minute_from_ms: 0, hour_from_ms: 0, day_from_ms: 0 };
        let around = Circumstances { now_ms: end_ms, horizon, events_from_ms: Some(0), first_ms: None };
        let plan = plan(&query, &settings, &around).unwrap_or_else(|e| panic!("{json}: {e}"));
        let Route::Rollup { coverage, pieces } = &plan.now.rows.route else { return Ok(()) };
        let question = &plan.now.rows.question;
        let mut evaluation = Evaluation::new(question, coverage, pieces);
        for ((granularity, dimension, name, start_ms, value), rollup) in &windows {
            let is_read = |p: &domain::query::Piece| p.granularity == *granularity && (p.start_ms..p.end_ms).contains(start_ms);
            if *dimension == coverage.dimension && *name == coverage.name && pieces.pieces.iter().any(is_read) {
                evaluation.add(&StoredRow {
                    start_ms: *start_ms, value, pageviews: rollup.pageviews, events: rollup.events,
                    visitors: &rollup.visitors.encode(), visits: rollup.visits, revenue: rollup.revenue.clone(),
                });
            }
        }
        let told = |rows: Tally| -> Told { plan.answer(Sides { rows, totals: None }, None).unwrap() };
        let (by_rollup, by_events) = (told(evaluation.finish()), told(scanned(&events, question)));
        prop_assert_eq!(by_rollup.rows, by_events.rows, "{}", json);
        prop_assert_eq!(by_rollup.total_rows, by_events.total_rows, "{}", json);
    }
}

//! Whatever is asked of whatever was counted, the rollups answer what counting the events by hand gives.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::json;
use wire::event::Property;
use wire::frame::{Money, RawEvent, RollupRow};
use wire::query::{Cell, Dimension};
use wire::site::Goal;

use super::*;
use crate::rollup::{Caps, Rollup, fold, named};
use crate::visit::{Known, follow};
use crate::window::{DAY_MS, Granularity, MINUTE_MS};

/// Days of events, around a change of the clocks in Europe.
const DAYS: u64 = 6;
const FIRST: u64 = 1_774_483_200_000; // 2026-03-26T00:00:00Z

const OF_TIME: [&str; 8] = ["", "date", "hour", "week", "month", "hour_of_day", "weekday", "hour_of_week"];
const BY: [&[&str]; 8] = [
    &[],
    &["page"],
    &["country"],
    &["device"],
    &["country", "device"],
    &["device", "country"],
    &["goal"],
    &["property:plan"],
];
const ZONES: [&str; 6] =
    ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Chatham"];

fn filters() -> Vec<serde_json::Value> {
    vec![
        json!({}),
        json!({"country": "DE"}),
        json!({"country": ["DE", "US"], "device": "mobile"}),
        json!({"page": "/a"}),
        json!({"property:plan": ["pro", "free"]}),
        json!({"goal": "buy"}),
        json!(["is_not", "page", ["/a", ""]]),
        json!(["contains", "page", ["B", "c"]]),
        json!(["and", [["matches", "country", ["^[DF]"]], ["not", ["is", "country", ["FR"]]]]]),
        json!(["or", [["is", "device", ["mobile"]], ["contains", "device", ["desk"]]]]),
    ]
}

prop_compose! {
    fn event()(
        minute in 0..DAYS * 1440, second in 0..60u64, id in any::<[u8; 16]>(), visitor in 0u8..12,
        kind in 0usize..4, page in 0usize..4, country in 0usize..4, device in 0usize..3, plan in 0usize..3,
    ) -> RawEvent {
        let of = |values: &[&str], at: usize| values.get(at).copied().unwrap_or_default().to_owned();
        let plan = of(&["pro", "free"], plan);
        let visitor = wire::Id128([visitor.wrapping_mul(37).wrapping_add(9); 16]);
        RawEvent {
            id: wire::Id128(id),
            at_ms: FIRST + minute * MINUTE_MS + second * 1000,
            visitor: Some(visitor),
            session: Some(visitor),
            event_type: of(&["pageview", "pageview", "purchase", "sign_up"], kind),
            path: of(&["/a", "/b", "/c"], page),
            country: of(&["DE", "US", "FR"], country),
            device: of(&["mobile", "desktop"], device),
            revenue: (kind == 2).then(|| Money { currency: "EUR".to_owned(), micros: minute as i64 * 10_000 }),
            properties: (!plan.is_empty()).then(|| ("plan".to_owned(), Property::Text(plan))).into_iter().collect(),
            ..RawEvent::default()
        }
    }
}

/// Windows of every length, as a store keeps them.
fn windows(rows: &[RollupRow]) -> BTreeMap<(Granularity, wire::frame::RollupDimension, String, u64, String), Rollup> {
    let mut windows: BTreeMap<_, Rollup> = BTreeMap::new();
    for row in rows {
        let (name, value) = named(row.dimension, &row.value);
        let rollup = Rollup::of_row(row).unwrap_or_else(|e| panic!("{e}"));
        for granularity in Granularity::ALL {
            let key =
                (granularity, row.dimension, name.to_owned(), granularity.start_of(row.start_ms), value.to_owned());
            windows.entry(key).or_default().merge(&rollup);
        }
    }
    windows
}

fn values(event: &RawEvent, dimension: Dimension) -> Vec<String> {
    let one = |value: &String| vec![value.clone()];
    match dimension {
        Dimension::Page => one(&event.path),
        Dimension::Country => one(&event.country),
        Dimension::Device => one(&event.device),
        Dimension::Goal if event.goals.is_empty() => vec![String::new()],
        Dimension::Goal => event.goals.clone(),
        _ => match event.properties.get("plan") {
            Some(Property::Text(plan)) => one(plan),
            _ => vec![String::new()],
        },
    }
}

type ByHand = BTreeMap<(usize, Vec<String>), (u64, u64, BTreeSet<wire::Id128>, i64)>;

fn by_hand(question: &Question, events: &[RawEvent]) -> ByHand {
    let mut groups = ByHand::new();
    for event in events {
        let passes = |dimension, test: &Test| values(event, dimension).iter().any(|value| test.passes(value));
        let is_meant = (question.start_ms..question.end_ms).contains(&event.at_ms);
        if !is_meant || !question.condition.holds(&mut { passes }) {
            continue;
        }
        let mut combinations = vec![Vec::new()];
        for by in &question.by {
            let values = values(event, *by).into_iter().filter(|value| !value.is_empty());
            let required = question.condition.required(*by);
            let values: Vec<_> = values.filter(|value| required.iter().all(|test| test.passes(value))).collect();
            let longer =
                |c: &Vec<String>| values.iter().map(|v| [c.clone(), vec![v.clone()]].concat()).collect::<Vec<_>>();
            combinations = combinations.iter().flat_map(longer).collect();
        }
        let bucket = question.buckets.as_ref().map_or(0, |buckets| buckets.of(event.at_ms));
        for combination in combinations {
            let group = groups.entry((bucket, combination)).or_default();
            group.0 += u64::from(event.event_type == "pageview");
            group.1 += 1;
            group.2.extend(event.visitor);
            group.3 += event.revenue.as_ref().map_or(0, |money| money.micros);
        }
    }
    groups
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]
    #[test]
    fn rollups_answer_as_counting_does(
        mut events in prop::collection::vec(event(), 0..120), time in 0usize..8, by in 0usize..8, zone in 0usize..6,
        filter in 0usize..10, start in 0..DAYS * 1440 - 1, length in 1..DAYS * 1440, whole_days in any::<bool>(),
        limit in 1usize..40,
    ) {
        let goal = |name: &str, of: &str| Goal { name: name.to_owned(), event_type: of.to_owned(), path: None };
        let goals = vec![goal("buy", "purchase"), goal("join", "sign_up"), goal("pay", "purchase")];
        let settings = Settings { goals, ..settings() };
        let (mut known, mut caps) = (Known::new(), Caps::default());
        let changes = follow(&mut events, &mut known, &settings, &mut caps);
        let windows = windows(&fold(&events, &changes, &settings, &mut caps));
        let start_ms = FIRST + start * MINUTE_MS;
        let end_ms = (start_ms + length * MINUTE_MS).min(FIRST + DAYS * DAY_MS);
        let utc = crate::zone::Zone::default();
        let text = |at_ms| match whole_days {
            true => utc.date_of(at_ms).to_string(),
            false => utc.text(at_ms),
        };
        let dimensions: Vec<_> = [OF_TIME[time]].into_iter().filter(|t| !t.is_empty()).chain(BY[by].iter().copied()).collect();
        let json = json!({
            "date_range": {"start": text(start_ms), "end": text(end_ms)}, "dimensions": dimensions,
            "metrics": ["unique_users", "pageviews", "events", "revenue"], "filters": filters()[filter],
            "time_zone": ZONES[zone], "limit": limit,
            "order_by": [{"field": "unique_users"}, {"field": "events"}],
        });
        // What no rollup tells is not told by one; everything else is.
        let Ok(plan) = plan(&query(json.clone()), &settings, &counted()) else { return Ok(()) };
        let Route::Rollup { coverage, pieces } = &plan.now.rows.route else { panic!("{json}") };
        let question = &plan.now.rows.question;
        let mut evaluation = Evaluation::new(question, coverage, pieces);
        for ((granularity, dimension, name, start_ms, value), rollup) in &windows {
            let is_read = |p: &Piece| p.granularity == *granularity && (p.start_ms..p.end_ms).contains(start_ms);
            if *dimension == coverage.dimension && *name == coverage.name && pieces.pieces.iter().any(is_read) {
                evaluation.add(&StoredRow {
                    start_ms: *start_ms, value, pageviews: rollup.pageviews, events: rollup.events,
                    visitors: &rollup.visitors.encode(), visits: rollup.visits, revenue: rollup.revenue.clone(),
                });
            }
        }
        let told = plan.answer(Sides { rows: evaluation.finish(), totals: None }, None);
        let told = told.unwrap_or_else(|e| panic!("{e}"));

        let mut expect = by_hand(question, &events);
        if question.by.is_empty() {
            let buckets = question.buckets.as_ref().map_or(1, |buckets| buckets.labels.len());
            (0..buckets).for_each(|bucket| { expect.entry((bucket, Vec::new())).or_default(); });
        }
        prop_assert_eq!(told.total_rows, expect.len(), "{}", json);
        let mut expect: Vec<_> = expect.into_iter().collect();
        expect.sort_by(|(a, one), (b, other)| {
            (other.2.len(), other.1).cmp(&(one.2.len(), one.1)).then_with(|| a.cmp(b))
        });
        let rows = expect.into_iter().take(limit).map(|((bucket, values), (pageviews, events, visitors, micros))| {
            let time = question.buckets.as_ref().map(|b| (b.dimension.to_string(), Cell::Text(b.labels[bucket].clone())));
            let values = question.by.iter().zip(values).map(|(by, value)| (by.to_string(), Cell::Text(value)));
            let paid = (micros != 0).then(|| ("EUR".to_owned(), micros as f64 / 1e6)).into_iter().collect();
            let metrics = [
                ("unique_users".to_owned(), Cell::Count(visitors.len() as u64)),
                ("pageviews".to_owned(), Cell::Count(pageviews)),
                ("events".to_owned(), Cell::Count(events)),
                ("revenue".to_owned(), Cell::Money(paid)),
            ];
            time.into_iter().chain(values).chain(metrics).collect::<Row>()
        });
        prop_assert_eq!(told.rows, rows.collect::<Vec<_>>(), "{}", json);
    }
}

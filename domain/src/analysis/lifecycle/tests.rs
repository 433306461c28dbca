//! The examples of `docs/analyses.md`, and sets of days against the fold.

mod oracle;

use serde_json::{Value, json};
use wire::analysis::{LifecycleQuery, Lives};
use wire::site::{Settings, VisitorMode};

use super::*;
use crate::analysis::{Keep, Names};
use crate::query::Circumstances;
use crate::window::{DAY_MS, HOUR_MS};

/// 2026-03-26T00:00:00Z, a Thursday.
const DAY: u64 = 1_774_483_200_000;

const LATER: u64 = DAY + 60 * DAY_MS;

struct Asked {
    visitors: VisitorMode,
    now_ms: u64,
    first_ms: u64,
    events_from_ms: u64,
}

/// A site whose first event lies behind what is kept.
const YOUNG: Asked = Asked {
    visitors: VisitorMode::Persistent,
    now_ms: LATER,
    first_ms: DAY - 40 * DAY_MS,
    events_from_ms: DAY - 300 * DAY_MS,
};

fn planned(change: Value, asked: &Asked) -> Result<LifecyclePlan, String> {
    let mut query = json!({"tracking_id": "UA-1", "date_range": {"start": "2026-03-26", "end": "2026-03-29"}});
    let (Some(query_map), Some(change)) = (query.as_object_mut(), change.as_object()) else { panic!("no objects") };
    query_map.extend(change.clone());
    let query: LifecycleQuery = serde_json::from_value(query).map_err(|e| e.to_string())?;
    let settings = Settings { visitors: asked.visitors, ..Settings::default() };
    let around = Circumstances {
        events_from_ms: Some(asked.events_from_ms),
        first_ms: Some(asked.first_ms),
        ..Circumstances::at(asked.now_ms, &settings)
    };
    plan(&query, &settings, &around).map_err(|e| e.to_string())
}

/// What is told of people, each the times of their active events.
fn told(change: Value, asked: &Asked, units: &[&[u64]]) -> Told {
    let plan = planned(change, asked).unwrap_or_else(|e| panic!("{e}"));
    answer(&plan, &folded(&plan, units), &Names::default())
}

fn folded(plan: &LifecyclePlan, units: &[&[u64]]) -> LifecycleTally {
    let mut tally = LifecycleTally::default();
    for unit in units {
        let moment = |at_ms: &u64| Moment { at_ms: *at_ms, matches: ACTIVE, ..Moment::default() };
        let mut moments: Vec<Moment> = unit.iter().filter(|at_ms| plan.ask.span.contains(at_ms)).map(moment).collect();
        plan.fold.unit(&mut moments, &mut tally);
    }
    tally
}

/// New, returning, resurrected and dormant by bucket.
fn lives(told: &Told) -> Vec<[u64; 4]> {
    let of = |lives: Option<Lives>| {
        let lives = lives.unwrap_or_else(|| panic!("nothing is known"));
        [lives.new, lives.returning, lives.resurrected, lives.dormant]
    };
    told.buckets.iter().map(|bucket| of(bucket.lives)).collect()
}

const fn on(day: i64) -> u64 {
    (DAY as i64 + day * DAY_MS as i64) as u64 + HOUR_MS
}

#[test]
fn who_comes_is_new_returning_resurrected_or_dormant() {
    // Anna comes on days 0, 1 and 3; Ben on day -1 and 0; Cleo long ago and on day 2.
    let told = told(json!({}), &YOUNG, &[&[on(0), on(1), on(1) + 5, on(3)], &[on(-1), on(0)], &[on(-30), on(2)]]);
    assert_eq!(lives(&told), [[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 1, 1], [0, 0, 1, 1]]);
    let active: Vec<_> = told.buckets.iter().map(|bucket| (bucket.start.as_str(), bucket.active)).collect();
    assert_eq!(active, [("2026-03-26", 2), ("2026-03-27", 1), ("2026-03-28", 1), ("2026-03-29", 1)]);
    let net: Vec<_> = told.buckets.iter().filter_map(|bucket| Some(bucket.lives?.net)).collect();
    assert_eq!(net, [1, -1, 0, 0]);
    assert!(told.limits.is_empty() && told.buckets.iter().all(|bucket| bucket.is_complete));
}

#[test]
fn each_day_that_counts_is_kept_apart() {
    // Days of Berlin begin within those of UTC: what a segment has of before is not taken for the first day's.
    let plan = planned(json!({"time_zone": "Europe/Berlin"}), &YOUNG).unwrap_or_else(|e| panic!("{e}"));
    let month_before = DAY - 27 * DAY_MS - HOUR_MS;
    let Keep::Ends(starts) = &plan.ask.keep else { panic!("{:?}", plan.ask.keep) };
    assert_eq!(starts.get(..3), Some(&[0, month_before, month_before + DAY_MS][..]));
    assert_eq!((plan.ask.span.start, plan.fold.days.first()), (YOUNG.events_from_ms, Some(&month_before)));
}

#[test]
fn a_gap_makes_dormant_once() {
    // Away for days 1 and 2: dormant on the first of them alone.
    let told = told(json!({}), &YOUNG, &[&[on(0), on(3)]]);
    assert_eq!(lives(&told), [[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 1, 0]]);
}

#[test]
fn a_running_bucket_is_told_as_far_as_it_is() {
    let asked = Asked { now_ms: on(1), ..YOUNG };
    let told = told(json!({}), &asked, &[&[on(0)], &[on(0), on(1) - 1]]);
    assert_eq!(lives(&told), [[2, 0, 0, 0], [0, 1, 0, 1]]);
    assert_eq!(told.buckets.iter().map(|bucket| bucket.is_complete).collect::<Vec<_>>(), [true, false]);
    assert_eq!(told.stickiness.iter().map(|day| day.is_complete).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn the_first_bucket_takes_the_one_before() {
    // Kept from the day of the range on: whether those of its first day were there before is not known.
    let asked = Asked { events_from_ms: DAY, first_ms: DAY - 300 * DAY_MS, ..YOUNG };
    let of_old = told(json!({}), &asked, &[&[on(0), on(1)], &[on(1)]]);
    assert_eq!(of_old.buckets.first().map(|bucket| (bucket.active, bucket.lives)), Some((1, None)));
    assert_eq!(
        of_old.buckets.get(1).and_then(|bucket| bucket.lives).map(|lives| (lives.new, lives.returning)),
        Some((1, 1))
    );
    assert_eq!(of_old.stickiness.first().map(|day| (day.dau, day.wau, day.mau)), Some((1, None, None)));
    let limit = "single events are kept from 2026-03-26T00:00:00Z on: whoever was there before counts as new again";
    assert_eq!(of_old.limits, [limit]);
    // Where the site itself is that young, nobody was.
    let asked = Asked { first_ms: DAY + HOUR_MS, events_from_ms: DAY - 300 * DAY_MS, ..YOUNG };
    let of_young = told(json!({}), &asked, &[&[on(0), on(1)], &[on(1)]]);
    assert_eq!(lives(&of_young).first(), Some(&[1, 0, 0, 0]));
    assert_eq!(of_young.stickiness.get(1).map(|day| (day.dau, day.wau, day.mau)), Some((2, Some(2), Some(2))));
}

#[test]
fn a_day_is_one_of_the_calendar() {
    // Clocks in Berlin go forward on 2026-03-29: that day has 23 hours, and begins at 23:00 UTC of the day before.
    let start = DAY + 3 * DAY_MS - HOUR_MS;
    let zone = json!({"time_zone": "Europe/Berlin", "date_range": {"start": "2026-03-29", "end": "2026-03-30"}});
    let told = told(zone, &YOUNG, &[&[start, start + 23 * HOUR_MS - 1], &[start, start + 23 * HOUR_MS]]);
    assert_eq!(lives(&told), [[2, 0, 0, 0], [0, 1, 0, 1]]);
    assert_eq!(told.stickiness.iter().map(|day| day.dau).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn weeks_and_months_are_whole() {
    // Asked from Thursday on, the week of Monday is answered.
    let week = json!({"interval": "week", "date_range": {"start": "2026-03-26", "end": "2026-03-31"}});
    let told_week = told(week, &YOUNG, &[&[on(-3)], &[on(-4), on(5)], &[on(-2), on(4)]]);
    let starts: Vec<_> = told_week.buckets.iter().map(|bucket| bucket.start.as_str()).collect();
    assert_eq!(starts, ["2026-03-23", "2026-03-30"]);
    assert_eq!(lives(&told_week), [[2, 0, 0, 1], [0, 1, 1, 1]]);
    assert_eq!(told_week.stickiness.len(), 6, "days are those of the range alone");
    let month = told(json!({"interval": "month"}), &YOUNG, &[&[on(-26)], &[on(-20), on(0)], &[on(30)]]);
    assert_eq!(lives(&month), [[1, 0, 0, 1]], "the first was there in February, the last comes in April");
}

#[test]
fn stickiness_is_told_of_the_days_that_end_with_one() {
    // Anna on days -6 and 0, Ben on day -27, Cleo on day -28.
    let told = told(json!({}), &YOUNG, &[&[on(-6), on(0)], &[on(-27)], &[on(-28)]]);
    let days: Vec<_> = told.stickiness.iter().map(|day| (day.dau, day.wau, day.mau)).collect();
    let expect = [(1, Some(1), Some(2)), (0, Some(1), Some(1)), (0, Some(1), Some(1)), (0, Some(1), Some(1))];
    assert_eq!(days, expect);
    assert_eq!(told.stickiness.first().map(|day| (day.dau_wau, day.dau_mau)), Some((Some(100.0), Some(50.0))));
}

#[test]
fn without_lasting_ids_nothing_is_told_across_days() {
    let asked = Asked { visitors: VisitorMode::Cookieless, ..YOUNG };
    let of_days = told(json!({}), &asked, &[&[on(0)], &[on(0)], &[on(1)]]);
    assert_eq!(of_days.buckets.iter().map(|bucket| bucket.active).collect::<Vec<_>>(), [2, 1, 0, 0]);
    assert!(of_days.buckets.iter().all(|bucket| bucket.lives.is_none()));
    assert!(of_days.stickiness.iter().all(|day| day.wau.is_none() && day.mau.is_none() && day.dau_mau.is_none()));
    assert!(of_days.limits.iter().any(|limit| limit.contains("unit: sessions")), "{:?}", of_days.limits);
    // A visit over midnight counts on the day it began on.
    let visits = told(json!({"unit": "sessions"}), &asked, &[&[DAY + DAY_MS - 1, DAY + DAY_MS], &[on(1)]]);
    assert_eq!(visits.buckets.iter().map(|bucket| bucket.active).collect::<Vec<_>>(), [1, 1, 0, 0]);
    assert!(visits.buckets.iter().all(|bucket| bucket.lives.is_none()));
}

#[test]
fn what_is_out_of_bounds_is_named() {
    fn check(change: Value, expect: &str) {
        assert_eq!(planned(change, &YOUNG).err().unwrap_or_default(), expect);
    }
    check(
        json!({"date_range": {"start": "2025-06-26", "end": "2026-06-27"}}),
        "date_range: has more than 366 buckets; ask by week or month",
    );
    check(
        json!({"breakdown_by": "date"}),
        "breakdown_by: takes a dimension of which an event has one value: none of time, no goal, entry_page or exit_page",
    );
    check(
        json!({"filters": {"entry_page": "/"}}),
        "filters: takes no entry_page or exit_page: those are told of whole visits",
    );
}

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::window::{DAY_MS, HOUR_MS};

/// 2026-03-26T00:00:00Z
const DAY: u64 = 1_774_483_200_000;

fn planned(change: Value, now_ms: u64) -> Result<RetentionPlan, String> {
    let mut query = json!({
        "tracking_id": "UA-1",
        "date_range": {"start": "2026-03-26", "end": "2026-03-29"},
        "periods": 3
    });
    let (Some(query_map), Some(change)) = (query.as_object_mut(), change.as_object()) else { panic!("no objects") };
    query_map.extend(change.clone());
    let query: RetentionQuery = serde_json::from_value(query).map_err(|e| e.to_string())?;
    let settings = Settings::default();
    let around = Circumstances { events_from_ms: Some(DAY - 10 * DAY_MS), ..Circumstances::at(now_ms, &settings) };
    plan(&query, &settings, &around).map_err(|e| e.to_string())
}

fn told(change: Value, now_ms: u64, units: &[&[(u64, u32)]]) -> Told {
    let plan = planned(change, now_ms).unwrap_or_else(|e| panic!("{e}"));
    let mut tally = RetentionTally::default();
    for unit in units {
        let moment = |(at_ms, matches): &(u64, u32)| Moment { at_ms: *at_ms, matches: *matches, ..Moment::default() };
        let mut moments: Vec<Moment> = unit.iter().map(moment).collect();
        plan.fold.unit(&mut moments, &mut tally);
    }
    answer(&plan, &tally, &Names::default())
}

/// Users by period of each cohort.
fn users(told: &Told) -> Vec<(u64, Vec<u64>)> {
    told.cohorts.iter().map(|cohort| (cohort.users, cohort.returned.iter().map(|one| one.users).collect())).collect()
}

const LATER: u64 = DAY + 30 * DAY_MS;

#[test]
fn who_returns_is_counted_in_the_periods_behind_the_first() {
    let units: &[&[(u64, u32)]] = &[
        &[(DAY + 1, 3), (DAY + DAY_MS, 3), (DAY + 3 * DAY_MS + 5, 3)],
        &[(DAY + 2, 3)],
        &[(DAY + DAY_MS, 3), (DAY + DAY_MS + 1, 3)],
    ];
    let within = told(json!({}), LATER, units);
    assert_eq!(
        users(&within),
        [(2, vec![2, 1, 0, 1]), (1, vec![1, 0, 0, 0]), (0, vec![0, 0, 0, 0]), (0, vec![0, 0, 0, 0])]
    );
    assert_eq!(within.cohorts.first().map(|cohort| cohort.start.as_str()), Some("2026-03-26"));
    let average: Vec<_> = within.average.iter().map(|one| (one.of, one.users)).collect();
    assert_eq!(average, [(3, 3), (3, 1), (3, 0), (3, 1)]);
    let or_later = told(json!({"returned": "or_later"}), LATER, units);
    assert_eq!(users(&or_later).first(), Some(&(2, vec![2, 1, 1, 1])));
}

#[test]
fn a_return_counts_from_the_first_event_on() {
    // Buys, signs up, and buys again on the next day: what was before signing up is no return.
    let unit: &[(u64, u32)] = &[(DAY + 1, 2), (DAY + 2, 1), (DAY + DAY_MS, 2)];
    let told = told(json!({"first": {"event_type": "a"}, "returning": {"event_type": "b"}}), LATER, &[unit]);
    assert_eq!(users(&told).first(), Some(&(1, vec![0, 1, 0, 0])));
}

#[test]
fn who_came_before_the_range_is_no_newcomer() {
    let unit: &[(u64, u32)] = &[(DAY - 1, 3), (DAY + 1, 3)];
    assert_eq!(users(&told(json!({}), LATER, &[unit])).first(), Some(&(0, vec![0; 4])));
    let history = planned(json!({}), LATER).map(|plan| plan.ask.span.start);
    let range = planned(json!({"first_in": "range"}), LATER).map(|plan| plan.ask.span.start);
    assert_eq!((history, range), (Ok(DAY - 10 * DAY_MS), Ok(DAY)));
}

#[test]
fn periods_that_have_not_begun_are_left_out() {
    let now = DAY + 2 * DAY_MS + HOUR_MS;
    let told = told(json!({}), now, &[&[(DAY + 1, 3)], &[(DAY + DAY_MS, 3)]]);
    let rows: Vec<_> = told.cohorts.iter().map(|cohort| cohort.returned.len()).collect();
    assert_eq!(rows, [3, 2, 1, 0]);
    let complete: Vec<_> =
        told.cohorts.iter().take(1).flat_map(|cohort| &cohort.returned).map(|one| one.is_complete).collect();
    assert_eq!(complete, [true, true, false]);
    // The second day behind was had by the first cohort alone.
    assert_eq!(told.average.iter().map(|one| one.of).collect::<Vec<_>>(), [2, 2, 1]);
}

#[test]
fn a_day_is_one_of_the_calendar() {
    // Clocks in Berlin go forward on 2026-03-29: that day has 23 hours, and begins at 23:00 UTC of the day before.
    let zone = json!({"time_zone": "Europe/Berlin"});
    let start = DAY + 3 * DAY_MS - HOUR_MS;
    let plan = planned(zone.clone(), LATER).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(plan.fold.buckets.starts.get(3..5), Some(&[start, start + 23 * HOUR_MS][..]));
    assert_eq!(plan.fold.cohorts, 4);
    let unit: &[(u64, u32)] = &[(start, 3), (start + 23 * HOUR_MS - 1, 3), (start + 23 * HOUR_MS, 3)];
    let other: &[(u64, u32)] = &[(start - 1, 3), (start, 3)];
    let told = told(zone, LATER, &[unit, other]);
    assert_eq!(users(&told).get(2..), Some(&[(1, vec![1, 1, 0, 0]), (1, vec![1, 1, 0, 0])][..]));
}

#[test]
fn weeks_begin_on_monday_and_months_on_the_first() {
    fn check(interval: &str, expect: &[&str]) {
        let plan = planned(json!({"interval": interval, "periods": 2}), LATER).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(plan.fold.buckets.labels, expect);
        let after: BTreeSet<u64> = plan.fold.buckets.starts.iter().copied().collect();
        assert_eq!(after.len(), expect.len());
        assert!(after.last() < Some(&plan.ask.span.end), "{interval}");
    }
    check("week", &["2026-03-23", "2026-03-30", "2026-04-06"]);
    check("month", &["2026-03-01", "2026-04-01", "2026-05-01"]);
}

#[test]
fn what_is_out_of_bounds_is_named() {
    fn check(change: Value, expect: &str) {
        assert_eq!(planned(change, LATER).err().unwrap_or_default(), expect);
    }
    check(json!({"periods": 0}), "periods: must be 1 to 90");
    check(json!({"periods": 91}), "periods: must be 1 to 90");
    check(
        json!({"date_range": {"start": "2026-03-26", "end": "2027-03-27"}}),
        "date_range: has more than 366 cohorts; ask by week or month",
    );
    check(
        json!({"date_range": {"start": "2026-03-15", "end": "2026-03-26"}}),
        "date_range: must begin where single events are kept: from 2026-03-16T00:00:00Z on",
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// By sets of days, for each cohort and period apart.
    #[test]
    fn the_fold_counts_what_sets_of_days_tell(
        units in prop::collection::vec(
            prop::collection::vec((0u64..9 * 24, 0u32..4), 0..12), 0..12,
        ),
    ) {
        let plan = planned(json!({"time_zone": "Asia/Kolkata"}), LATER).unwrap_or_else(|e| panic!("{e}"));
        let begin = plan.fold.entries.start - DAY_MS;
        let day = |at_ms: u64| plan.zone.date_of(at_ms);
        let (mut tally, mut expect) = (RetentionTally::default(), Vec::new());
        for unit in units {
            let mut moments: Vec<Moment> = unit
                .iter()
                .map(|(hour, matches)| Moment { at_ms: begin + hour * HOUR_MS, matches: *matches, ..Moment::default() })
                .collect();
            moments.sort_by_key(|moment| moment.at_ms);
            moments.retain(|moment| plan.ask.span.contains(&moment.at_ms));
            let first = moments.iter().filter(|one| one.matches & 1 != 0).map(|one| one.at_ms).min();
            if let Some(first) = first.filter(|first| plan.fold.entries.contains(first)) {
                let days: BTreeSet<_> =
                    moments.iter().filter(|one| one.matches & 2 != 0 && one.at_ms >= first).map(|one| day(one.at_ms)).collect();
                expect.push((day(first), days));
            }
            plan.fold.unit(&mut moments, &mut tally);
        }
        let told = answer(&plan, &tally, &Names::default());
        for cohort in &told.cohorts {
            let start: jiff::civil::Date = cohort.start.parse().unwrap_or_else(|e| panic!("{e}"));
            let of: Vec<_> = expect.iter().filter(|(first, _)| *first == start).collect();
            prop_assert_eq!(cohort.users, of.len() as u64);
            for returning in &cohort.returned {
                let on = start.saturating_add(jiff::Span::new().days(returning.period as i64));
                let back = of.iter().filter(|(_, days)| days.contains(&on)).count();
                prop_assert_eq!(returning.users, back as u64, "{} {}", start, returning.period);
            }
        }
        let all: u64 = told.cohorts.iter().map(|cohort| cohort.users).sum();
        prop_assert_eq!(all, expect.len() as u64);
    }
}

//! From questions to plans, and from tallies to answers.

use serde_json::{Value, json};
use wire::analysis::FunnelQuery;
use wire::site::Settings;

use super::*;
use crate::analysis::{Keep, Names};
use crate::query::Circumstances;
use crate::window::DAY_MS;

/// 2026-03-26T00:00:00Z
const DAY: u64 = 1_774_483_200_000;

fn planned(change: Value) -> Result<FunnelPlan, String> {
    let mut query = json!({
        "tracking_id": "UA-1",
        "date_range": {"start": "2026-03-26", "end": "2026-03-28"},
        "steps": [
            {"name": "View", "event_type": "pageview", "filters": {"page_path": "/products/*"}},
            {"event_type": ["add", "put"]},
            {"filters": {"page": "/thanks"}}
        ]
    });
    let (Some(query_map), Some(change)) = (query.as_object_mut(), change.as_object()) else { panic!("no objects") };
    query_map.extend(change.clone());
    let query: FunnelQuery = serde_json::from_value(query).map_err(|e| e.to_string())?;
    let settings = Settings::default();
    let around = Circumstances { events_from_ms: Some(0), ..Circumstances::at(DAY + 5 * DAY_MS, &settings) };
    plan(&query, &settings, &around).map_err(|e| e.to_string())
}

#[test]
fn a_plan_reads_as_far_as_attempts_may_go() {
    let plan = planned(json!({})).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(plan.ask.span, DAY..DAY + 10 * DAY_MS + 1);
    assert_eq!(plan.fold.entries, DAY..DAY + 3 * DAY_MS);
    assert_eq!((plan.ask.keep, plan.ask.conditions.len()), (Keep::Matching, 3));
    assert_eq!(plan.names, ["View", "add, put", "step 3"]);
    let plan = planned(json!({"order": "strict", "window": "30m"})).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((plan.ask.keep, plan.fold.window_ms), (Keep::All, 1_800_000));
}

#[test]
fn what_is_out_of_bounds_is_named() {
    fn check(change: Value, expect: &str) {
        let told = planned(change).err().unwrap_or_default();
        assert_eq!(told, expect);
    }
    let step = || json!({"event_type": "a"});
    check(json!({"steps": [step()]}), "steps: must be 2 to 10");
    check(json!({"steps": vec![step(); 11]}), "steps: must be 2 to 10");
    check(json!({"steps": [step(), {"name": ""}]}), "steps.1.name: must be 1 to 100 bytes");
    check(json!({"exclude": vec![step(); 6]}), "exclude: must be at most 5");
    check(json!({"exclude": [{}]}), "exclude.0: must name an event type or filters");
    let between =
        |after: usize, before: usize| json!([{"event_type": "x", "after_step": after, "before_step": before}]);
    for (after, before) in [(0, 2), (2, 2), (3, 4), (2, 4)] {
        let expect = "exclude.0: must lie between a step and a later one of the 3";
        check(json!({"exclude": between(after, before)}), expect);
    }
    check(
        json!({"exclude": between(1, 2), "order": "any"}),
        "exclude.0: takes no after_step and before_step where steps may come in any order",
    );
    check(json!({"interval": "minute"}), "interval: must be hour, date, week or month");
    check(
        json!({"breakdown_by": "goal"}),
        "breakdown_by: takes a dimension of which an event has one value: none of time, no goal, entry_page or exit_page",
    );
    check(json!({"time_zone": "Mars"}), "time_zone: must be the name of an IANA time zone (Europe/Berlin)");
    check(json!({"filters": {"date": "x"}}), "filters.date: filters take no dimension of time; use date_range");
}

#[test]
fn a_funnel_is_told_by_step_value_and_time() {
    let plan = planned(json!({"breakdown_by": "country", "interval": "date", "next_actions": true, "window": "1d"}));
    let plan = plan.unwrap_or_else(|e| panic!("{e}"));
    let mut tally = FunnelTally::default();
    let unit = |steps: &[(u64, u32)], group: u32, tally: &mut FunnelTally| {
        let mut moments: Vec<Moment> = steps
            .iter()
            .map(|(second, matches)| Moment { group, action: 1, ..moment(DAY + second * 1000, *matches) })
            .collect();
        plan.fold.unit(&mut moments, tally);
    };
    unit(&[(0, 1), (10, 2), (40, 4)], 0, &mut tally);
    unit(&[(0, 1), (20, 2), (80, 0)], 0, &mut tally);
    unit(&[(DAY_MS / 1000, 1)], 1, &mut tally);
    let names = Names {
        groups: vec!["DE".to_owned(), String::new()],
        actions: vec![(String::new(), String::new()), ("pageview".to_owned(), "/help".to_owned())],
    };
    let told = answer(&plan, &tally, &names);
    assert_eq!(told.total(), 3);
    let steps: Vec<_> = told.steps.iter().map(|step| (step.users, step.dropped, step.drop_off_rate)).collect();
    assert_eq!(steps, [(3, 0, 0.0), (2, 1, 1.0 / 3.0 * 100.0), (1, 1, 50.0)]);
    let times: Vec<_> = told.steps.iter().map(|step| step.time_from_previous.map(|times| times.mean)).collect();
    assert_eq!(times, [None, Some(15.0), Some(30.0)]);
    let next: Vec<_> = told.steps.iter().map(|step| step.next_actions.len()).collect();
    assert_eq!(next, [1, 1, 0]);
    assert_eq!(told.steps.get(1).and_then(|step| step.next_actions.first()?.page.clone()), Some("/help".to_owned()));
    let groups: Vec<_> = told.groups.iter().map(|group| (group.value.as_str(), group.users.clone())).collect();
    assert_eq!(groups, [("DE", vec![2, 2, 1]), ("", vec![1, 0, 0])]);
    let trend: Vec<_> =
        told.trend.iter().map(|point| (point.time.as_str(), point.users.clone(), point.is_complete)).collect();
    let none = vec![0, 0, 0];
    assert_eq!(
        trend,
        [("2026-03-26", vec![2, 2, 1], true), ("2026-03-27", vec![1, 0, 0], true), ("2026-03-28", none, true)]
    );
    // What different threads found adds up in any order.
    let (mut one, mut other) = (FunnelTally::default(), FunnelTally::default());
    unit(&[(0, 1), (20, 2), (80, 0)], 0, &mut one);
    unit(&[(DAY_MS / 1000, 1)], 1, &mut other);
    unit(&[(0, 1), (10, 2), (40, 4)], 0, &mut other);
    plan.fold.add(&mut one, other);
    assert_eq!(one, tally);
}

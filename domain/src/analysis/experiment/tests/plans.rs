//! From questions and people to what is told.

use serde_json::{Value, json};
use wire::analysis::{Bounds, Verdict};

use crate::analysis::experiment::{Done, ExperimentPlan, ExperimentTally, Exposed, Money, Told, answer, check, plan};
use crate::analysis::{Keep, Names};
use crate::query::Circumstances;
use wire::site::Settings;

/// 2026-03-26T00:00:00Z
const DAY: u64 = 1_774_483_200_000;

fn planned(change: Value) -> Result<ExperimentPlan, String> {
    let mut query = json!({
        "tracking_id": "UA-1",
        "date_range": {"start": "2026-03-26", "end": "2026-03-29"},
        "property": "variant",
        "metrics": [{"name": "Purchase", "kind": "conversion", "event": {"event_type": "purchase"}}]
    });
    let (Some(query_map), Some(change)) = (query.as_object_mut(), change.as_object()) else { panic!("no objects") };
    query_map.extend(change.clone());
    let query = serde_json::from_value(query).map_err(|e| e.to_string())?;
    let settings = Settings::default();
    let around = Circumstances { events_from_ms: Some(DAY), ..Circumstances::at(DAY * 2, &settings) };
    plan(&query, &settings, &around).map_err(|e| e.to_string())
}

/// Of variants by name: who saw them, who did it.
fn told(change: Value, variants: &[(&str, u64, u64)]) -> Told {
    let plan = planned(change).unwrap_or_else(|e| panic!("{e}"));
    let mut names = Names::default();
    let mut tally = ExperimentTally { several: 3, ..ExperimentTally::default() };
    for (name, users, did) in variants {
        let metrics = vec![Done { users: *did, ..Done::default() }];
        tally.variants.insert(names.groups.len() as u32, Exposed { users: *users, metrics });
        names.groups.push((*name).to_owned());
    }
    answer(&plan, &tally, &names)
}

fn words(change: Value, variants: &[(&str, u64, u64)]) -> String {
    told(change, variants).metrics.into_iter().map(|metric| metric.words).collect()
}

#[test]
fn verdicts_are_clear_words() {
    let check = |variants: &[(&str, u64, u64)], expect: &str| assert_eq!(words(json!({}), variants), expect);
    check(&[("A", 2000, 200), ("B", 2010, 300)], "B is better than A");
    check(&[("A", 2000, 200), ("B", 2010, 90)], "B is worse than A");
    check(&[("A", 2000, 200), ("B", 2010, 240)], "no clear difference");
    check(&[("A", 60, 6), ("B", 60, 20)], "not enough data");
    check(&[("A", 2000, 2), ("B", 2010, 30)], "not enough data");
    check(
        &[("A", 2000, 200), ("B", 2300, 300)],
        "the split is broken: people did not come to the variants as they were meant to",
    );
    check(&[("A", 2000, 200), ("B", 2010, 300), ("C", 2000, 330)], "C is better than A");
    check(&[("A", 2000, 300), ("B", 2010, 200), ("C", 2000, 190)], "B, C are worse than A");
    check(&[("A", 2000, 300)], "not enough data");
    check(&[], "not enough data");
    check(&[("a", 2000, 200), ("b", 2010, 300), ("control", 2000, 210)], "b is better than control");
}

#[test]
fn what_holds_once_decides_only_where_that_is_asked_for() {
    // Plain, p is 0.007; whenever one looks it is 0.2.
    let variants = [("A", 1000, 200), ("B", 1000, 250)];
    assert_eq!(words(json!({}), &variants), "no clear difference");
    assert_eq!(words(json!({"decide_by": "planned_end"}), &variants), "B is better than A");
    let told = told(json!({}), &variants);
    let compared = told.metrics[0].variants[1].compared.clone().unwrap_or_else(|| panic!("none"));
    assert!(compared.p_value < 0.01 && compared.sequential.p_value > 0.05, "{compared:?}");
    assert_eq!(compared.verdict, Verdict::NoClearDifference);
    assert!((compared.effect - 5.0).abs() < 1e-9, "{compared:?}");
    assert!((compared.relative.unwrap_or_default() - 25.0).abs() < 1e-9);
    assert_eq!((told.exposed, told.saw_several), (2000, 3));
}

#[test]
fn what_is_decided_once_is_not_decided_before() {
    let variants = [("A", 1000, 200), ("B", 1000, 250)];
    let once = |planned_users: u64| json!({"decide_by": "planned_end", "planned_users": planned_users});
    let too_early = "too early to say: fewer people came than are planned";
    for (change, expect) in [
        (once(2001), too_early),
        (once(2000), "B is better than A"),
        (json!({"planned_users": 2001}), "no clear difference"),
    ] {
        assert_eq!(words(change, &variants), expect);
    }
    let told = told(once(2001), &variants);
    let compared = told.metrics[0].variants[1].compared.clone().unwrap_or_else(|| panic!("none"));
    assert_eq!((told.metrics[0].verdict, compared.verdict), (Verdict::TooEarly, Verdict::TooEarly));
    // Whether chance made the split is known at any time.
    let skewed = words(once(90_000), &[("A", 1000, 200), ("B", 2000, 250)]);
    assert!(skewed.starts_with("the split is broken"), "{skewed}");
}

#[test]
fn weights_say_how_many_were_meant_to_come() {
    let weighted = json!({"variants": [{"name": "A", "weight": 9.0}, {"name": "B"}]});
    let variants = [("A", 9000, 900), ("B", 1010, 100), ("C", 500, 5)];
    let found = told(weighted, &variants);
    let people: Vec<_> = found.variants.iter().map(|one| (one.name.as_str(), one.exposed, one.expected)).collect();
    assert_eq!(people, [("A", 9000, 9009.0), ("B", 1010, 1001.0)]);
    assert!(!found.split.unwrap_or_else(|| panic!("none")).is_broken);
    assert!(told(json!({}), &variants).split.unwrap_or_else(|| panic!("none")).is_broken);
}

#[test]
fn money_is_told_in_one_currency() {
    let metric = json!([{"name": "Revenue", "kind": "revenue"}]);
    let tell = |change: Value| {
        let plan = planned(change).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(plan.ask.keep, Keep::Variants(2));
        let names = Names {
            groups: vec!["A".to_owned(), "B".to_owned()],
            actions: vec![("EUR".to_owned(), String::new()), ("USD".to_owned(), String::new())],
        };
        // Of A two paid 10 and 20 euro, one 5 dollars; of B one 40 euro.
        let euro = |users: u64, sum: i128, squares: u128| Money {
            users,
            sum: sum * 1_000_000,
            squares: squares * 1_000_000_000_000,
        };
        let a = Done { users: 3, money: [(0, euro(2, 30, 500)), (1, euro(1, 5, 25))].into() };
        let b = Done { users: 1, money: [(0, euro(1, 40, 1600))].into() };
        let exposed = |users, done| Exposed { users, metrics: vec![done] };
        let variants = [(0, exposed(4, a)), (1, exposed(5, b))].into_iter().collect();
        answer(&plan, &ExperimentTally { variants, ..ExperimentTally::default() }, &names).metrics.remove(0)
    };
    let euro = tell(json!({"metrics": metric}));
    assert_eq!(
        (euro.currency.as_deref(), euro.currencies.as_slice()),
        (Some("EUR"), ["EUR".to_owned(), "USD".to_owned()].as_slice())
    );
    let told: Vec<_> = euro.variants.iter().map(|one| (one.converted, one.mean, one.total, one.variance)).collect();
    // About 7.5 of 10, 20, 0 and 0: (6.25 + 156.25 + 2 · 56.25) / 3; about 8 of 40 and four times 0: (1024 + 4 · 64) / 4.
    assert_eq!(told, [(2, 7.5, Some(30.0), 275.0 / 3.0), (1, 8.0, Some(40.0), 320.0)]);
    let dollar = tell(json!({"metrics": [{"name": "Revenue", "kind": "revenue", "currency": "USD"}]}));
    assert_eq!(dollar.variants.iter().map(|one| one.total).collect::<Vec<_>>(), [Some(5.0), Some(0.0)]);
    assert_eq!(dollar.variants[1].interval, Bounds { low: 0.0, high: 0.0 });
    assert_eq!(dollar.verdict, Verdict::NotEnoughData);
}

#[test]
fn what_is_kept_is_checked() {
    let check_kept = |change: Value, expect: &str| {
        let mut definition = json!({"property": "variant", "metrics": [{"name": "x", "kind": "revenue"}]});
        let (Some(all), Some(change)) = (definition.as_object_mut(), change.as_object()) else { panic!("no objects") };
        all.extend(change.clone());
        let definition = serde_json::from_value(definition).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(check(&definition).err().map(|e| e.to_string()).unwrap_or_default(), expect, "{change:?}");
    };
    check_kept(json!({}), "");
    check_kept(json!({"started_on": "2026-02-28", "ended_on": "2026-02-28"}), "");
    check_kept(json!({"started_on": "2026-02-28"}), "");
    check_kept(json!({"started_on": "2026-02-29"}), "started_on: must be a date such as 2026-02-01");
    check_kept(json!({"started_on": "2026-02-01T00:00"}), "started_on: must be a date such as 2026-02-01");
    check_kept(json!({"ended_on": "2026-02-01"}), "started_on: must be there where ended_on is");
    check_kept(
        json!({"started_on": "2026-02-02", "ended_on": "2026-02-01"}),
        "ended_on: must not lie before started_on",
    );
    check_kept(json!({"property": ""}), "property: must be 1 to 64 bytes");
    check_kept(json!({"planned_users": 0}), "planned_users: must be 1 to 1000000000");
    check_kept(json!({"variants": [{"name": "A"}]}), "variants: must be 2 to 20, or none");
    check_kept(json!({"metrics": []}), "metrics: must be 1 to 10");
}

#[test]
fn what_is_out_of_bounds_is_named() {
    let check = |change: Value, expect: &str| assert_eq!(planned(change).err().unwrap_or_default(), expect);
    check(json!({"property": ""}), "property: must be 1 to 64 bytes");
    check(json!({"metrics": []}), "metrics: must be 1 to 10");
    check(
        json!({"metrics": [{"name": "x", "kind": "conversion"}]}),
        "metrics.0.event: must name an event type or filters",
    );
    check(
        json!({"metrics": [{"name": "x", "kind": "revenue", "currency": "euro"}]}),
        "metrics.0.currency: must be an ISO 4217 code, three capital letters, of a metric of revenue",
    );
    check(json!({"variants": [{"name": "A"}]}), "variants: must be 2 to 20, or none");
    check(json!({"variants": [{"name": "A"}, {"name": "A"}]}), "variants.1.name: must be there, and none twice");
    check(
        json!({"variants": [{"name": "A"}, {"name": "B", "weight": 0.0}]}),
        "variants.1.weight: must be above 0 and at most 1000000000",
    );
    check(json!({"variants": [{"name": "A"}, {"name": "B"}], "control": "C"}), "control: must be one of the variants");
    check(json!({"effect_sought": 0.0}), "effect_sought: must be 0.1 to 1000 percent");
    check(json!({"planned_users": 0}), "planned_users: must be 1 to 1000000000");
    check(
        json!({"filters": {"entry_page": "/"}}),
        "filters: takes no entry_page or exit_page: those are told of whole visits",
    );
}

//! The examples of `docs/analyses.md`.

use wire::analysis::AttributionRow;

use super::*;
use crate::analysis::Moment;
use crate::window::{HOUR_MS, MINUTE_MS};

const CHANNELS: [&str; 4] = ["direct", "search", "social", "email"];

fn names() -> Names {
    Names {
        groups: CHANNELS.map(str::to_owned).to_vec(),
        actions: [("EUR".to_owned(), String::new()), ("USD".to_owned(), String::new())].to_vec(),
    }
}

/// A visit's first event, so long behind the start of the range.
fn visit(at_ms: i64, channel: &str) -> Paid {
    let at_ms = DAY.saturating_add_signed(at_ms);
    let group = CHANNELS.iter().position(|one| *one == channel).unwrap_or_default() as u32;
    let matches = PASSES | if group == 0 { DIRECT } else { 0 };
    Paid { moment: Moment { unit: 1, at_ms, matches, group, action: 9 }, visit: at_ms, micros: 0 }
}

/// A conversion within the visit that began last.
fn buys(at_ms: i64, visit: &Paid, units: i64, currency: u32) -> Paid {
    let mut paid = *visit;
    paid.moment.at_ms = DAY.saturating_add_signed(at_ms);
    paid.moment.matches |= CONVERSION;
    (paid.moment.action, paid.micros) = (currency, units * 1_000_000);
    paid
}

fn told(change: Value, units: &[&[Paid]]) -> Told {
    let plan = planned(change).unwrap_or_else(|e| panic!("{e}"));
    let mut tally = AttributionTally::default();
    for unit in units {
        plan.fold.unit(&mut unit.to_vec(), &mut tally);
    }
    answer(&plan, &tally, &names())
}

/// Conversions by value of one model.
fn owed(rows: &[AttributionRow], model: usize) -> Vec<(&str, f64)> {
    let of =
        |row: &AttributionRow| row.credits.get(model).map_or(0.0, |credit| (credit.conversions * 1e6).round() / 1e6);
    let mut owed: Vec<_> = rows.iter().map(|row| (row.value.as_str(), of(row))).filter(|(_, of)| *of > 0.0).collect();
    owed.sort_by_key(|(value, _)| *value);
    owed
}

const HOUR: i64 = HOUR_MS as i64;
const DAYS: i64 = DAY_MS as i64;

#[test]
fn each_model_shares_out_in_its_own_way() {
    // Search fourteen days before, social seven days before, then directly, and buys there.
    let direct = visit(0, "direct");
    let unit = [visit(-14 * DAYS, "search"), visit(-7 * DAYS, "social"), direct, buys(0, &direct, 10, 0)];
    let found = told(json!({}), &[&unit]);
    let check = |model: usize, expect: &[(&str, f64)]| assert_eq!(owed(&found.rows, model), expect, "{model}");
    check(0, &[("search", 1.0)]);
    check(1, &[("direct", 1.0)]);
    check(2, &[("social", 1.0)]);
    let thirds = [("direct", 0.333_333), ("search", 0.333_333), ("social", 0.333_333)];
    check(3, &thirds);
    check(4, &[("direct", 0.4), ("search", 0.4), ("social", 0.2)]);
    // 1, 1/4 and 1/2 of 7/4.
    check(5, &[("direct", 0.571_429), ("search", 0.142_857), ("social", 0.285_714)]);
    // No other way is known: without any of the three nothing converts.
    check(6, &thirds);
    for model in 0..7 {
        let sum: f64 = found.rows.iter().map(|row| row.credits[model].conversions).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{model}: {sum}");
        let money: f64 = found.rows.iter().filter_map(|row| row.credits[model].revenue.get("EUR")).sum();
        assert!((money - 10.0).abs() < 1e-9, "{model}: {money}");
    }
    assert_eq!((found.conversions, found.users, found.revenue.get("EUR")), (1, 1, Some(&10.0)));
    assert_eq!(found.paths[0].values, ["search", "social", "direct"]);
}

#[test]
fn of_two_visits_position_gives_half_each_and_of_one_all() {
    let (first, last) = (visit(0, "search"), visit(HOUR, "email"));
    let two = told(json!({"models": ["position"]}), &[&[first, last, buys(HOUR, &last, 0, 9)]]);
    assert_eq!(owed(&two.rows, 0), [("email", 0.5), ("search", 0.5)]);
    let one = told(json!({"models": ["position"]}), &[&[first, buys(0, &first, 0, 9)]]);
    assert_eq!(owed(&one.rows, 0), [("search", 1.0)]);
}

#[test]
fn the_look_back_has_both_its_ends() {
    let check = |before: i64, expect: &str| {
        let late = visit(HOUR, "email");
        let unit = [visit(HOUR - before, "search"), late, buys(HOUR, &late, 0, 9)];
        let found = told(json!({"models": ["first"], "lookback": "7d"}), &[&unit]);
        assert_eq!(owed(&found.rows, 0), [(expect, 1.0)], "{before}");
    };
    check(7 * DAYS, "search");
    check(7 * DAYS + 1, "email");
}

#[test]
fn a_visit_of_the_same_instant_lies_before_the_conversion() {
    // Another visit begins with the very millisecond of the conversion.
    let (first, mut other) = (visit(0, "search"), visit(HOUR, "email"));
    other.visit = 77;
    let unit = [first, buys(HOUR, &first, 0, 9), other];
    let found = told(json!({"models": ["last"]}), &[&unit]);
    assert_eq!(owed(&found.rows, 0), [("email", 1.0)]);
}

#[test]
fn who_only_came_directly_is_owed_to_that() {
    let (first, last) = (visit(0, "direct"), visit(HOUR, "direct"));
    let found = told(json!({"models": ["last_non_direct"]}), &[&[first, last, buys(HOUR, &last, 0, 9)]]);
    assert_eq!(owed(&found.rows, 0), [("direct", 1.0)]);
}

#[test]
fn returning_after_a_conversion_begins_no_new_way() {
    // Search, buys, comes by mail and buys again: the second is owed to both visits.
    let (first, last) = (visit(0, "search"), visit(HOUR, "email"));
    let unit = [first, buys(10, &first, 5, 0), last, buys(HOUR, &last, 7, 1)];
    let found = told(json!({"models": ["linear", "last"]}), &[&unit]);
    assert_eq!(owed(&found.rows, 0), [("email", 0.5), ("search", 1.5)]);
    assert_eq!(owed(&found.rows, 1), [("email", 1.0), ("search", 1.0)]);
    assert_eq!((found.conversions, found.users), (2, 1));
    // Several currencies stay apart.
    assert_eq!(found.revenue, [("EUR".to_owned(), 5.0), ("USD".to_owned(), 7.0)].into());
    let search = found.rows.iter().find(|row| row.value == "search").map(|row| row.credits[0].revenue.clone());
    assert_eq!(search, Some([("EUR".to_owned(), 5.0), ("USD".to_owned(), 3.5)].into()));
    let first = told(json!({"models": ["linear"], "conversions": "first"}), &[&unit]);
    assert_eq!((owed(&first.rows, 0), first.conversions), (vec![("search", 1.0)], 1));
}

#[test]
fn a_pause_of_more_than_half_an_hour_parts_visits_of_one_name() {
    let check = |pause_ms: i64, expect: usize| {
        let first = visit(0, "search");
        let again = Paid { visit: first.visit, ..visit(pause_ms, "search") };
        let found = told(json!({"models": ["linear"]}), &[&[first, again, buys(pause_ms, &again, 0, 9)]]);
        assert_eq!(found.lengths.first().map(|length| length.visits), Some(expect), "{pause_ms}");
    };
    check(30 * MINUTE_MS as i64, 1);
    check(30 * MINUTE_MS as i64 + 1, 2);
}

#[test]
fn what_has_no_visit_before_it_is_told_apart() {
    let unit = [Paid { visit: 0, ..buys(0, &visit(0, "search"), 3, 0) }];
    let found = told(json!({}), &[&unit]);
    for model in 0..7 {
        assert_eq!(owed(&found.rows, model), [("(no visit)", 1.0)]);
    }
}

#[test]
fn ways_to_nothing_weigh_in_what_is_driven_by_data() {
    // One way over search, social and email converts; one over search, and one over social and email do not.
    let last = visit(2 * HOUR, "email");
    let converts = [visit(0, "search"), visit(HOUR, "social"), last, buys(2 * HOUR, &last, 0, 9)];
    let units: [&[Paid]; 3] = [&converts, &[visit(0, "search")], &[visit(0, "social"), visit(HOUR, "email")]];
    let found = told(json!({"models": ["data_driven"]}), &units);
    assert_eq!(owed(&found.rows, 0), [("email", 0.4), ("search", 0.2), ("social", 0.4)]);
    assert_eq!(found.without_conversion, Some(2));
}

#[test]
fn what_is_out_of_bounds_is_named() {
    let check = |change: Value, expect: &str| assert_eq!(planned(change).err().unwrap_or_default(), expect);
    check(json!({"conversion": {}}), "conversion: must name an event type or filters");
    check(json!({"models": ["last", "last"]}), "models: names a model twice");
    check(json!({"limit": 101}), "limit: must be 1 to 100");
    assert_eq!(planned(json!({"lookback": "30d"})).map(|plan| plan.lookback_is_complete), Ok(true));
    assert_eq!(planned(json!({"lookback": "41d"})).map(|plan| plan.lookback_is_complete), Ok(false));
}

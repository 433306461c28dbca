use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::window::MINUTE_MS;

/// 2026-03-26T00:00:00Z
const DAY: u64 = 1_774_483_200_000;

fn planned(change: Value) -> Result<PathsPlan, String> {
    let mut query =
        json!({"tracking_id": "UA-1", "date_range": {"start": "2026-03-26", "end": "2026-03-26"}, "depth": 2});
    let (Some(query_map), Some(change)) = (query.as_object_mut(), change.as_object()) else { panic!("no objects") };
    query_map.extend(change.clone());
    let query: PathsQuery = serde_json::from_value(query).map_err(|e| e.to_string())?;
    let settings = Settings::default();
    let around = Circumstances { events_from_ms: Some(0), ..Circumstances::at(DAY, &settings) };
    plan(&query, &settings, &around).map_err(|e| e.to_string())
}

/// Units as letters a minute apart: `A` is where ways begin or end, small letters are no steps.
fn told(change: Value, units: &[&str]) -> Told {
    let plan = planned(change).unwrap_or_else(|e| panic!("{e}"));
    let mut tally = PathsTally::default();
    for unit in units {
        let moment = |(minute, letter): (u64, char)| Moment {
            at_ms: DAY + minute * MINUTE_MS,
            matches: u32::from(letter == 'A') + 2 * u32::from(letter.is_uppercase()),
            action: letter as u32 - 'A' as u32,
            ..Moment::default()
        };
        let mut moments: Vec<Moment> = (0..).zip(unit.chars()).filter(|(_, one)| *one != ' ').map(moment).collect();
        plan.fold.unit(&mut moments, &mut tally);
    }
    answer(
        &plan,
        &tally,
        &Names { actions: ('A'..='Z').map(|name| (name.into(), String::new())).collect(), ..Names::default() },
    )
}

/// Columns as `name users/ended`, then links as `from-to users`.
fn text(told: &Told) -> String {
    let node = |node: &PathNode| format!("{} {}/{}", node.name, node.users, node.ended);
    let columns = told.columns.iter().map(|column| column.iter().map(node).collect::<Vec<_>>().join(", "));
    let link = |link: &PathLink| format!("{}-{} {}", link.from, link.to, link.users);
    let links = told.links.iter().map(|links| links.iter().map(link).collect::<Vec<_>>().join(", "));
    columns.chain(links).collect::<Vec<_>>().join(" | ")
}

#[test]
fn ways_are_followed_from_where_they_begin() {
    let told = told(json!({}), &["ABC", "ABD", "CA", "BC", "ACA"]);
    assert_eq!(told.total, 4);
    assert_eq!(text(&told), "A 4/1 | B 2/0, C 1/0 | A 1/0, C 1/0, D 1/0 | 0-0 2, 0-1 1 | 0-1 1, 0-2 1, 1-0 1");
}

#[test]
fn looking_back_ways_end_with_the_last() {
    let told = told(json!({"direction": "previous"}), &["BCA", "ACAB", "A"]);
    assert_eq!(text(&told), "A 3/1 | C 2/0 | A 1/0, B 1/0 | 0-0 2 | 0-0 1, 0-1 1");
}

#[test]
fn the_same_step_again_is_one_unless_it_is_kept() {
    assert_eq!(text(&told(json!({}), &["ABBC"])), "A 1/0 | B 1/0 | C 1/0 | 0-0 1 | 0-0 1");
    assert_eq!(text(&told(json!({"repeats": "keep"}), &["ABBC"])), "A 1/0 | B 1/0 | B 1/0 | 0-0 1 | 0-0 1");
}

#[test]
fn what_is_no_step_is_passed_over_and_what_is_far_is_not_seen() {
    assert_eq!(text(&told(json!({}), &["AxBxC"])), "A 1/0 | B 1/0 | C 1/0 | 0-0 1 | 0-0 1");
    assert_eq!(text(&told(json!({"window": "2m"}), &["A B C", "AB C"])), "A 2/0 | B 2/2 | 0-0 2");
}

#[test]
fn a_column_has_so_many_steps_and_one_for_the_others() {
    let told = told(json!({"limit": 1, "depth": 1}), &["AB", "AB", "AC", "AD", "A"]);
    assert_eq!(text(&told), "A 5/1 | B 2/0, (other) 2/0 | 0-0 2, 0-1 2");
}

#[test]
fn pages_of_a_group_are_one_step() {
    let plan = planned(json!({"groups": [{"name": "Blog", "page_path": ["/blog", "/blog/**"]}]}));
    let Some(Actions::Nodes(naming)) = plan.unwrap_or_else(|e| panic!("{e}")).ask.actions else { panic!("no names") };
    let names = ["/blog", "/blog/a/b", "/blogs"].map(|path| naming.name(PAGEVIEW, path));
    assert_eq!(names, ["Blog", "Blog", "/blogs"]);
    assert_eq!(naming.name("click", "/blog"), "click");
}

#[test]
fn what_is_out_of_bounds_is_named() {
    fn check(change: Value, expect: &str) {
        assert_eq!(planned(change).err().unwrap_or_default(), expect);
    }
    check(json!({"depth": 11}), "depth: must be 1 to 10");
    check(json!({"limit": 0}), "limit: must be 1 to 50");
    check(json!({"groups": vec![json!({"name": "a", "page_path": "/"}); 21]}), "groups: must be at most 20");
    check(json!({"groups": [{"name": "", "page_path": "/"}]}), "groups.0.name: must be 1 to 100 bytes");
    check(json!({"groups": [{"name": "a", "page_path": []}]}), "groups.0.page_path: takes 1 to 100 values");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// Ways as texts: what follows the first `A`, without what is no step and without what comes again.
    #[test]
    fn the_fold_counts_what_texts_tell(
        units in prop::collection::vec("[ABCxy ]{0,8}", 0..10), is_back in any::<bool>(), joins in any::<bool>(),
    ) {
        let direction = if is_back { "previous" } else { "next" };
        let repeats = if joins { "join" } else { "keep" };
        let units: Vec<&str> = units.iter().map(String::as_str).collect();
        let told = told(json!({"direction": direction, "repeats": repeats, "limit": 50}), &units);
        let ways = units.iter().filter_map(|unit| {
            let unit: String = if is_back { unit.chars().rev().collect() } else { (*unit).to_owned() };
            let mut way: Vec<char> = unit.get(unit.find('A')?..)?.chars().filter(char::is_ascii_uppercase).collect();
            if joins {
                way.dedup();
            }
            way.truncate(3);
            Some(way)
        });
        let ways: Vec<Vec<char>> = ways.collect();
        prop_assert_eq!(told.total, ways.len() as u64);
        for (at, column) in told.columns.iter().enumerate() {
            for node in column {
                let users = ways.iter().filter(|way| way.get(at).is_some_and(|one| node.name == one.to_string())).count();
                let ended = ways.iter().filter(|way| way.len() == at + 1 && way.last().is_some_and(|one| node.name == one.to_string()));
                prop_assert_eq!(node.users, users as u64);
                prop_assert_eq!(node.ended, if at == 2 { 0 } else { ended.count() as u64 });
            }
        }
        for (at, links) in told.links.iter().enumerate() {
            let going = ways.iter().filter(|way| way.len() > at + 1).count() as u64;
            prop_assert_eq!(links.iter().map(|link| link.users).sum::<u64>(), going);
        }
    }
}

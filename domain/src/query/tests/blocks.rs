//! Blocks of windows tell what their rows tell one by one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::rollup::{Block, Rollup, VisitSums};
use crate::window::DAY_MS;

type Rollups = BTreeMap<String, Rollup>;

/// Some of these values, other ones each day, with counts of their own.
fn day(number: u64, values: &[String]) -> Rollups {
    let mut rollups = Rollups::new();
    for (value, at) in values.iter().zip(0u64..) {
        let drawn = crate::hash::of_fields(&[&number.to_be_bytes(), &at.to_be_bytes()]).high_bits();
        if drawn.is_multiple_of(3) {
            continue;
        }
        let mut rollup = Rollup { events: 2 + drawn % 50, pageviews: 1 + drawn % 40, ..Rollup::default() };
        for visitor in 0..rollup.events {
            rollup.visitors.insert((drawn / 100 + visitor).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
        rollup.visits = VisitSums { visits: 1 + (drawn % 5) as i64, bounces: 1, ..VisitSums::default() };
        rollup.revenue.insert(if drawn.is_multiple_of(2) { "EUR" } else { "USD" }.to_owned(), (drawn % 9) as i64);
        rollups.insert(value.clone(), rollup);
    }
    rollups
}

/// How rows are handed over.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Block,
    Shared,
    Row,
}

/// What all ways tell.
fn each(json: &Value, values: &[String]) -> [Told; 3] {
    let plan = planned(json.clone());
    let told = |by: By| {
        let tally = |ask: &Ask| -> Result<Tally, ()> {
            let Route::Rollup { coverage, pieces } = &ask.route else { panic!("{json}: a rollup tells it") };
            let mut evaluation = Evaluation::new(&ask.question, coverage, pieces);
            for number in 0..3 {
                let (start_ms, rollups) = (DAY - number * DAY_MS, day(number, values));
                if by != By::Row {
                    let block = Block::of(rollups.iter().map(|(value, rollup)| (value.as_str(), rollup)));
                    let block = block.unwrap_or_else(|e| panic!("{e}"));
                    let block = Block::open_kept(block.into_bytes()).unwrap_or_else(|e| panic!("{e}"));
                    let added = match by {
                        By::Block => evaluation.add_block(start_ms, &block),
                        _ => evaluation
                            .lookup()
                            .only(&block)
                            .and_then(|only| evaluation.add_shared(start_ms, &only.into())),
                    };
                    assert_eq!(added, Ok(()));
                    continue;
                }
                for (value, Rollup { pageviews, events, visitors, visits, revenue, .. }) in &rollups {
                    let (pageviews, events, visits) = (*pageviews, *events, *visits);
                    let (visitors, revenue) = (&*visitors.encode(), revenue.clone());
                    evaluation.add(&StoredRow { start_ms, value, pageviews, events, visitors, visits, revenue });
                }
            }
            Ok(evaluation.finish())
        };
        let now = plan.now.try_map(tally).unwrap_or_default();
        let told = plan.answer(now, None).unwrap_or_else(|e| panic!("{json}: {e}"));
        Told { rows_read: 0, ..told }
    };
    [By::Block, By::Shared, By::Row].map(told)
}

#[test]
fn what_is_looked_up_is_what_the_filters_leave() {
    let pages = ["/", "/a", "/ab", "/b", "/bü", "/c", "/google", "Google"];
    let sources = ["Google", "Bing", "oogle", "e", "Google\u{1f}Bing", "a\u{1f}Google"];
    let paired = pages.iter().flat_map(|page| sources.map(|source| format!("{page}{PART}{source}")));
    // The last is of a pair of which one part is not there.
    let pairs: Vec<String> = paired.chain(["Google".to_owned()]).collect();
    let singles: Vec<String> = pages.map(str::to_owned).to_vec();
    let metrics = json!(["pageviews", "unique_users", "revenue"]);
    let check = |filters: Value, dimensions: Value, values: &[String], rows: usize| {
        let json = json!({
            "date_range": {"start": "2026-01-31", "end": "2026-02-02"}, "metrics": metrics, "totals": true,
            "filters": filters, "dimensions": dimensions, "limit": 100
        });
        let [by_blocks, by_shared, by_rows] = each(&json, values);
        assert_eq!(by_blocks, by_rows, "{json}");
        assert_eq!(by_shared, by_rows, "{json}");
        assert_eq!(by_blocks.total_rows, rows, "{json}");
        let first = json!({"limit": 3, "offset": 1});
        let mut limited = json.clone();
        limited.as_object_mut().into_iter().for_each(|all| all.extend(first.as_object().cloned().unwrap_or_default()));
        let [few, ..] = each(&limited, values);
        assert!(few.rows.iter().eq(by_rows.rows.iter().skip(1).take(3)), "{limited}");
    };
    let none = json!({});
    check(none.clone(), json!(["page"]), &singles, 8);
    check(json!({"page": ["/ab", "/", "/nowhere"]}), json!(["page"]), &singles, 2);
    check(json!(["contains", "page", ["GOO"]]), json!(["page"]), &singles, 2);
    check(json!({"source": "Google"}), json!(["page"]), &pairs, 8);
    check(json!({"source": ["Google", "e", "a\u{1f}Google"]}), json!(["page"]), &pairs, 8);
    check(json!({"source": "nobody"}), json!(["page"]), &pairs, 0);
    check(json!({"page": "/a"}), json!(["source"]), &pairs, 6);
    check(json!({"page": ["/a", "/b", "/nowhere"]}), json!(["source"]), &pairs, 6);
    check(json!({"page": "/b", "source": ["Bing", "Google"]}), json!(["page", "source"]), &pairs, 2);
    check(json!({"page": ["/a", "/a\u{1f}Google"]}), json!(["source"]), &pairs, 6);
    check(json!({"page": ["/", "/a\u{1f}a"], "source": ["a\u{1f}Google", "Google"]}), json!(["source"]), &pairs, 2);
    check(json!({"page": "Google"}), json!(["date", "source"]), &pairs, 11);
    check(none, json!(["page", "source"]), &pairs, 44);
}

#[test]
fn a_value_that_is_no_text_is_no_answer() {
    let rollups = Rollups::from([("ab".to_owned(), Rollup { events: 1, ..Rollup::default() })]);
    let block = Block::of(rollups.iter().map(|(value, rollup)| (value.as_str(), rollup)));
    let mut bytes = block.unwrap_or_else(|e| panic!("{e}")).into_bytes();
    if let Some(at) = bytes.windows(2).position(|two| two == b"ab") {
        bytes.splice(at..at + 2, [0xff, 0xfe]);
    }
    assert!(Block::open(bytes.clone()).is_err());
    let block = Block::open_kept(bytes).unwrap_or_else(|e| panic!("{e}"));
    let plan = planned(json!({"dimensions": ["page"]}));
    let Route::Rollup { coverage, pieces } = &plan.now.rows.route else { panic!("a rollup tells it") };
    assert!(Evaluation::new(&plan.now.rows.question, coverage, pieces).add_block(DAY, &block).is_err());
}

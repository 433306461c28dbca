use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::rollup::{BLOCK_VALUES_MAX, OTHER};

type Rollups = BTreeMap<String, Rollup>;

fn block(rollups: &Rollups) -> Block {
    Block::of(rollups.iter().map(|(value, rollup)| (value.as_str(), rollup))).unwrap_or_else(|e| panic!("{e}"))
}

fn rollups(block: &Block) -> Rollups {
    let row = |row: BlockRow<'_>| (row.value().to_owned(), row.rollup().unwrap_or_else(|e| panic!("{e}")));
    block.iter().map(row).collect()
}

/// As rollups merge, value by value; what says nothing is left out.
fn merged(parts: &[&Rollups]) -> Rollups {
    let mut all = Rollups::new();
    for (value, rollup) in parts.iter().copied().flatten() {
        all.entry(value.clone()).or_default().merge(rollup);
    }
    all.retain(|_, rollup| !rollup.is_empty());
    for rollup in all.values_mut() {
        rollup.revenue.retain(|_, micros| *micros != 0);
    }
    all
}

fn rollup(events: u64, visits: i64, hashes: impl IntoIterator<Item = u64>) -> Rollup {
    let mut rollup = Rollup { pageviews: events / 2, events, ..Rollup::default() };
    for n in hashes {
        rollup.visitors.insert(crate::hash::of_bytes(&n.to_be_bytes()).high_bits());
    }
    rollup.visits = VisitSums { visits, bounces: -visits, visit_ms: visits * 100_000, ..VisitSums::default() };
    rollup
}

prop_compose! {
    fn any_rollup()(
        events in prop_oneof![Just(0u64), 0..9u64, any::<u32>().prop_map(u64::from)],
        visits in prop_oneof![Just(0i64), -3..4i64, Just(i64::from(i32::MIN)), -200..200i64],
        visitors in prop::collection::vec(0u64..50, 0..12),
        sessions in prop::collection::vec(0u64..50, 0..3),
        paid in prop::collection::btree_map("[A-Z]{3}", -5..5i64, 0..3),
    ) -> Rollup {
        let mut rollup = rollup(events, visits, visitors);
        sessions.into_iter().for_each(|n| rollup.sessions.insert(n << 40 | n));
        Rollup { revenue: paid, ..rollup }
    }
}

fn any_rollups() -> impl Strategy<Value = Rollups> {
    let value = prop_oneof!["[a-d]{0,2}", "/[a-zü]{1,9}", Just(OTHER.to_owned())];
    prop::collection::btree_map(value, any_rollup(), 0..12)
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(rollups in any_rollups()) {
        let block = block(&rollups);
        prop_assert_eq!(self::rollups(&block), merged(&[&rollups]));
        prop_assert_eq!(Block::open(block.bytes().to_vec()), Ok(block.clone()));
        for row in block.iter() {
            prop_assert_eq!(block.find(row.value()).map(|found| found.index()), Some(row.index()));
            prop_assert!(!row.is_zero());
        }
        prop_assert!(block.find("not there").is_none());
        for text in ["", "/", "a", "ab", "/zü", "ü", "\u{fffd}"] {
            let having = |has: fn(&str, &str) -> bool| {
                block.iter().filter(move |row| has(row.value(), text)).map(|row| row.index()).collect::<Vec<_>>()
            };
            prop_assert_eq!(block.beginning_with(text).collect::<Vec<_>>(), having(|value, text| value.starts_with(text)));
            if !text.is_empty() {
                let ending: Vec<_> = block.ending_with(&[text.to_owned()]).collect();
                prop_assert!(having(|value, text| value.ends_with(text)).iter().all(|at| ending.contains(at)));
            }
        }
        let all = |at: usize| block.all_visitors().get(block.visitors_at(at));
        prop_assert!((0..block.len()).all(|at| all(at) == Some(block.visitors(at))));
        prop_assert!(block.row(block.len()).is_none());
    }

    #[test]
    fn merging_is_what_merging_rollups_is(a in any_rollups(), b in any_rollups(), c in any_rollups()) {
        // A row that takes what finds no room keeps the others from being left out; here there is none.
        let without = |mut rollups: Rollups| { rollups.remove(OTHER); rollups };
        let [a, b, c] = [a, b, c].map(without);
        let [x, y, z] = [&a, &b, &c].map(block);
        let merge = |x: &Block, y: &Block| x.merge(y).unwrap_or_else(|e| panic!("{e}"));
        prop_assert_eq!(rollups(&merge(&x, &y)), merged(&[&a, &b]));
        prop_assert_eq!(merge(&x, &y), merge(&y, &x));
        prop_assert_eq!(merge(&merge(&x, &y), &z), merge(&x, &merge(&y, &z)));
        prop_assert_eq!(merge(&x, &Block::default()), x);
    }

    #[test]
    fn a_sum_is_what_merging_one_after_the_other_gives(all in prop::collection::vec(any_rollups(), 0..9)) {
        let blocks: Vec<Block> = all.iter().map(block).collect();
        let merge = |sum: Block, next: &Block| sum.merge(next).unwrap_or_else(|e| panic!("{e}"));
        let merged = blocks.iter().fold(Block::default(), merge);
        let sum = Block::of_all(&blocks).unwrap_or_else(|e| panic!("{e}"));
        // Which rows stay that say nothing depends on when the first row came that takes what finds no room.
        let told = |block: &Block| -> Rollups {
            rollups(block).into_iter().filter(|(_, rollup)| !rollup.is_empty()).collect()
        };
        prop_assert_eq!(told(&sum), told(&merged));
        prop_assert_eq!(Block::open(sum.bytes().to_vec()), Ok(sum));
    }

    /// Sums double, but nobody becomes two.
    #[test]
    fn the_visitors_of_a_block_merged_with_itself_are_the_same(a in any_rollups()) {
        let block = block(&a);
        let twice = block.merge(&block).unwrap_or_else(|e| panic!("{e}"));
        for row in twice.iter() {
            let once = block.find(row.value());
            prop_assert_eq!(once.map(|row| row.visitors()), Some(row.visitors()));
            prop_assert_eq!(once.map(|row| 2 * row.events()), Some(row.events()));
        }
    }

    #[test]
    fn nothing_is_lost_under_a_cap(parts in prop::collection::vec(any_rollups(), 1..5), cap in 1usize..8) {
        let (mut capped, mut whole) = (Block::default(), Rollup::default());
        for part in &parts {
            let before: Vec<String> = capped.iter().map(|row| row.value().to_owned()).collect();
            capped = capped.merge_capped(&block(part), cap).unwrap_or_else(|e| panic!("{e}"));
            part.values().for_each(|rollup| whole.merge(rollup));
            let kept = capped.iter().filter(|row| row.value() != OTHER).count();
            prop_assert!(kept <= cap);
            if before.len() > cap {
                prop_assert!(before.iter().all(|value| capped.find(value).is_some()), "a place is kept");
            }
        }
        let mut sum = Rollup::default();
        rollups(&capped).values().for_each(|rollup| sum.merge(rollup));
        sum.revenue.retain(|_, micros| *micros != 0);
        whole.revenue.retain(|_, micros| *micros != 0);
        prop_assert_eq!(sum, whole);
    }

    #[test]
    fn any_bytes_are_a_block_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        walk(bytes.clone());
        walk([&[FORM, 2, 0, 0, 0], bytes.as_slice()].concat());
    }

    #[test]
    fn a_damaged_block_never_panics(rollups in any_rollups(), at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
        let mut bytes = block(&rollups).bytes().to_vec();
        if bytes.is_empty() {
            return Ok(());
        }
        walk(bytes[..cut.index(bytes.len())].to_vec());
        let place = at.index(bytes.len());
        bytes[place] = byte;
        walk(bytes);
    }
}

/// Looks at everything of what may be a block.
fn walk(bytes: Vec<u8>) {
    let opened = Block::open(bytes.clone());
    let Ok(block) = Block::open_kept(bytes) else { return assert!(opened.is_err()) };
    for at in block.beginning_with("a").chain(block.ending_with(&["a".to_owned()])) {
        let _ = (block.value(at).len(), block.all_visitors().get(block.visitors_at(at)));
    }
    let Ok(block) = opened else { return };
    for row in block.iter() {
        let _ = (row.rollup(), row.is_zero(), row.value().len(), block.find(row.value()).is_some());
    }
    let _ = block.merge(&block);
}

#[test]
fn a_value_is_found_among_many_and_its_place_is_kept_when_there_is_no_room() {
    let many: Rollups =
        (0..BLOCK_VALUES_MAX + 50).map(|n| (format!("/{n}"), rollup(1 + n as u64 % 7, 1, [n as u64]))).collect();
    let full = Block::default().merge_capped(&block(&many), BLOCK_VALUES_MAX).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(full.len(), BLOCK_VALUES_MAX + 1);
    let other = full.find(OTHER).map(|row| (row.events(), row.rollup().map(|rollup| rollup.visitors.count())));
    assert_eq!(other, Some((50, Ok(50))), "the least frequent find no room");
    // A visit of a value without room is taken back from where it was counted.
    let lost = many.keys().find(|value| full.find(value).is_none()).cloned().unwrap_or_default();
    let kept = "/6".to_owned();
    let back = Rollup { visits: VisitSums { visits: -1, ..VisitSums::default() }, ..Rollup::default() };
    let back: Rollups = [(lost.clone(), back.clone()), (kept.clone(), back)].into();
    let after = full.merge_capped(&block(&back), BLOCK_VALUES_MAX).unwrap_or_else(|e| panic!("{e}"));
    assert!(after.find(&lost).is_none());
    assert_eq!(after.find(&kept).map(|row| row.visits().visits), Some(0));
    assert_eq!(after.find(OTHER).map(|row| row.visits().visits), Some(49));
}

#[test]
fn numbers_take_the_bytes_they_need() {
    fn check(visits: i64, events: u64, bytes: usize) {
        let rollup = Rollup { events, visits: VisitSums { visits, ..VisitSums::default() }, ..Rollup::default() };
        let block = block(&[("a".to_owned(), rollup.clone())].into());
        assert_eq!(block.row(0).map(|row| row.rollup()), Some(Ok(rollup)));
        assert_eq!(block.bytes().len(), 34 + bytes, "{visits} {events}");
    }
    check(0, 1, 1);
    check(-1, 0, 1);
    check(127, 255, 2);
    check(-128, 256, 3);
    check(-129, 0, 2);
    check(128, 65_536, 6);
    check(i64::from(i32::MIN), 0, 4);
    check(i64::MIN, 1, 9);
    check(i64::MAX, i64::MAX as u64, 16);
}

#[test]
fn rows_come_in_order() {
    let mut builder = Builder::default();
    assert_eq!(builder.push("b", &rollup(1, 0, [])), Ok(()));
    assert_eq!(builder.push("b", &rollup(1, 0, [])), Err(BlockError::Order(1)));
    assert_eq!(builder.push("a", &rollup(1, 0, [])), Err(BlockError::Order(1)));
    assert_eq!(builder.finish().map(|block| block.len()), Ok(1));
}

use std::collections::BTreeMap;
use std::ops::Range;

use domain::rollup::{OTHER, Rollup};
use domain::window::{DAY_MS, HOUR_MS, MINUTE_MS};
use proptest::prelude::*;
use wire::session::Site;

use super::*;
use crate::ledger::hot::Hot;
use crate::ledger::{begin, rollup, site};

/// A day in the past, and a little later: nothing is too old.
const DAY: u64 = 1_769_990_400_000;
const NOW: u64 = DAY + 2 * DAY_MS;

struct Ledger {
    _folder: tempfile::TempDir,
    connection: Connection,
    series: Series,
    position: i64,
    /// All that was added.
    minutes: Vec<(u64, Block)>,
}

impl Ledger {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let connection = crate::ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        site::add(&connection, &Site { tracking_id: "UA-1".to_owned(), name: "shop".to_owned() }, 0).unwrap();
        let site = site::find(&connection, "UA-1").unwrap().unwrap();
        let series = Series { site, dimension: RollupDimension::Page, name: Box::default() };
        Self { _folder: folder, connection, series, position: 0, minutes: Vec::new() }
    }

    /// As a checkpoint does.
    fn add(&mut self, minutes: Vec<(u64, Block)>) {
        self.position += 1;
        let transaction = begin(&mut self.connection).unwrap();
        for (start_ms, block) in &minutes {
            part::add(&transaction, &self.series, *start_ms, self.position, block).unwrap();
        }
        block::move_checkpoint(&transaction, self.position).unwrap();
        transaction.commit().unwrap();
        self.minutes.extend(minutes);
    }

    fn absorb(&mut self) {
        let transaction = begin(&mut self.connection).unwrap();
        all(&transaction, None, NOW).unwrap();
        transaction.commit().unwrap();
    }

    fn parts(&self) -> i64 {
        self.connection.query_row("SELECT count(*) FROM parts", [], |row| row.get(0)).unwrap()
    }

    /// What a reader adds up, by window.
    fn read(&self, granularity: Granularity, span: Range<u64>) -> BTreeMap<u64, Block> {
        let (hot, mut found) = (Hot::behind(self.position, []), BTreeMap::<u64, Vec<Block>>::new());
        let page = (RollupDimension::Page, "");
        let view = hot.view(self.series.site);
        rollup::each_block(&self.connection, &view, self.series.site, granularity, page, span, |start_ms, block| {
            found.entry(start_ms).or_default().push(block.clone());
            Ok(())
        })
        .unwrap();
        found.into_iter().map(|(start_ms, blocks)| (start_ms, Block::of_all(&blocks).unwrap())).collect()
    }

    /// What all that was added comes to, merged at once.
    fn wanted(&self, granularity: Granularity, span: Range<u64>) -> BTreeMap<u64, Block> {
        let mut windows: BTreeMap<u64, Vec<&Block>> = BTreeMap::new();
        for (start_ms, block) in &self.minutes {
            let start_ms = granularity.start_of(*start_ms);
            if span.contains(&start_ms) {
                windows.entry(start_ms).or_default().push(block);
            }
        }
        windows.into_iter().map(|(start_ms, blocks)| (start_ms, Block::of_all(blocks).unwrap())).collect()
    }
}

fn block(rows: &[(u8, u64, i64)]) -> Block {
    let mut rollups: BTreeMap<String, Rollup> = BTreeMap::new();
    for (page, visitor, events) in rows {
        let rollup = rollups.entry(format!("/{page}")).or_default();
        rollup.events += events.unsigned_abs();
        rollup.visits.visits += events;
        rollup.visitors.insert(domain::hash::of_bytes(&visitor.to_be_bytes()).high_bits());
    }
    Block::of(rollups.iter().map(|(value, rollup)| (value.as_str(), rollup))).unwrap()
}

fn any_minutes() -> impl Strategy<Value = Vec<(u64, Block)>> {
    let rows = prop::collection::vec((0u8..6, 0u64..90, -3i64..9), 1..9);
    let minute = (0u64..3).prop_flat_map(|hour| (0u64..4).prop_map(move |n| DAY + hour * 11 * HOUR_MS + n * MINUTE_MS));
    prop::collection::btree_map(minute, rows, 1..5)
        .prop_map(|minutes| minutes.into_iter().map(|(start_ms, rows)| (start_ms, block(&rows))).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Absorbed at any time or never, a reader finds what merging everything at once gives, to the register.
    #[test]
    fn parts_and_blocks_are_what_was_added(steps in prop::collection::vec((any_minutes(), any::<bool>()), 1..7)) {
        let mut ledger = Ledger::new();
        for (minutes, absorbs) in steps {
            ledger.add(minutes);
            if absorbs {
                ledger.absorb();
                prop_assert_eq!(ledger.parts(), 0);
            }
            for granularity in Granularity::ALL {
                let half = DAY + 11 * HOUR_MS..u64::MAX;
                for span in [0..u64::MAX, granularity.start_of(half.start)..half.end] {
                    prop_assert_eq!(ledger.read(granularity, span.clone()), ledger.wanted(granularity, span));
                }
            }
        }
        ledger.absorb();
        for granularity in Granularity::ALL {
            for (start_ms, wanted) in ledger.wanted(granularity, 0..u64::MAX) {
                let Series { site, dimension, name } = ledger.series.clone();
                let key = BlockKey { site, granularity, dimension, name, start_ms };
                prop_assert_eq!(block::read(&ledger.connection, &key).unwrap(), wanted);
            }
        }
    }
}

#[test]
fn what_has_changed_meanwhile_is_not_written_and_a_later_part_stays() {
    let mut ledger = Ledger::new();
    let minute = |page, events| vec![(DAY, block(&[(page, 1, events)]))];
    ledger.add(minute(1, 2));
    let merged = |ledger: &Ledger| {
        let all = part::series(&ledger.connection, None).unwrap();
        prepare(&ledger.connection, &mut all.into_iter(), NOW).unwrap()
    };
    let old = merged(&ledger);
    block::note_change(&ledger.connection).unwrap();
    assert!(!write(&ledger.connection, &old).unwrap());
    assert_eq!(ledger.parts(), 1);
    let absorbed = merged(&ledger);
    ledger.add(minute(2, 3));
    assert!(write(&ledger.connection, &absorbed).unwrap());
    assert_eq!(ledger.parts(), 1, "of the checkpoint that came meanwhile");
    let of_block = |block: &Block| block.iter().map(|row| row.events()).sum::<u64>();
    let events = |granularity| ledger.read(granularity, 0..u64::MAX).values().map(of_block).sum::<u64>();
    assert_eq!(Granularity::ALL.map(events), [5; 3]);
}

#[test]
fn what_is_too_old_is_noted_and_what_finds_no_room_is_other() {
    let mut ledger = Ledger::new();
    ledger.series.dimension = RollupDimension::Total;
    let total = block(&[(0, 1, 4)]);
    ledger.add(vec![(DAY - 900 * DAY_MS, total.clone()), (DAY, total)]);
    ledger.absorb();
    let dropped: i64 =
        ledger.connection.query_row("SELECT sum(events) FROM dropped_events", [], |row| row.get(0)).unwrap();
    assert_eq!(dropped, 4);
    ledger.series.dimension = RollupDimension::Page;
    let pages = |range: Range<u64>| {
        let rollup = Rollup { events: 1, ..Rollup::default() };
        let values: Vec<String> = range.map(|n| format!("/{n:06}")).collect();
        Block::of(values.iter().map(|value| (value.as_str(), &rollup))).unwrap()
    };
    ledger.minutes.clear();
    for n in 0..3 {
        ledger.add(vec![(DAY + n * MINUTE_MS, pages(n * 8000..n * 8000 + 8000))]);
    }
    ledger.absorb();
    let days = ledger.read(Granularity::Day, 0..u64::MAX);
    let day = &days[&DAY];
    assert_eq!(day.iter().map(|row| row.events()).sum::<u64>(), 24_000);
    assert_eq!(day.find(OTHER).map(|row| row.events()), Some(4000));
}

use proptest::prelude::*;
use wire::frame::Money;
use wire::site::Goal;

use super::*;
use crate::rollup::OTHER;
use crate::rollup::tests::event;
use crate::visit::{Known, follow};
use crate::window::{DAY_MS, MINUTE_MS};

/// 2026-02-02T00:00:00Z.
const DAY: u64 = 1_769_990_400_000;

fn settings() -> Settings {
    let goal = Goal { name: "buy".to_owned(), event_type: "purchase".to_owned(), path: None };
    Settings { goals: vec![goal], ..Settings::default() }
}

/// What the aggregator has after it merged all frames, and the events as they were counted.
fn counted(parts: &[Vec<RawEvent>]) -> (Rows, Vec<RawEvent>) {
    let (rows, raw, _) = counted_knowing(parts);
    (rows, raw)
}

/// And how many visits of one session were known at most.
fn counted_knowing(parts: &[Vec<RawEvent>]) -> (Rows, Vec<RawEvent>, usize) {
    let mut most = 0;
    let (mut known, mut caps, settings) = (Known::new(), Caps::default(), settings());
    let (mut rows, mut raw) = (Rows::new(), Vec::new());
    for part in parts {
        let mut part = part.clone();
        let changes = follow(&mut part, &mut known, &settings, &mut caps);
        for row in fold(&part, &changes, &settings, &mut caps) {
            let rollup = Rollup::of_row(&row).unwrap_or_default();
            rows.entry((row.start_ms, row.dimension, row.value)).or_default().merge(&rollup);
        }
        raw.extend(part);
        most = most.max(known.values().map(Vec::len).max().unwrap_or_default());
    }
    (rows, raw, most)
}

fn rebuilt(mut raw: Vec<RawEvent>, span: Range<u64>) -> Rebuilt {
    raw.sort_by_key(|event| (event.visitor, event.at_ms, event.id));
    let settings = settings();
    let mut rebuild = Rebuild::new(span, &settings);
    let reads = rebuild.reads();
    raw.into_iter().filter(|event| reads.contains(&event.at_ms)).for_each(|event| rebuild.add(event).unwrap());
    rebuild.finish().unwrap()
}

fn of_days(rows: &Rows, span: &Range<u64>) -> Rows {
    let inside = rows.iter().filter(|(key, rollup)| span.contains(&key.0) && !rollup.is_empty());
    inside.map(|(key, rollup)| (key.clone(), rollup.clone())).collect()
}

prop_compose! {
    /// An event of one of a few people, some under a session's own name, over two days.
    fn any_event()(
        who in 0u8..5, minute in 23 * 60u64..27 * 60, late in 0u64..20 * 60, is_late in 0u8..6, page in 0u8..4,
        source in 0u8..3, kind in 0u8..6, engaged in 0u64..9
    ) -> (u8, u64, u8, u8, u8, u64) {
        let minute = if is_late == 0 { minute + late } else { minute };
        (who, minute, page, source, kind, engaged)
    }
}

proptest! {
    /// Whatever order the events came in and however they were cut into folds: made anew from them, the rows are those
    /// that were merged, sketches, revenue and visits included.
    #[test]
    fn what_was_merged_comes_out_again(
        drawn in proptest::collection::vec(any_event(), 1..60), shuffle in any::<u64>(), folds in 1usize..8
    ) {
        let mut events: Vec<RawEvent> = drawn.iter().zip(0u64..).map(|((who, minute, page, source, kind, engaged), n)| {
            let visitor = (*who > 0).then_some(Id128([*who; 16]));
            // The last two name their sessions themselves.
            let session = if *who > 2 { Some(Id128([*who + 100; 16])) } else { visitor };
            let mut event = RawEvent { at_ms: DAY + minute * MINUTE_MS, visitor, session, ..event(n, &format!("/{page}")) };
            event.source = if *source == 0 { String::new() } else { format!("source {source}") };
            event.engaged_ms = *engaged;
            if *kind == 0 {
                event.event_type = "purchase".to_owned();
                event.revenue = Some(Money { currency: "EUR".to_owned(), micros: 1_000_000 + n as i64 });
            }
            event
        }).collect();
        events.sort_by_key(|event| crate::hash::of_fields(&[&shuffle.to_be_bytes(), &event.id.0]));
        let parts: Vec<Vec<RawEvent>> = events.chunks(events.len().div_ceil(folds)).map(<[RawEvent]>::to_vec).collect();
        let (merged, raw, most) = counted_knowing(&parts);
        // Of more visits the edge forgets the oldest, and a late event of one of those begins another.
        prop_assume!(most < 8);
        for day in 0..2 {
            let span = DAY + day * DAY_MS..DAY + (day + 1) * DAY_MS;
            let of_day: Vec<&RawEvent> = raw.iter().filter(|event| span.contains(&event.at_ms)).collect();
            let found = rebuilt(raw.clone(), span.clone());
            prop_assert_eq!(found.events, of_day.len() as u64);
            prop_assert_eq!(found.id_checksum, of_day.iter().fold(Id128::default(), |sum, event| sum.xor(event.id)));
            let comparison = compare(&of_days(&merged, &span), &found.rows);
            prop_assert!(comparison.differing == 0, "{:?}", comparison.first);
            prop_assert_eq!(comparison.rows, found.rows.len() as u64);
            let hours = compare(&by(Granularity::Hour, &of_days(&merged, &span)), &by(Granularity::Hour, &found.rows));
            prop_assert!(hours.differing == 0);
        }
    }
}

fn of_session(number: u64, visitor: u8, session: u8, minute: u64) -> RawEvent {
    let (visitor, session) = (Some(Id128([visitor; 16])), Some(Id128([session; 16])));
    RawEvent { at_ms: DAY + minute * MINUTE_MS, visitor, session, ..event(number, "/a") }
}

#[test]
fn a_session_that_two_visitors_share_is_one_visit() {
    let (merged, raw) = counted(&[vec![of_session(1, 1, 9, 5), of_session(2, 2, 9, 7), of_session(3, 1, 9, 20)]]);
    let found = rebuilt(raw, DAY..DAY + DAY_MS);
    let comparison = compare(&merged, &found.rows);
    assert_eq!(comparison.differing, 0, "{:?}", comparison.first);
    let total: i64 = by(Granularity::Day, &found.rows)[&(DAY, RollupDimension::Total, String::new())].visits.visits;
    assert_eq!(total, 1);
}

#[test]
fn what_differs_is_named() {
    let (mut stored, raw) = counted(&[vec![of_session(1, 1, 1, 5), of_session(2, 2, 2, 6)]]);
    let found = rebuilt(raw, DAY..DAY + DAY_MS);
    assert_eq!(compare(&stored, &found.rows).differing, 0);
    let total = (DAY + 5 * MINUTE_MS, RollupDimension::Total, String::new());
    stored.get_mut(&total).unwrap().events = 3;
    stored.get_mut(&total).unwrap().visitors.insert(77 << 40);
    stored.remove(&(DAY + 6 * MINUTE_MS, RollupDimension::Country, "DE".to_owned()));
    let comparison = compare(&stored, &found.rows);
    assert_eq!(comparison.differing, 2);
    assert_eq!(comparison.fields[&Field::Visitors], 2);
    let events: Vec<_> = comparison.first.iter().filter(|difference| difference.field == Field::Events).collect();
    assert_eq!(events[0].to_string(), format!("{} total \"\": events 3, by its events 1", total.0));
    assert_eq!((events[1].stored, events[1].rebuilt), (0, 1));
}

/// Which values a cap keeps apart depends on who came first; their sums do not.
#[test]
fn values_counted_together_are_compared_by_their_sums() {
    let events: Vec<RawEvent> = (0..1_100)
        .map(|n| RawEvent { path: format!("/{n}"), ..of_session(n, (n % 7) as u8, (n % 7) as u8, 5) })
        .collect();
    let (stored, mut raw) = counted(&[events]);
    assert!(stored.contains_key(&(DAY + 5 * MINUTE_MS, RollupDimension::Page, OTHER.to_owned())));
    let found = rebuilt(raw.clone(), DAY..DAY + DAY_MS);
    let comparison = compare(&stored, &found.rows);
    assert_eq!(comparison.differing, 0, "{:?}", comparison.first);
    raw.pop();
    let fewer = rebuilt(raw, DAY..DAY + DAY_MS);
    assert!(compare(&stored, &fewer.rows).differing > 0);
}

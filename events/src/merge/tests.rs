use proptest::collection::vec;
use proptest::prelude::*;
use wire::frame::RawEvent;

use super::*;
use crate::batch::tests::event;
use crate::batch::{events, key, of_events};

fn batch_of(some: &[RawEvent], declared: &[String]) -> RecordBatch {
    of_events(some, declared).unwrap_or_else(|e| panic!("{e}"))
}

fn all(batches: impl Iterator<Item = Result<RecordBatch, BatchError>>) -> Vec<RawEvent> {
    batches
        .flat_map(|batch| events(&batch.unwrap_or_else(|e| panic!("{e}"))).unwrap_or_else(|e| panic!("{e}")))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn days_are_sorted_each_by_itself(given in vec(vec(event(), 0..8), 0..5)) {
        let batches: Vec<RecordBatch> = given.iter().map(|some| batch_of(some, &[])).collect();
        let days = by_day(&batches).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let mut expected: BTreeMap<u64, Vec<RawEvent>> = BTreeMap::new();
        for event in given.concat() {
            expected.entry(Granularity::Day.start_of(event.at_ms)).or_default().push(event);
        }
        expected.values_mut().for_each(|day| day.sort_by_key(key));
        let found: BTreeMap<u64, Vec<RawEvent>> = days.iter().map(|(day, rows)| (*day, all(rows.batches()))).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn runs_are_merged_in_order(given in vec(vec(event(), 0..12), 0..5), cut in 1..5usize) {
        let mut expected = given.concat();
        expected.sort_by_key(key);
        let runs = given.into_iter().map(|mut run| -> Run<'_, BatchError> {
            run.sort_by_key(key);
            let batches: Vec<_> = run.chunks(cut).map(|some| Ok(batch_of(some, &[]))).collect();
            Box::new(batches.into_iter())
        });
        let merge = Merge::new(runs.collect()).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(all(merge), expected);
    }

    /// Declared later, a property has the column that it would have had from the start.
    #[test]
    fn columns_follow_what_is_declared(given in vec(event(), 0..8)) {
        let (before, after) = (["a".to_owned(), "b".to_owned()], ["b".to_owned(), "c".to_owned()]);
        let conformed = conform(&batch_of(&given, &before), &after).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let expected = batch_of(&given, &after);
        prop_assert_eq!(conformed.schema(), expected.schema());
        prop_assert_eq!(all([Ok(conformed.clone())].into_iter()), given);
        for name in after {
            let text = |batch| Text::of(batch, &property_column(&name)).map_err(|e| TestCaseError::fail(e.to_string()));
            let (found, wanted) = (text(&conformed)?, text(&expected)?);
            for row in 0..expected.num_rows() {
                prop_assert_eq!(found.value(row), wanted.value(row));
            }
        }
    }
}

/// More rows than are handed on at once, and one run much longer than the others.
#[test]
fn long_runs_are_merged_wholly() {
    let numbered =
        |number: u64| RawEvent { id: Id128(u128::from(number).to_be_bytes()), at_ms: number, ..RawEvent::default() };
    let long: Vec<RawEvent> = (0..30_000).map(|n| numbered(2 * n)).collect();
    let short: Vec<RawEvent> = (0..9).map(|n| numbered(2 * n + 1)).collect();
    let runs = [long, short].map(|run| -> Run<'_, BatchError> {
        let batches: Vec<_> = run.chunks(10_000).map(|some| Ok(batch_of(some, &[]))).collect();
        Box::new(batches.into_iter())
    });
    let merged = all(Merge::new(runs.into()).unwrap_or_else(|e| panic!("{e}")));
    assert_eq!(merged.len(), 30_009);
    assert!(merged.is_sorted_by_key(key));
}

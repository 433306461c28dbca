//! The people of whom something is true, for conditions that ask for it.
//!
//! What is told of each event for itself, as how often and when, is found for all tests in one scan: of each block and test
//! a list of records, one a person, in the order of persons. Then threads take spans of persons, bring the records of each
//! together, and keep those who are meant. How far people get in a funnel is a question about people as any other
//! ([`super::people`]).

mod gather;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::behaviour::{Act, Members, PersonTest, Record, Sets, Telling};

use self::gather::gather;
use super::parts::{self, Part};
use super::people::{END, in_threads, people};
use super::sorter::{Sorter, Spread};
use super::{ScanError, Sources, check, filter, spare};
use crate::store::Budget;

/// Share of a scan's memory that the sets of one question may take, beside it: of 256 MiB, 5.6 million people.
const SETS_SHARE: usize = 4;

/// Smallest share of the persons that is looked at at once: a 4096th.
const SHARE_MIN: u128 = END >> 12;

/// Records that are brought together at once: 128 KiB.
const TOGETHER: usize = 4096;

impl Spread for Record {
    type Key = u64;

    fn hash(&self) -> u64 {
        self.unit
    }

    fn key(&self) -> u64 {
        self.unit
    }
}

/// A test of which events are told one by one, as values are counted.
struct Told {
    telling: Telling,
    span: Range<u64>,
}

/// By test, lists of records in the order of persons.
type Lists = Vec<Vec<Vec<Record>>>;

/// Finds the people of whom tests are true, and how many events were read for it.
///
/// # Errors
/// [`ScanError`] when the budget is spent, nobody waits any more, or a source cannot be read.
pub fn members(sources: &Sources<'_>, tests: &[Arc<PersonTest>], budget: &Budget) -> Result<(Sets, u64), ScanError> {
    let (mut sets, mut rows_read, mut bytes) = (Sets::new(), 0, 0);
    let mut keep = |test: &PersonTest, ids: Vec<u64>| {
        bytes += Members::bytes_of(ids.len());
        if bytes > budget.bytes_max / SETS_SHARE {
            return Err(ScanError::TooMuchMemory(budget.bytes_max));
        }
        sets.insert(test.key().to_owned(), Arc::new(Members::of(ids)));
        Ok(())
    };
    let (mut keys, mut told) = (Vec::new(), Vec::new());
    for test in tests {
        match &test.act {
            Act::Told(telling) => {
                let condition = filter::as_counted(&telling.condition);
                let telling = Telling { condition, fact: telling.fact.clone() };
                told.push(Told { telling, span: test.span.clone() });
                keys.push(test);
            }
            Act::Funnel(furthest) => {
                let found = people(sources, &furthest.ask, furthest.as_ref(), budget)?;
                rows_read += found.rows_read;
                keep(test, found.tally)?;
            }
        }
    }
    if !told.is_empty() {
        let (found, read) = all_told(sources, &told, budget)?;
        rows_read += read;
        for (test, ids) in keys.into_iter().zip(found) {
            keep(test, ids)?;
        }
    }
    Ok((sets, rows_read))
}

/// Of each test, whom it means.
fn all_told(sources: &Sources<'_>, told: &[Told], budget: &Budget) -> Result<(Vec<Vec<u64>>, u64), ScanError> {
    check(budget)?;
    let start = told.iter().map(|one| one.span.start).min().unwrap_or_default();
    let end = told.iter().map(|one| one.span.end).max().unwrap_or_default();
    let mut parts = parts::within(sources, &(start..end), budget.threads)?;
    parts.retain(|part| told.iter().any(|one| one.span.start < part.span.end && part.span.start < one.span.end));
    let mut found: Vec<Vec<u64>> = vec![Vec::new(); told.len()];
    let mut rows_read = 0;
    // Nobody is zero.
    let (mut low, mut size) = (1, END);
    while low < END {
        let share = low..END.min(low.saturating_add(size));
        let (lists, read) = records(&parts, told, &share, budget)?;
        rows_read += read;
        let Some(lists) = lists else {
            size = (share.end - share.start) / 2;
            if size < SHARE_MIN {
                return Err(ScanError::TooMuchMemory(budget.bytes_max));
            }
            continue;
        };
        for ((one, lists), found) in told.iter().zip(&lists).zip(&mut found) {
            let bound = |number: usize| {
                share.start + (share.end - share.start) * number as u128 / budget.threads.max(1) as u128
            };
            let some = |number: usize| meant(lists, &(bound(number)..bound(number + 1)), &one.telling, budget);
            for ids in in_threads(budget.threads, some)? {
                found.extend(ids?);
            }
            if Members::bytes_of(found.len()) > budget.bytes_max / SETS_SHARE {
                return Err(ScanError::TooMuchMemory(budget.bytes_max));
            }
        }
        low = share.end;
    }
    Ok((found, rows_read))
}

/// Lets threads take the parts one by one; no lists where they are more than the memory holds.
fn records(
    parts: &[Part<'_>],
    told: &[Told],
    share: &Range<u128>,
    budget: &Budget,
) -> Result<(Option<Lists>, u64), ScanError> {
    let records_max = budget.bytes_max / size_of::<Record>();
    let (next, held) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let run = || -> Result<(Lists, u64), ScanError> {
        let (mut lists, mut rows_read): (Lists, u64) = (vec![Vec::new(); told.len()], 0);
        while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            for at in 0..part.blocks() {
                check(budget)?;
                if held.load(Ordering::Relaxed) > records_max {
                    break;
                }
                let Some((some, rows)) = gather(part, at, told, share)? else { continue };
                rows_read += rows;
                for (lists, list) in lists.iter_mut().zip(some) {
                    held.fetch_add(list.len(), Ordering::Relaxed);
                    lists.push(list);
                }
            }
        }
        spare::clear();
        Ok((lists, rows_read))
    };
    let (mut all, mut rows_read): (Lists, u64) = (vec![Vec::new(); told.len()], 0);
    for found in in_threads(budget.threads.min(parts.len().max(1)), |_| run())? {
        let (lists, read) = found?;
        rows_read += read;
        all.iter_mut().zip(lists).for_each(|(all, lists)| all.extend(lists));
    }
    let fits = held.into_inner() <= records_max;
    Ok((fits.then_some(all), rows_read))
}

/// Brings the records of some persons together, and answers who is meant, in order.
fn meant(
    lists: &[Vec<Record>],
    share: &Range<u128>,
    telling: &Telling,
    budget: &Budget,
) -> Result<Vec<u64>, ScanError> {
    let place = |bound: u128| move |list: &Vec<Record>| list.partition_point(|one| u128::from(one.unit) < bound);
    let (first, end) = (place(share.start), place(share.end));
    let mut rests: Vec<&[Record]> =
        lists.iter().map(|list| list.get(first(list)..end(list)).unwrap_or_default()).collect();
    let all: usize = rests.iter().map(|rest| rest.len()).sum();
    let steps = all.div_ceil(TOGETHER).max(1) as u128;
    let mut together: Vec<Record> = Vec::with_capacity(TOGETHER * 2);
    let (mut sorter, mut low, mut ids) = (Sorter::default(), share.start, Vec::new());
    for step in 1..=steps {
        check(budget)?;
        let bound = share.start + (share.end - share.start) * step / steps;
        together.clear();
        for rest in &mut rests {
            let some = rest.iter().take_while(|one| u128::from(one.unit) < bound).count();
            if let Some((some, behind)) = rest.split_at_checked(some) {
                together.extend_from_slice(some);
                *rest = behind;
            }
        }
        sorter.sort(&mut together, low, bound);
        low = bound;
        for of_one in together.chunk_by(|one, other| one.unit == other.unit) {
            let found = of_one.iter().copied().reduce(|one, other| telling.fact.together(one, other));
            ids.extend(found.filter(|found| telling.fact.means(found)).map(|found| found.unit));
        }
    }
    Ok(ids)
}

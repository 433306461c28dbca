//! What questions about people want to know of events: moments, brought together by person, and folded.
//!
//! Each block gives a list of moments in the order of persons and time. Then threads take spans of persons, bring their
//! moments together from all lists, a few thousand at a time, and fold them one person after the other. Where the moments
//! of all do not fit the memory, a share of the persons is gone through at once: by visitors, of every file a share of its
//! rows alone; visits are told by all rows, each time.

mod bring;
mod exposed;
mod gather;
mod handed;
mod names;
mod reached;
mod whose;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use domain::analysis::{Analysis, Analyzed, Ask, Fold, People};

use self::gather::{Gathered, Share, gather};
use self::handed::Handed;
use self::names::Naming;
use self::reached::Ends;
use self::whose::Members;
use super::parts::{self, Part};
use super::{ScanError, Sources, check, filter, spare};
use crate::store::Budget;

/// Threads of one scan at most.
const THREADS_MAX: usize = 64;

/// Part of a scan's memory that moments may take: three of four. The rest is for blocks that are being read, and for what answers
/// are made of.
const MOMENTS_PART: (usize, usize) = (3, 4);

/// First number behind all persons.
pub(super) const END: u128 = 1 << 64;

/// Smallest share of the persons that is tried: a 4096th. At 100 million events a share of it has some 25 000.
const SHARE_MIN: u128 = END >> 12;

/// A list of moments, and the number of the part that it is of.
type Listed<M> = (usize, Vec<M>);

/// Answers a question about people.
///
/// # Errors
/// As [`people`].
pub fn analyze(sources: &Sources<'_>, analysis: &Analysis, budget: &Budget) -> Result<Analyzed, ScanError> {
    Ok(match analysis {
        Analysis::Funnel(plan) => Analyzed::Funnel(people(sources, &plan.ask, &plan.fold, budget)?),
        Analysis::Retention(plan) => Analyzed::Retention(people(sources, &plan.ask, &plan.fold, budget)?),
        Analysis::Paths(plan) => Analyzed::Paths(people(sources, &plan.ask, &plan.fold, budget)?),
        Analysis::Lifecycle(plan) => Analyzed::Lifecycle(people(sources, &plan.ask, &plan.fold, budget)?),
        Analysis::Experiment(plan) => Analyzed::Experiment(people(sources, &plan.ask, &plan.fold, budget)?),
        Analysis::Attribution(plan) => Analyzed::Attribution(people(sources, &plan.ask, &plan.fold, budget)?),
    })
}

/// Folds what is asked, one person after the other.
///
/// # Errors
/// [`ScanError`] when the budget is spent, nobody waits any more, or a source cannot be read.
pub fn people<M: Handed, F: Fold<M>>(
    sources: &Sources<'_>,
    ask: &Ask,
    fold: &F,
    budget: &Budget,
) -> Result<People<F::Tally>, ScanError> {
    check(budget)?;
    let mut ask = ask.clone();
    ask.condition = filter::as_counted(&ask.condition);
    ask.conditions = ask.conditions.iter().map(filter::as_counted).collect();
    let mut parts = parts::within(sources, &ask.span, budget.threads)?;
    // What happened at one instant comes in the order of the parts.
    parts.sort_by_key(|part| part.span.start);
    let rows: usize = parts.iter().map(Part::rows).sum();
    let members = whose::members(&parts, &ask, budget)?;
    let naming = Mutex::new(Naming::default());
    let (mut tally, mut rows_read) = (F::Tally::default(), 0);
    // Nobody is zero.
    let (mut low, mut size) = (1, END);
    while low < END {
        let share = Share { low, end: END.min(low.saturating_add(size)) };
        match all::<M>(&parts, &ask, &share, members.as_ref(), &naming, budget)? {
            Gathered::All(lists, read) => {
                rows_read += read;
                for more in bring::fold(&lists, &ask, &share, fold, budget)? {
                    fold.add(&mut tally, more);
                }
                low = share.end;
            }
            Gathered::TooMuch(read) => {
                // As much as would have filled four fifths of the memory, of the rows that the share has about.
                let of_share = ((share.end - share.low) * rows as u128 / END).max(1);
                size = ((share.end - share.low) * (read as u128 * 4).max(1) / (of_share * 5)).min(size / 2);
                if size < SHARE_MIN {
                    return Err(ScanError::TooMuchMemory(budget.bytes_max));
                }
            }
        }
    }
    let names = naming.into_inner().unwrap_or_else(PoisonError::into_inner).names;
    Ok(People { tally, names, rows_read })
}

/// Lets threads take the parts one by one; lists come in the order of the parts.
fn all<M: Handed>(
    parts: &[Part<'_>],
    ask: &Ask,
    share: &Share,
    members: Option<&Members>,
    naming: &Mutex<Naming>,
    budget: &Budget,
) -> Result<Gathered<M>, ScanError> {
    let moments_max = budget.bytes_max / MOMENTS_PART.1 * MOMENTS_PART.0 / size_of::<M>();
    let (next, held) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let run = || -> Result<(Vec<Listed<M>>, u64), ScanError> {
        let (mut lists, mut rows_read, mut ways) = (Vec::new(), 0, Ends::default());
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = parts.get(number) else { break };
            for at in 0..part.blocks() {
                check(budget)?;
                if held.load(Ordering::Relaxed) > moments_max {
                    break;
                }
                let before = ways.len();
                let Some((list, rows)) = gather(part, at, ask, share, members, naming, &mut ways)? else { continue };
                rows_read += rows;
                held.fetch_add(list.len() + ways.len() - before, Ordering::Relaxed);
                lists.push((number, list));
            }
        }
        spare::clear();
        Ok((lists, rows_read))
    };
    let found = in_threads(budget.threads.min(parts.len().max(1)), |_| run())?;
    let (mut lists, mut rows_read) = (Vec::new(), 0);
    for found in found {
        let (some, read) = found?;
        lists.extend(some);
        rows_read += read;
    }
    if held.into_inner() > moments_max {
        return Ok(Gathered::TooMuch(rows_read));
    }
    lists.sort_by_key(|(number, _)| *number);
    Ok(Gathered::All(lists.into_iter().map(|(_, list)| list).collect(), rows_read))
}

/// Does something on several threads, of which this is one.
pub(super) fn in_threads<T: Send>(threads: usize, run: impl Fn(usize) -> T + Sync) -> Result<Vec<T>, ScanError> {
    let run = &run;
    let found: Option<Vec<T>> = thread::scope(|scope| {
        let others: Vec<_> =
            (1..threads.clamp(1, THREADS_MAX)).map(|number| scope.spawn(move || run(number))).collect();
        let mut found = vec![run(0)];
        for other in others {
            found.push(other.join().ok()?);
        }
        Some(found)
    });
    found.ok_or(ScanError::Thread)
}

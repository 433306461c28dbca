//! Moments brought together by person, a few thousand at a time, and folded.

use domain::analysis::{Ask, Fold, Moment};
use domain::visit::PAUSE_MAX_MS;
use wire::analysis::Unit;

use super::super::sorter::Sorter;
use super::super::{ScanError, check};
use super::gather::{BRIDGE, Share};
use super::in_threads;
use crate::store::Budget;

/// Moments that are brought together at once: 128 KiB.
const TOGETHER: usize = 4096;

/// Steps between two looks at the budget.
const STEPS_AT_ONCE: u128 = 64;

/// Folds lists of moments; each thread answers what it found.
pub fn fold<F: Fold>(
    lists: &[Vec<Moment>],
    ask: &Ask,
    share: &Share,
    fold: &F,
    budget: &Budget,
) -> Result<Vec<F::Tally>, ScanError> {
    let threads = budget.threads.max(1);
    let bound = |number: usize| share.low + (share.end - share.low) * number as u128 / threads as u128;
    let some = |number: usize| {
        let share = Share { low: bound(number), end: bound(number + 1) };
        fold_some(lists, ask.unit, &share, fold, budget)
    };
    in_threads(threads, some)?.into_iter().collect()
}

fn fold_some<F: Fold>(
    lists: &[Vec<Moment>],
    unit: Unit,
    share: &Share,
    fold: &F,
    budget: &Budget,
) -> Result<F::Tally, ScanError> {
    let place = |bound: u128| move |list: &Vec<Moment>| list.partition_point(|one| u128::from(one.unit) < bound);
    let mut rests: Vec<&[Moment]> =
        lists.iter().map(|list| list.get(place(share.low)(list)..place(share.end)(list)).unwrap_or_default()).collect();
    let all: usize = rests.iter().map(|rest| rest.len()).sum();
    let steps = all.div_ceil(TOGETHER).max(1) as u128;
    let mut together: Vec<Moment> = Vec::with_capacity(TOGETHER * 2);
    let (mut sorter, mut low) = (Sorter::default(), share.low);
    let (mut tally, mut visit) = (F::Tally::default(), Vec::new());
    for step in 1..=steps {
        if step % STEPS_AT_ONCE == 0 {
            check(budget)?;
        }
        let bound = share.low + (share.end - share.low) * step / steps;
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
        for moments in together.chunk_by_mut(|one, other| one.unit == other.unit) {
            match unit {
                Unit::Users => fold.unit(moments, &mut tally),
                Unit::Sessions => each_visit(moments, &mut visit, |visit| fold.unit(visit, &mut tally)),
            }
        }
    }
    Ok(tally)
}

/// Calls `take` with each visit of a session, without what only bridges it.
fn each_visit(moments: &[Moment], visit: &mut Vec<Moment>, mut take: impl FnMut(&mut [Moment])) {
    for of_one in moments.chunk_by(|one, other| other.at_ms - one.at_ms <= PAUSE_MAX_MS) {
        visit.clear();
        visit.extend(of_one.iter().filter(|moment| moment.matches != BRIDGE));
        if !visit.is_empty() {
            take(visit);
        }
    }
}

//! Moments brought together by person, a few thousand at a time, and folded.

use domain::analysis::{Ask, Fold};
use domain::visit::PAUSE_MAX_MS;
use wire::analysis::Unit;

use super::super::sorter::Sorter;
use super::super::{ScanError, check};
use super::gather::{BRIDGE, Share};
use super::handed::Handed;
use super::in_threads;
use crate::store::Budget;

/// Moments that are brought together at once: 128 KiB.
const TOGETHER: usize = 4096;

/// Steps between two looks at the budget.
const STEPS_AT_ONCE: u128 = 64;

/// Folds lists of moments; each thread answers what it found.
pub fn fold<M: Handed, F: Fold<M>>(
    lists: &[Vec<M>],
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

fn fold_some<M: Handed, F: Fold<M>>(
    lists: &[Vec<M>],
    unit: Unit,
    share: &Share,
    fold: &F,
    budget: &Budget,
) -> Result<F::Tally, ScanError> {
    let place = |bound: u128| move |list: &Vec<M>| list.partition_point(|one| u128::from(one.moment().unit) < bound);
    let mut rests: Vec<&[M]> =
        lists.iter().map(|list| list.get(place(share.low)(list)..place(share.end)(list)).unwrap_or_default()).collect();
    let all: usize = rests.iter().map(|rest| rest.len()).sum();
    let steps = all.div_ceil(TOGETHER).max(1) as u128;
    let mut together: Vec<M> = Vec::with_capacity(TOGETHER * 2);
    let (mut sorter, mut low) = (Sorter::default(), share.low);
    let (mut tally, mut visit) = (F::Tally::default(), Vec::new());
    for step in 1..=steps {
        if step % STEPS_AT_ONCE == 0 {
            check(budget)?;
        }
        let bound = share.low + (share.end - share.low) * step / steps;
        together.clear();
        for rest in &mut rests {
            let some = rest.iter().take_while(|one| u128::from(one.moment().unit) < bound).count();
            if let Some((some, behind)) = rest.split_at_checked(some) {
                together.extend_from_slice(some);
                *rest = behind;
            }
        }
        sorter.sort(&mut together, low, bound);
        low = bound;
        for moments in together.chunk_by_mut(|one, other| one.moment().unit == other.moment().unit) {
            match unit {
                Unit::Users => fold.unit(moments, &mut tally),
                Unit::Sessions => each_visit(moments, &mut visit, |visit| fold.unit(visit, &mut tally)),
            }
        }
    }
    Ok(tally)
}

/// Calls `take` with each visit of a session, without what only bridges it.
fn each_visit<M: Handed>(moments: &[M], visit: &mut Vec<M>, mut take: impl FnMut(&mut [M])) {
    for of_one in moments.chunk_by(|one, other| other.moment().at_ms - one.moment().at_ms <= PAUSE_MAX_MS) {
        visit.clear();
        visit.extend(of_one.iter().filter(|one| one.moment().matches != BRIDGE));
        if !visit.is_empty() {
            take(visit);
        }
    }
}

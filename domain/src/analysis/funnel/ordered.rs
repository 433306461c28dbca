//! Steps one after the other.
//!
//! For each number of steps one attempt is remembered, the one that began last: whatever an earlier one could still reach,
//! it reaches too, for its window ends later. So a unit takes time in proportion to its moments, and as much memory as
//! there are steps.

use wire::analysis::{Attempts, StepOrder};
use wire::limits::FUNNEL_STEPS_MAX;

use super::{Attempt, FunnelFold, Moment};

/// The attempts that may still go on, by steps done less one.
struct Open {
    attempts: [Option<Attempt>; FUNNEL_STEPS_MAX],
    /// Of the first so many, some may be there.
    highest: usize,
}

impl Open {
    const NONE: Self = Self { attempts: [None; FUNNEL_STEPS_MAX], highest: 0 };

    fn is_empty(&self) -> bool {
        self.attempts.iter().take(self.highest).all(Option::is_none)
    }

    /// Lets a moment change what is open; answers the attempt that did most steps with it.
    fn step(&mut self, fold: &FunnelFold, (at, moment): (usize, &Moment), begins: bool) -> Option<Attempt> {
        let bits = moment.matches & fold.step_bits();
        let ends = ends(fold, moment);
        let mut furthest = None;
        // From the last on, so that none does two steps with it.
        for number in (0..fold.steps.min(self.highest + 1)).rev() {
            let before = number.checked_sub(1).and_then(|before| self.attempts.get(before).copied().flatten());
            let made = match number {
                _ if bits >> number & 1 == 0 => None,
                0 => begins.then(|| Attempt::begin(at, moment)),
                _ => before.filter(|one| fold.is_within(one.start_ms(), moment.at_ms)).map(|one| one.with(at, moment)),
            };
            furthest = furthest.or(made);
            let Some(open) = self.attempts.get_mut(number) else { continue };
            *open = open.filter(|_| ends >> number & 1 == 0);
            let is_later = |made: &Attempt| open.is_none_or(|open| made.start_ms() > open.start_ms());
            if let Some(made) = made.filter(is_later) {
                *open = Some(made);
                self.highest = self.highest.max(number + 1);
            }
        }
        furthest
    }
}

/// The open attempts that a moment ends, a bit each.
fn ends(fold: &FunnelFold, moment: &Moment) -> u32 {
    if fold.order == StepOrder::Strict {
        return u32::MAX;
    }
    if moment.matches <= fold.step_bits() {
        return 0;
    }
    let below = |steps: usize| (1_u32 << steps.saturating_sub(1)) - 1;
    let excluded = fold.exclusions.iter().filter(|excluded| moment.matches & excluded.bit != 0);
    excluded.fold(0, |ends, excluded| ends | below(excluded.to) & !below(excluded.from))
}

/// Finds a unit's attempts.
pub fn attempts(fold: &FunnelFold, moments: &[Moment], take: &mut dyn FnMut(&Attempt)) {
    let may_begin = |moment: &Moment| moment.matches & 1 != 0 && fold.entries.contains(&moment.at_ms);
    let all = moments.iter().fold(0, |bits, moment| bits | moment.matches);
    if all & 0b11 == 1 && fold.attempts != Attempts::All {
        // Most do the first step and no other.
        let first = moments.iter().enumerate().find(|(_, moment)| may_begin(moment));
        return first.into_iter().for_each(|(at, moment)| take(&Attempt::begin(at, moment)));
    }
    let mut open = Open::NONE;
    let mut best: Option<Attempt> = None;
    for (at, moment) in moments.iter().enumerate() {
        let mut begins = may_begin(moment);
        if let Some(so_far) = best.filter(|_| fold.attempts != Attempts::Best) {
            if open.is_empty() || !fold.is_within(so_far.start_ms(), moment.at_ms) {
                if fold.attempts == Attempts::First {
                    break;
                }
                take(&so_far);
                (best, open) = (None, Open::NONE);
            } else {
                begins = false;
            }
        }
        let mut reached = open.step(fold, (at, moment), begins);
        if let Some(so_far) = best
            && fold.attempts == Attempts::All
            && open.is_empty()
            && may_begin(moment)
        {
            // Nothing of it goes on: another begins with this very event.
            take(&so_far);
            best = None;
            reached = open.step(fold, (at, moment), true);
        }
        if let Some(further) = reached.filter(|one| best.is_none_or(|best| one.reached > best.reached)) {
            best = Some(further);
            if further.reached == fold.steps {
                if fold.attempts != Attempts::All {
                    break;
                }
                take(&further);
                (best, open) = (None, Open::NONE);
            }
        }
    }
    best.iter().for_each(take);
}

//! Steps in any order.
//!
//! Which events stand for most steps, each for one, is told by augmenting paths (Kuhn's algorithm). Of all choices with as
//! many, the one of the latest events is taken: events are offered from the last to the first, and each is in if it can be.

use wire::analysis::Attempts;
use wire::limits::FUNNEL_STEPS_MAX;

use super::{Attempt, FunnelFold, Moment};

/// An event that may be a step: its position, and what of it matters.
#[derive(Clone, Copy)]
struct Candidate {
    at: usize,
    at_ms: u64,
    /// Steps that it matches.
    bits: u32,
    /// Whether an attempt may begin with it.
    begins: bool,
}

/// Finds a unit's attempts. Of events that match the same steps as many are remembered as they can be: the candidates are
/// at most ten for each such combination.
pub fn attempts(fold: &FunnelFold, moments: &[Moment], take: &mut dyn FnMut(&Attempt)) {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut best: Option<Attempt> = None;
    for (at, moment) in moments.iter().enumerate() {
        let is_excluded = fold.exclusions.iter().any(|excluded| moment.matches & excluded.bit != 0);
        let first_ms = candidates.first().map(|first| first.at_ms);
        let is_late = first_ms.is_some_and(|first_ms| !fold.is_within(first_ms, moment.at_ms));
        match fold.attempts {
            Attempts::Best => candidates.retain(|one| !is_excluded && fold.is_within(one.at_ms, moment.at_ms)),
            Attempts::First if (is_late || is_excluded) && best.is_some() => break,
            Attempts::All if is_late || is_excluded => {
                candidates.clear();
                best.take().iter().for_each(&mut *take);
            }
            Attempts::First | Attempts::All => {}
        }
        let bits = moment.matches & fold.step_bits();
        let begins = fold.entries.contains(&moment.at_ms);
        if bits == 0 || is_excluded || (candidates.is_empty() && !begins) {
            continue;
        }
        offer(&mut candidates, Candidate { at, at_ms: moment.at_ms, bits, begins }, fold.attempts);
        let further = most(fold, &candidates, moments, best.map_or(0, |best| best.reached));
        let Some(further) = further else { continue };
        best = Some(further);
        if further.reached == fold.steps {
            if fold.attempts != Attempts::All {
                break;
            }
            candidates.clear();
            best.take().iter().for_each(&mut *take);
        }
    }
    best.iter().for_each(take);
}

/// Adds a candidate; the earliest goes that can be missed. The first stays where attempts begin with it.
fn offer(candidates: &mut Vec<Candidate>, new: Candidate, attempts: Attempts) {
    let is_like = |one: &Candidate| one.bits == new.bits && one.begins == new.begins;
    let keeps_first = usize::from(attempts != Attempts::Best);
    let alike = candidates.iter().skip(keeps_first).filter(|one| is_like(one)).count();
    if alike >= new.bits.count_ones() as usize {
        let earliest = candidates.iter().enumerate().skip(keeps_first).find(|(_, one)| is_like(one));
        if let Some((at, _)) = earliest {
            candidates.remove(at);
        }
    }
    candidates.push(new);
}

/// The attempt of the candidates that does most steps, if they are more than so many.
fn most(fold: &FunnelFold, candidates: &[Candidate], moments: &[Moment], before: usize) -> Option<Attempt> {
    let union = candidates.iter().fold(0, |bits, one| bits | one.bits);
    if union.count_ones() as usize <= before {
        return None;
    }
    // One of those that an attempt may begin with must be in: offered first, it is.
    let first = match fold.attempts {
        Attempts::Best => candidates.iter().rposition(|one| one.begins)?,
        Attempts::First | Attempts::All => 0,
    };
    let mut done: [Option<usize>; FUNNEL_STEPS_MAX] = [None; FUNNEL_STEPS_MAX];
    let latest_first = (0..candidates.len()).rev().filter(|at| *at != first);
    for at in std::iter::once(first).chain(latest_first) {
        let mut tried = 0;
        place(candidates, at, &mut done, &mut tried);
    }
    let mut chosen: Vec<Candidate> = done.iter().flatten().filter_map(|at| candidates.get(*at).copied()).collect();
    if chosen.len() <= before {
        return None;
    }
    chosen.sort_unstable_by_key(|one| one.at);
    let mut chosen = chosen.iter().filter_map(|one| Some((one.at, moments.get(one.at)?)));
    let (at, moment) = chosen.next()?;
    Some(chosen.fold(Attempt::begin(at, moment), |attempt, (at, moment)| attempt.with(at, moment)))
}

/// Finds a candidate a step, others their own anew where need be; whoever has one keeps one.
fn place(candidates: &[Candidate], at: usize, done: &mut [Option<usize>; FUNNEL_STEPS_MAX], tried: &mut u32) -> bool {
    let bits = candidates.get(at).map_or(0, |one| one.bits);
    for step in 0..FUNNEL_STEPS_MAX {
        if bits >> step & 1 == 0 || *tried >> step & 1 != 0 {
            continue;
        }
        *tried |= 1 << step;
        let holder = done.get(step).copied().flatten();
        if holder.is_none_or(|holder| place(candidates, holder, done, tried)) {
            if let Some(place) = done.get_mut(step) {
                *place = Some(at);
            }
            return true;
        }
    }
    false
}

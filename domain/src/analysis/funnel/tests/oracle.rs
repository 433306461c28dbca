//! Whatever a unit did, the fold finds the attempts that trying all choices of events finds.

use proptest::prelude::*;

use super::*;

/// What is known of a unit, and every choice of its events.
struct Oracle<'a> {
    fold: &'a FunnelFold,
    moments: &'a [Moment],
}

impl Oracle<'_> {
    fn at(&self, place: usize) -> Moment {
        self.moments.get(place).copied().unwrap_or_default()
    }

    fn begins(&self, place: usize) -> bool {
        let bits = if self.fold.order == StepOrder::Any { self.fold.step_bits() } else { 1 };
        let is_excluded = self.fold.order == StepOrder::Any && self.is_excluded(place);
        self.fold.entries.contains(&self.at(place).at_ms) && self.at(place).matches & bits != 0 && !is_excluded
    }

    fn is_excluded(&self, place: usize) -> bool {
        self.fold.exclusions.iter().any(|excluded| self.at(place).matches & excluded.bit != 0)
    }

    /// Whether events, in their order, are an attempt; and, where `until` is given, whether one that could still go on
    /// behind the event of that place.
    fn is_attempt(&self, choice: &[usize], until: Option<usize>) -> bool {
        let (Some(first), Some(last)) = (choice.first(), choice.last()) else { return false };
        if self.at(*last).at_ms - self.at(*first).at_ms > self.fold.window_ms || choice.len() > self.fold.steps {
            return false;
        }
        if self.fold.order == StepOrder::Any {
            let between = *first..=until.unwrap_or(*last);
            let may_begin = choice.iter().any(|place| self.begins(*place));
            return may_begin
                && self.begins(*first)
                && !between.into_iter().any(|at| self.is_excluded(at))
                && self.fits(choice, 0);
        }
        let does = choice.iter().enumerate().all(|(step, place)| self.at(*place).matches >> step & 1 != 0);
        if !does || !self.begins(*first) {
            return false;
        }
        let ends = until.map_or(*last, |until| until + 1);
        let is_strict = self.fold.order == StepOrder::Strict;
        (*first..ends).all(|place| {
            let is_step = choice.contains(&place);
            let done = choice.iter().filter(|step| **step < place).count();
            let excluded = |one: &Excluded| self.at(place).matches & one.bit != 0 && done >= one.from && done < one.to;
            is_step || (!is_strict && !self.fold.exclusions.iter().any(excluded))
        })
    }

    /// Whether each event can stand for a step of its own.
    fn fits(&self, choice: &[usize], taken: u32) -> bool {
        let Some((first, rest)) = choice.split_first() else { return true };
        (0..self.fold.steps).any(|step| {
            let bit = 1 << step;
            self.at(*first).matches & bit != 0 && taken & bit == 0 && self.fits(rest, taken | bit)
        })
    }

    /// All choices that are attempts, of events from one place on.
    fn all(&self, from: usize, begins_at: Option<usize>) -> Vec<Vec<usize>> {
        let places = (from..self.moments.len()).collect::<Vec<_>>();
        let mut all = Vec::new();
        for bits in 1_u32..1 << places.len() {
            let choice: Vec<usize> =
                places.iter().enumerate().filter(|(at, _)| bits >> at & 1 != 0).map(|(_, place)| *place).collect();
            if begins_at.is_none_or(|first| choice.first() == Some(&first)) && self.is_attempt(&choice, None) {
                all.push(choice);
            }
        }
        all
    }

    /// The one that counts: it gets furthest, first, and of those that do it with the same event the one that began last;
    /// then whose steps came first.
    fn best(&self, all: Vec<Vec<usize>>) -> Option<Vec<usize>> {
        all.into_iter().min_by_key(|choice| {
            let mut rest = choice.clone();
            let last = rest.pop().unwrap_or_default();
            let start_ms = choice.first().map_or(0, |place| self.at(*place).at_ms);
            rest.reverse();
            let first = rest.pop();
            (std::cmp::Reverse(choice.len()), last, std::cmp::Reverse(start_ms), rest, first)
        })
    }

    /// The attempts that count.
    fn attempts(&self) -> Vec<Vec<usize>> {
        let entry = |from: usize| (from..self.moments.len()).find(|place| self.begins(*place));
        match self.fold.attempts {
            Attempts::Best => self.best(self.all(0, None)).into_iter().collect(),
            Attempts::First => {
                let first = entry(0).map(|entry| self.all(entry, Some(entry)));
                first.and_then(|all| self.best(all)).into_iter().collect()
            }
            Attempts::All => {
                let (mut found, mut from) = (Vec::new(), 0);
                while let Some(begin) = entry(from) {
                    let all = self.all(begin, Some(begin));
                    let Some(best) = self.best(all.clone()) else { break };
                    let is_done = best.len() == self.fold.steps;
                    from = if is_done { best.last().map_or(0, |last| last + 1) } else { self.over(begin, &all) };
                    found.push(best);
                }
                found
            }
        }
    }

    /// The place of the event with which nothing goes on that began at one place.
    fn over(&self, begin: usize, all: &[Vec<usize>]) -> usize {
        let goes_on = |place: usize| {
            let is_within = self.at(place).at_ms - self.at(begin).at_ms <= self.fold.window_ms;
            let so_far = all.iter().filter(|choice| choice.last().is_some_and(|last| *last <= place));
            is_within && so_far.into_iter().any(|choice| self.is_attempt(choice, Some(place)))
        };
        (begin + 1..self.moments.len()).find(|place| !goes_on(*place)).unwrap_or(self.moments.len())
    }
}

fn check(fold: &FunnelFold, moments: &[Moment]) {
    let mut settled = moments.to_vec();
    settled.sort_by_key(|one| (one.at_ms, (one.matches & fold.step_bits()).trailing_zeros(), one.matches));
    let oracle = Oracle { fold, moments: &settled };
    let expect: Found = oracle
        .attempts()
        .iter()
        .map(|choice| {
            let group = choice.first().map_or(0, |first| oracle.at(*first).group);
            (choice.iter().map(|place| oracle.at(*place).at_ms).collect(), group)
        })
        .collect();
    let found = found(fold, moments);
    if fold.order == StepOrder::Any {
        // Which of several events stand for the steps is free, how far they get and when is not.
        let told =
            |found: &Found| found.iter().map(|(times, _)| (times.len(), times.last().copied())).collect::<Vec<_>>();
        assert_eq!(told(&found), told(&expect), "{fold:?}\n{settled:?}");
        for (times, _) in &found {
            let is_one = oracle
                .all(0, None)
                .iter()
                .any(|choice| choice.iter().map(|place| oracle.at(*place).at_ms).eq(times.iter().copied()));
            assert!(is_one, "{times:?} of {fold:?}\n{settled:?}");
        }
        return;
    }
    assert_eq!(found, expect, "{fold:?}\n{settled:?}");
}

prop_compose! {
    fn unit(steps: usize)(
        kinds in prop::collection::vec((0u64..260, 0u32..64, 0u32..3), 0..9),
        is_plain in any::<bool>(),
    ) -> Vec<Moment> {
        let mut moments: Vec<Moment> = kinds
            .into_iter()
            .map(|(at_ms, bits, group)| {
                // Mostly an event is one step; one in a while is several, or none.
                let one = 1 << (bits as usize % (steps + 2));
                let matches = if is_plain || bits < 40 { one } else { bits & ((1 << (steps + 1)) - 1) };
                let matches = if matches >> (steps + 1) != 0 { 0 } else { matches };
                // A few instants, so that some are the same.
                Moment { unit: 1, at_ms: at_ms - at_ms % 7, matches, group, action: 0 }
            })
            .collect();
        moments.sort_by_key(|moment| moment.at_ms);
        moments
    }
}

prop_compose! {
    fn funnel()(
        steps in 2usize..5, order in 0usize..3, attempts in 0usize..3, window_ms in prop_oneof![Just(40), Just(100), Just(300)],
        bounds in (1usize..5, 1usize..5), is_excluding in any::<bool>(), end in prop_oneof![Just(1000), Just(120)],
    ) -> FunnelFold {
        let order = [StepOrder::Ordered, StepOrder::Strict, StepOrder::Any][order];
        let (from, to) = if order == StepOrder::Any { (1, steps) } else { bounds };
        let exclusions = if is_excluding && from < to && to <= steps {
            vec![Excluded { bit: 1 << steps, from, to }]
        } else {
            Vec::new()
        };
        FunnelFold {
            order,
            attempts: [Attempts::Best, Attempts::First, Attempts::All][attempts],
            window_ms,
            exclusions,
            entries: 14..end,
            ..fold(steps)
        }
    }
}

/// A store hands over nothing from before the range.
fn of_range(fold: &FunnelFold, moments: Vec<Moment>) -> Vec<Moment> {
    moments.into_iter().filter(|moment| moment.at_ms >= fold.entries.start).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn the_fold_finds_what_trying_every_choice_finds((fold, moments) in funnel().prop_flat_map(|fold| {
        let steps = fold.steps;
        (Just(fold), unit(steps))
    })) {
        check(&fold, &of_range(&fold, moments));
    }
}

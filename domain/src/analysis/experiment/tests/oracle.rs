//! Whatever people did, the fold finds what reading the definition for each of them finds.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::analysis::experiment::{Done, ExperimentFold, ExperimentTally, Exposed, Money};
use crate::analysis::{Fold, Moment, OTHER, Paid};

const METRICS: usize = 2;

/// What a unit did, by the words of the definition.
fn expected(fold: &ExperimentFold, units: &[Vec<Paid>]) -> ExperimentTally {
    let mut tally = ExperimentTally::default();
    for unit in units {
        let exposures: Vec<&Paid> = unit
            .iter()
            .filter(|one| one.moment.matches % 2 == 1)
            .filter(|one| one.moment.at_ms >= fold.entries.start && one.moment.at_ms < fold.entries.end)
            .collect();
        let variants: BTreeSet<u32> = exposures.iter().map(|one| one.moment.group).collect();
        let Some(exposed_ms) = exposures.iter().map(|one| one.moment.at_ms).min() else { continue };
        let variant = match variants.iter().copied().collect::<Vec<_>>().as_slice() {
            [OTHER] => {
                tally.others += 1;
                continue;
            }
            [variant] => *variant,
            _ => {
                tally.several += 1;
                continue;
            }
        };
        let mut exposed = Exposed { users: 1, metrics: vec![Done::default(); METRICS] };
        for (metric, done) in exposed.metrics.iter_mut().enumerate() {
            let counting: Vec<&Paid> = unit
                .iter()
                .filter(|one| one.moment.matches & (2 << metric) != 0 && one.moment.at_ms >= exposed_ms)
                .filter(|one| match fold.window_ms {
                    Some(window_ms) => one.moment.at_ms - exposed_ms <= window_ms,
                    None => one.moment.at_ms < fold.entries.end,
                })
                .collect();
            done.users = u64::from(!counting.is_empty());
            let mut paid: BTreeMap<u32, Vec<i64>> = BTreeMap::new();
            for one in counting.iter().filter(|one| one.micros != 0) {
                paid.entry(one.moment.action).or_default().push(one.micros);
            }
            for (currency, all) in paid {
                let sum = i128::from(all.iter().sum::<i64>());
                done.money.insert(currency, Money { users: 1, sum, squares: (sum * sum) as u128 });
            }
        }
        tally.variants.entry(variant).or_default().add(&exposed);
    }
    tally
}

prop_compose! {
    fn unit()(
        all in prop::collection::vec((0u64..120, 0u32..8, 0u32..3, 0u32..2, -5i64..20, any::<bool>()), 0..9),
        is_one_variant in prop::bool::weighted(0.7),
    ) -> Vec<Paid> {
        let mut moments: Vec<Paid> = all
            .into_iter()
            .map(|(at_ms, matches, variant, currency, micros, is_far)| {
                let variant = if variant == 2 { OTHER } else { variant };
                let group = if is_one_variant { 1 } else { variant };
                let at_ms = at_ms - at_ms % 5;
                let micros = if is_far { 0 } else { micros };
                Paid { moment: Moment { unit: 1, at_ms, matches, group, action: currency }, visit: 1, micros }
            })
            .collect();
        moments.sort_by_key(|one| one.moment.at_ms);
        moments
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn the_fold_finds_what_the_definition_says(
        mut units in prop::collection::vec(unit(), 0..30),
        window_ms in prop::option::of(prop_oneof![Just(0_u64), Just(15), Just(60)]),
        parted in 0usize..30,
    ) {
        let fold = ExperimentFold { entries: 10..90, window_ms, metrics: METRICS };
        let expect = expected(&fold, &units);
        let (mut tally, mut other) = (ExperimentTally::default(), ExperimentTally::default());
        for (at, unit) in units.iter_mut().enumerate() {
            fold.unit(unit, if at < parted { &mut tally } else { &mut other });
        }
        fold.add(&mut tally, other);
        prop_assert_eq!(tally, expect);
    }
}

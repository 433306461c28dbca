//! Whatever people did, what is owed is what reading the definition for each conversion finds.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wire::analysis::WhichConversions;

use super::*;
use crate::analysis::Moment;
use crate::visit::PAUSE_MAX_MS;

/// Visits of a unit: `(begins, value, came directly)`.
fn visits(unit: &[Paid]) -> Vec<(u64, u32, bool)> {
    let mut by_name: BTreeMap<u64, Vec<Vec<(usize, &Paid)>>> = BTreeMap::new();
    for (place, one) in unit.iter().enumerate().filter(|(_, one)| one.visit != 0) {
        let visits = by_name.entry(one.visit).or_default();
        let is_on = visits
            .last()
            .and_then(|visit| visit.last())
            .is_some_and(|(_, last)| one.moment.at_ms - last.moment.at_ms <= PAUSE_MAX_MS);
        if !is_on {
            visits.push(Vec::new());
        }
        visits.last_mut().into_iter().for_each(|visit| visit.push((place, one)));
    }
    let mut all: Vec<(usize, &Paid)> = by_name
        .values()
        .flatten()
        .filter_map(|visit| visit.iter().find(|(_, one)| one.moment.matches & PASSES != 0).copied())
        .collect();
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, Paid { moment, .. })| (moment.at_ms, moment.group, moment.matches & DIRECT != 0)).collect()
}

/// Shares of a way, in the order of its visits.
fn weights(model: AttributionModel, way: &[(u64, u32, bool)]) -> Vec<f64> {
    let count = way.len();
    let one = |at: usize| (0..count).map(|place| if place == at { 1.0 } else { 0.0 }).collect();
    match model {
        AttributionModel::First => one(0),
        AttributionModel::Last | AttributionModel::DataDriven => one(count - 1),
        AttributionModel::LastNonDirect => one((0..count).filter(|place| !way[*place].2).max().unwrap_or(count - 1)),
        AttributionModel::Linear => vec![1.0 / count as f64; count],
        AttributionModel::Position => match count {
            1 => vec![1.0],
            2 => vec![0.5, 0.5],
            _ => {
                let mut shares = vec![0.2 / (count - 2) as f64; count];
                (shares[0], shares[count - 1]) = (0.4, 0.4);
                shares
            }
        },
        AttributionModel::TimeDecay => {
            let newest = way.iter().map(|visit| visit.0).max().unwrap_or_default();
            let raw: Vec<f64> =
                way.iter().map(|visit| 0.5_f64.powf((newest - visit.0) as f64 / (7.0 * 86_400_000.0))).collect();
            let sum: f64 = raw.iter().sum();
            raw.into_iter().map(|weight| weight / sum).collect()
        }
    }
}

prop_compose! {
    fn unit()(
        all in prop::collection::vec((0u64..96, 0u32..8, 0u64..4, 0u32..4, 0u32..2, -3i64..30), 0..12),
    ) -> Vec<Paid> {
        let mut moments: Vec<Paid> = all
            .into_iter()
            .map(|(quarter, matches, visit, group, action, units)| {
                let at_ms = DAY - DAY_MS + quarter * 900_000;
                // Often of several visits at once.
                Paid { moment: Moment { unit: 1, at_ms, matches, group, action }, visit, micros: units * 1_000_000 }
            })
            .collect();
        moments.sort_by_key(|one| one.moment.at_ms);
        moments
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_owed_is_what_the_definition_says(
        units in prop::collection::vec(unit(), 0..20),
        lookback in prop_oneof![Just("1h"), Just("6h"), Just("1d")],
        is_first in any::<bool>(),
        parted in 0usize..20,
    ) {
        let which = if is_first { "first" } else { "all" };
        let plan = planned(json!({"lookback": lookback, "conversions": which})).unwrap_or_else(|e| panic!("{e}"));
        let fold = &plan.fold;
        let (mut tally, mut other) = (AttributionTally::default(), AttributionTally::default());
        for (at, unit) in units.iter().enumerate() {
            fold.unit(&mut unit.clone(), if at < parted { &mut tally } else { &mut other });
        }
        fold.add(&mut tally, other);
        let mut owed: BTreeMap<(usize, u32), (f64, f64)> = BTreeMap::new();
        let (mut conversions, mut micros, mut users, mut lost) = (0_u64, 0_i128, 0_u64, 0_u64);
        for unit in &units {
            let visits = visits(unit);
            let converts =
                |one: &&Paid| one.moment.matches & CONVERSION != 0 && fold.entries.contains(&one.moment.at_ms);
            let mut all: Vec<&Paid> = unit.iter().filter(converts).collect();
            if fold.conversions == WhichConversions::First {
                all.truncate(1);
            }
            users += u64::from(!all.is_empty());
            let from_ms = all.last().map_or(fold.entries.start, |last| last.moment.at_ms + 1);
            let goes_on = all.is_empty() || fold.conversions == WhichConversions::All;
            let is_behind = visits.iter().any(|visit| visit.0 >= from_ms && visit.0 < fold.entries.end);
            lost += u64::from(goes_on && is_behind);
            for conversion in all {
                let at_ms = conversion.moment.at_ms;
                let way: Vec<(u64, u32, bool)> =
                    visits.iter().filter(|visit| visit.0 <= at_ms && visit.0 + fold.lookback_ms >= at_ms).copied().collect();
                conversions += 1;
                micros += i128::from(conversion.micros);
                for (model, kind) in fold.models.iter().enumerate().take(6) {
                    if way.is_empty() {
                        let all = owed.entry((model, NO_VISIT)).or_default();
                        *all = (all.0 + 1.0, all.1 + conversion.micros as f64);
                    }
                    for (share, visit) in weights(*kind, &way).into_iter().zip(&way) {
                        let all = owed.entry((model, visit.1)).or_default();
                        *all = (all.0 + share, all.1 + share * conversion.micros as f64);
                    }
                }
            }
        }
        prop_assert_eq!((tally.all.parts, tally.users), (u128::from(conversions) * ONE, users));
        prop_assert_eq!(tally.all.micros.values().sum::<i128>(), micros);
        prop_assert_eq!(tally.lengths.iter().sum::<u64>(), conversions);
        for model in 0..6 {
            for group in [0, 1, 2, 3, NO_VISIT] {
                let found = tally.owed.get(&group).and_then(|all| all.get(model)).cloned().unwrap_or_default();
                let (parts, micros) = owed.get(&(model, group)).copied().unwrap_or_default();
                let told = found.parts as f64 / ONE as f64;
                prop_assert!((told - parts).abs() < 1e-9, "model {model}, value {group}: {told}, not {parts}");
                let money = found.micros.values().sum::<i128>() as f64;
                prop_assert!((money - micros).abs() < 2000.0, "model {model}, value {group}: {money}, not {micros}");
            }
        }
        // To the last part, in every model.
        let names = Names { groups: ["a", "b", "c", "d"].map(str::to_owned).to_vec(), ..Names::default() };
        let told = answer(&plan, &tally, &names);
        prop_assert_eq!((told.conversions, told.without_conversion), (conversions, Some(lost)));
        for model in 0..7 {
            let sum: f64 = told.rows.iter().map(|row| row.credits[model].conversions).sum();
            prop_assert!((sum - conversions as f64).abs() < 1e-9, "model {model}: {sum}, not {conversions}");
            let money: f64 = told.rows.iter().flat_map(|row| row.credits[model].revenue.values()).sum();
            prop_assert!((money - micros as f64 / 1e6).abs() < 1e-6, "model {model}: {money}");
        }
    }
}

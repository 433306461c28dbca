//! What would be lost without each value: the removal effect in a Markov chain of order 1.
//!
//! Anderl, Becker, von Wangenheim, Schumann: Mapping the customer journey, International Journal of Research in Marketing 33
//! (2016). Ways go from a start over values to a conversion or to nothing; the chance of each step is how often it was
//! taken. With a value removed, each step to it leads to nothing. Its removal effect is the share of conversions that are
//! lost then.
//!
//! One inversion tells it for all values: `N = (I - Q)^-1` has how often a way that is at `i` comes to `j`. The chance that a
//! way from the start converts and has been at `i` is that of ever coming there, `N[start][i] / N[i][i]`, by that of
//! converting from there, `(N r)[i]`.

/// Counts of steps between values, and from and to their ends.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// From the start to each value.
    pub start: Vec<f64>,
    /// From each value to each.
    pub steps: Vec<Vec<f64>>,
    /// From each value to a conversion.
    pub converted: Vec<f64>,
    /// From each value to nothing.
    pub lost: Vec<f64>,
}

impl Chain {
    /// Of so many values, without any step.
    pub fn of(values: usize) -> Self {
        let none = vec![0.0; values];
        Self { start: none.clone(), steps: vec![none.clone(); values], converted: none.clone(), lost: none }
    }

    /// Each value's removal effect, from zero to one. Zero for all where nothing converts.
    pub fn removal_effects(&self) -> Vec<f64> {
        let values = self.start.len();
        let ways: f64 = self.start.iter().sum();
        let mut chances = Vec::with_capacity(values);
        let mut converts = Vec::with_capacity(values);
        for (place, row) in self.steps.iter().enumerate() {
            let of = |all: &[f64]| all.get(place).copied().unwrap_or_default();
            let all = row.iter().sum::<f64>() + of(&self.converted) + of(&self.lost);
            let all = if all > 0.0 { all } else { 1.0 };
            chances.push(row.iter().map(|count| count / all).collect::<Vec<f64>>());
            converts.push(of(&self.converted) / all);
        }
        let Some(visits) = inverse(&chances).filter(|_| ways > 0.0) else { return vec![0.0; values] };
        let by = |row: &[f64], column: &[f64]| row.iter().zip(column).map(|(a, b)| a * b).sum::<f64>();
        let from: Vec<f64> = visits.iter().map(|row| by(row, &converts)).collect();
        let begins: Vec<f64> = self.start.iter().map(|count| count / ways).collect();
        let in_all = by(&begins, &from);
        let effect = |(place, converts): (usize, &f64)| {
            let at = |row: &[f64]| row.get(place).copied().unwrap_or_default();
            let comes: f64 = begins.iter().zip(&visits).map(|(begins, row)| begins * at(row)).sum();
            let stays = visits.get(place).map_or(1.0, |row| at(row));
            if in_all > 0.0 { (comes / stays * converts / in_all).clamp(0.0, 1.0) } else { 0.0 }
        };
        from.iter().enumerate().map(effect).collect()
    }
}

/// `(I - Q)^-1`, by Gauss and Jordan with the largest pivot; none where there is no such.
fn inverse(chances: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let size = chances.len();
    let mut rows: Vec<Vec<f64>> = chances
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let one = |to: usize| f64::from(u8::from(to == at));
            let left = row.iter().enumerate().map(|(to, chance)| one(to) - chance);
            left.chain((0..size).map(one)).collect()
        })
        .collect();
    for at in 0..size {
        let size_of = |row: &Vec<f64>| row.get(at).copied().unwrap_or_default().abs();
        let below = rows.iter().enumerate().skip(at);
        let (pivot, _) = below.max_by(|(_, one), (_, other)| size_of(one).total_cmp(&size_of(other)))?;
        rows.swap(at, pivot);
        let mut row = rows.get(at)?.clone();
        let by = row.get(at).copied().filter(|by| *by != 0.0)?;
        row.iter_mut().for_each(|cell| *cell /= by);
        for (other, cells) in rows.iter_mut().enumerate().filter(|(other, _)| *other != at) {
            let factor = cells.get(at).copied().unwrap_or_default();
            if factor != 0.0 && other != at {
                cells.iter_mut().zip(&row).for_each(|(cell, pivot)| *cell -= factor * pivot);
            }
        }
        *rows.get_mut(at)? = row;
    }
    Some(rows.into_iter().map(|mut row| row.split_off(size)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Counts the steps of ways; the last of each says whether it converted.
    fn chain(values: usize, ways: &[(Vec<usize>, bool)]) -> Chain {
        let mut chain = Chain::of(values);
        for (way, converts) in ways {
            let Some((first, last)) = way.first().zip(way.last()) else { continue };
            chain.start[*first] += 1.0;
            way.windows(2).for_each(|two| chain.steps[two[0]][two[1]] += 1.0);
            let end = if *converts { &mut chain.converted } else { &mut chain.lost };
            end[*last] += 1.0;
        }
        chain
    }

    #[test]
    fn it_is_that_of_the_usual_example() {
        // S. Bryl', Attribution model in digital marketing: C1 C2 C3 converts, C1 and C2 C3 do not.
        let ways = [(vec![0, 1, 2], true), (vec![0], false), (vec![1, 2], false)];
        let effects = chain(3, &ways).removal_effects();
        for (effect, expect) in effects.iter().zip([0.5, 1.0, 1.0]) {
            assert!((effect - expect).abs() < 1e-12, "{effects:?}");
        }
    }

    /// How many of a hundred ways convert, step by step, without one value.
    fn converting(chain: &Chain, removed: Option<usize>) -> f64 {
        let keep = |place: usize| f64::from(u8::from(removed != Some(place)));
        let ways: f64 = chain.start.iter().sum();
        let mut at: Vec<f64> =
            chain.start.iter().enumerate().map(|(place, count)| count / ways * keep(place)).collect();
        let mut converted = 0.0;
        for _ in 0..20_000 {
            let mut next = vec![0.0; at.len()];
            for (place, chance) in at.iter().enumerate() {
                let row = &chain.steps[place];
                let all = row.iter().sum::<f64>() + chain.converted[place] + chain.lost[place];
                if all == 0.0 {
                    continue;
                }
                converted += chance * chain.converted[place] / all;
                row.iter().enumerate().for_each(|(to, count)| next[to] += chance * count / all * keep(to));
            }
            at = next;
            if at.iter().sum::<f64>() < 1e-13 {
                break;
            }
        }
        converted
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

        #[test]
        fn it_is_what_taking_each_value_away_loses(
            ways in prop::collection::vec((prop::collection::vec(0usize..6, 1..7), any::<bool>()), 1..12),
        ) {
            let chain = chain(6, &ways);
            let (effects, all) = (chain.removal_effects(), converting(&chain, None));
            for (value, effect) in effects.iter().enumerate() {
                let expect = if all > 0.0 { 1.0 - converting(&chain, Some(value)) / all } else { 0.0 };
                prop_assert!((effect - expect).abs() < 1e-9, "{value}: {effect}, not {expect} of {ways:?}");
            }
        }
    }
}

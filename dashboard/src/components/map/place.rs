//! Visitors of countries.

use super::world::World;

/// Visitors of a country.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its two letters; something else where it is not known.
    pub code: String,
    /// Its visitors.
    pub visitors: u64,
    /// Their share of all visitors, when those are known.
    pub share: Option<f64>,
}

/// Visitors whose country is not on the map, or not known.
pub fn elsewhere(places: &[Place], world: &World) -> u64 {
    places.iter().filter(|place| world.shape(&place.code).is_none()).map(|place| place.visitors).sum()
}

/// The countries of some people, most first, and behind them those of `all` whose country is not known. Distinct visitors are
/// estimates: a remainder below a hundredth is none.
#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
pub fn places(countries: impl Iterator<Item = (String, u64)>, all: Option<u64>) -> Vec<Place> {
    let share = |visitors: u64| all.filter(|all| *all > 0).map(|all| (visitors as f64 / all as f64).min(1.0));
    let place = |(code, visitors)| Place { code, visitors, share: share(visitors) };
    let mut places: Vec<Place> = countries.filter(|(_, visitors)| *visitors > 0).map(place).collect();
    let known = places.iter().map(|place| place.visitors).sum();
    let others = all.map_or(0, |all| all.saturating_sub(known));
    if share(others).is_some_and(|share| share >= 0.01) {
        places.push(place((String::new(), others)));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_nowhere_stands_behind_those_who_are_somewhere() {
        for (countries, all, expected) in [
            (vec![("DE", 4), ("FR", 2), ("US", 0)], Some(8), vec![("DE", 4), ("FR", 2), ("", 2)]),
            (vec![("DE", 4)], Some(4), vec![("DE", 4)]),
            // As estimates have it.
            (vec![("DE", 995)], Some(1_000), vec![("DE", 995)]),
            (vec![("DE", 1_010)], Some(1_000), vec![("DE", 1_010)]),
            (vec![("DE", 4)], None, vec![("DE", 4)]),
            (vec![], Some(3), vec![("", 3)]),
            (vec![], Some(0), vec![]),
        ] {
            let found = places(countries.into_iter().map(|(code, visitors)| (code.to_owned(), visitors)), all);
            let found: Vec<_> = found.iter().map(|place| (place.code.as_str(), place.visitors)).collect();
            assert_eq!(found, expected);
        }
    }
}

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

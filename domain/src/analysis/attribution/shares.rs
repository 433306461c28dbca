//! How a conversion is shared out to the touches of its way.

use wire::analysis::AttributionModel;

use super::{ONE, Touch};
use crate::window::DAY_MS;

/// After how long before a conversion a touch counts half as much, in the model of time decay.
const HALF_LIFE_MS: f64 = 7.0 * DAY_MS as f64;

/// Calls `owe` with value, parts and money of each touch that has a share. They add up to [`ONE`] and all of the money; what
/// cannot be parted evenly is the last touch's.
pub fn each(model: AttributionModel, way: &[Touch], at_ms: u64, micros: i128, mut owe: impl FnMut(u32, u128, i128)) {
    let count = way.len();
    let only = |at: usize| move |place: usize, _: &Touch| f64::from(u8::from(place == at));
    match model {
        AttributionModel::First => share(way, micros, only(0), &mut owe),
        AttributionModel::Last => share(way, micros, only(count - 1), &mut owe),
        AttributionModel::LastNonDirect => {
            let last = way.iter().rposition(|touch| !touch.is_direct).unwrap_or(count - 1);
            share(way, micros, only(last), &mut owe);
        }
        AttributionModel::Linear => share(way, micros, |_, _| 1.0, &mut owe),
        AttributionModel::Position => {
            let weight = |place: usize, _: &Touch| match (count, place) {
                (..3, _) => 1.0,
                (_, 0) => 2.0,
                (_, place) if place + 1 == count => 2.0,
                _ => 1.0 / (count - 2) as f64,
            };
            share(way, micros, weight, &mut owe);
        }
        AttributionModel::TimeDecay => {
            // Compared with the last, so that no weight is lost in long look-backs.
            let last_ms = way.last().map_or(at_ms, |touch| touch.at_ms);
            let weight = |_: usize, touch: &Touch| (-((last_ms - touch.at_ms) as f64) / HALF_LIFE_MS).exp2();
            share(way, micros, weight, &mut owe);
        }
        // Shared out in the end, when all ways are known.
        AttributionModel::DataDriven => {}
    }
}

fn share(way: &[Touch], micros: i128, weight: impl Fn(usize, &Touch) -> f64, owe: &mut impl FnMut(u32, u128, i128)) {
    let sum: f64 = way.iter().enumerate().map(|(place, touch)| weight(place, touch)).sum();
    let last = way.iter().enumerate().rposition(|(place, touch)| weight(place, touch) > 0.0).unwrap_or_default();
    let (mut parts_left, mut micros_left) = (ONE, micros);
    for (place, touch) in way.iter().enumerate() {
        let share = weight(place, touch) / sum;
        let (parts, money) = if place == last {
            (parts_left, micros_left)
        } else {
            (((ONE as f64 * share) as u128).min(parts_left), (micros as f64 * share) as i128)
        };
        (parts_left, micros_left) = (parts_left - parts, micros_left - money);
        if parts != 0 || money != 0 {
            owe(touch.group, parts, money);
        }
    }
}

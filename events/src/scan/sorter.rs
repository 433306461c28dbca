//! Sorting by a hash: hashes are evenly spread, so a place found by the high bits is nearly the right one.

/// What is sorted.
pub trait Spread: Copy + Default {
    /// What it is sorted by.
    type Key: Ord + Copy;

    /// Of what it is sorted by, the first part: a hash.
    fn hash(&self) -> u64;

    /// What it is sorted by.
    fn key(&self) -> Self::Key;
}

/// Places for each of those that are sorted: the more, the less often two share one.
const PLACES: usize = 2;

/// How far those are moved at most that share a place, for each that is sorted: else hashes are not spread evenly.
const MOVES_MAX: usize = 8;

/// Sorts, in memory that is used again. What is equal stays in its order.
#[derive(Default)]
pub struct Sorter<T> {
    ends: Vec<u32>,
    sorted: Vec<T>,
}

impl<T: Spread> Sorter<T> {
    /// Sorts those whose hashes lie from `low` on and before `bound`.
    pub fn sort(&mut self, all: &mut Vec<T>, low: u128, bound: u128) {
        let bits = (all.len() * PLACES).next_power_of_two().trailing_zeros();
        let shift = (128 - (bound - low).leading_zeros()).saturating_sub(bits);
        let low = u64::try_from(low).unwrap_or(u64::MAX);
        let place = |hash: u64| hash.saturating_sub(low).checked_shr(shift).unwrap_or_default() as usize;
        self.ends.clear();
        self.ends.resize((1 << bits) + 2, 0);
        for one in all.iter() {
            if let Some(count) = self.ends.get_mut(place(one.hash()) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for end in &mut self.ends {
            sum += *end;
            *end = sum;
        }
        self.sorted.clear();
        self.sorted.resize(all.len(), T::default());
        for one in all.iter() {
            // From where its place begins, on to where it ends.
            if let Some(end) = self.ends.get_mut(place(one.hash())) {
                if let Some(to) = self.sorted.get_mut(*end as usize) {
                    *to = *one;
                }
                *end += 1;
            }
        }
        std::mem::swap(all, &mut self.sorted);
        settle(all);
    }
}

/// Sorts what nearly is.
fn settle<T: Spread>(all: &mut [T]) {
    let Some(first) = all.first() else { return };
    let (mut before, mut moves) = (first.key(), all.len() * MOVES_MAX);
    for at in 1..all.len() {
        let Some(key) = all.get(at).map(Spread::key) else { break };
        if key >= before {
            before = key;
            continue;
        }
        let ahead = all.get(..at).unwrap_or_default();
        let to = ahead.iter().rposition(|other| other.key() <= key).map_or(0, |other| other + 1);
        if let Some(behind) = all.get_mut(to..=at) {
            moves = moves.saturating_sub(behind.len());
            behind.rotate_right(1);
        }
        if moves == 0 {
            return all.sort_by_key(Spread::key);
        }
    }
}

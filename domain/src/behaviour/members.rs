//! A set of people.

use std::fmt;

/// People, by the high halves of their ids: 8 bytes each, and 4 for a place to begin to look at.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Members {
    /// In order, each once.
    ids: Vec<u64>,
    /// By the highest bits of an id: how many are below the first that has them. Ids are hashes, so each has few.
    starts: Vec<u32>,
    /// Bits of an id that do not count there.
    shift: u32,
}

/// Bytes that one person of a set takes.
pub const MEMBER_BYTES: usize = 12;

impl Members {
    /// These; nobody, whose id is zero, is none of them.
    pub fn of(mut ids: Vec<u64>) -> Self {
        ids.retain(|id| *id != 0);
        ids.sort_unstable();
        ids.dedup();
        let bits = (usize::BITS - ids.len().leading_zeros()).min(31);
        let shift = u64::BITS - bits.max(1);
        let places = 1_usize << (u64::BITS - shift);
        let mut starts = Vec::with_capacity(places + 1);
        let mut below = 0;
        for place in 0..=places as u128 {
            let first = place << shift;
            below += ids.get(below..).unwrap_or_default().iter().take_while(|id| u128::from(**id) < first).count();
            starts.push(u32::try_from(below).unwrap_or(u32::MAX));
        }
        Self { ids, starts, shift }
    }

    /// Whether somebody is one of them.
    pub fn has(&self, id: u64) -> bool {
        let place = (id >> self.shift.min(63)) as usize;
        let (Some(first), Some(end)) = (self.starts.get(place), self.starts.get(place.saturating_add(1))) else {
            return false;
        };
        self.ids.get(*first as usize..*end as usize).is_some_and(|some| some.contains(&id))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Each, in order.
    pub fn ids(&self) -> &[u64] {
        &self.ids
    }

    /// Bytes that so many take.
    pub fn bytes_of(people: usize) -> usize {
        people.saturating_mul(MEMBER_BYTES)
    }
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} people", self.ids.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_has_whom_it_was_made_of(
            ids in prop::collection::vec(prop_oneof![any::<u64>(), 0..40u64, u64::MAX - 40..=u64::MAX], 0..200),
            others in prop::collection::vec(prop_oneof![any::<u64>(), 0..40u64, u64::MAX - 40..=u64::MAX], 0..200),
        ) {
            let members = Members::of(ids.clone());
            for id in ids.iter().chain(&others) {
                prop_assert_eq!(members.has(*id), *id != 0 && ids.contains(id), "{}", id);
            }
            prop_assert!(members.ids().is_sorted_by(|one, other| one < other));
        }
    }

    #[test]
    fn nobody_is_in_an_empty_set() {
        for members in [Members::default(), Members::of(Vec::new())] {
            assert!(members.is_empty() && ![0, 1, u64::MAX].into_iter().any(|id| members.has(id)));
        }
    }
}

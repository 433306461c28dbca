//! Which events were accepted lately, by what their senders know them by.
//!
//! Half of each 128-bit id is kept: among a million, a new one is taken for an old one once in 10^13 times.

use std::collections::{BTreeSet, VecDeque};

use wire::Id128;

/// Ids that are remembered. Beyond, the oldest are forgotten first: 1 000 000 × ~16 bytes are 16 MB of an object's 128.
pub const RECENT_MAX: usize = 1_000_000;

/// How long an id is remembered, as long as a sender may repeat it: 48 h.
pub const RECENT_MS: u64 = crate::route::REPEATED_WITHIN_MS;

/// The ids of recently accepted events, in groups by the time of their acceptance.
#[derive(Debug, Default)]
pub struct Recent {
    known: BTreeSet<u64>,
    /// When each group was accepted, and what was new in it; oldest first.
    groups: VecDeque<(u64, Vec<u64>)>,
}

impl Recent {
    /// Whether an event was accepted.
    pub fn knows(&self, id: Id128) -> bool {
        self.known.contains(&id.high_bits())
    }

    /// Notes events accepted together.
    pub fn add(&mut self, at_ms: u64, ids: impl IntoIterator<Item = Id128>) {
        self.restore(at_ms, ids.into_iter().map(Id128::high_bits));
    }

    /// Takes back what was noted, for it did not become durable.
    pub fn take_back(&mut self, ids: impl IntoIterator<Item = Id128>) {
        for id in ids {
            self.known.remove(&id.high_bits());
        }
    }

    /// Notes a group as it was stored.
    pub fn restore(&mut self, at_ms: u64, ids: impl IntoIterator<Item = u64>) {
        let new: Vec<u64> = ids.into_iter().filter(|id| self.known.insert(*id)).collect();
        match self.groups.back_mut() {
            // Groups of a few milliseconds become one: their bookkeeping would take more room than they do.
            Some((last_ms, group)) if at_ms.saturating_sub(*last_ms) < 1000 && group.len() < 4096 => group.extend(new),
            _ if new.is_empty() => {}
            _ => self.groups.push_back((at_ms, new)),
        }
        self.forget(at_ms);
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    fn forget(&mut self, now_ms: u64) {
        while let Some((at_ms, _)) = self.groups.front() {
            if self.known.len() <= RECENT_MAX && at_ms.saturating_add(RECENT_MS) > now_ms {
                break;
            }
            for id in self.groups.pop_front().into_iter().flat_map(|(_, ids)| ids) {
                self.known.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash;

    fn id(number: u64) -> Id128 {
        hash::of_bytes(&number.to_be_bytes())
    }

    #[test]
    fn what_was_accepted_is_known_for_two_days() {
        let mut recent = Recent::default();
        recent.add(1_000, [id(1), id(2)]);
        assert!(recent.knows(id(1)) && recent.knows(id(2)) && !recent.knows(id(3)));
        recent.add(RECENT_MS, [id(3)]);
        assert!(recent.knows(id(1)));
        recent.add(RECENT_MS + 1_000, [id(4)]);
        assert!(!recent.knows(id(1)) && recent.knows(id(3)) && recent.knows(id(4)));
    }

    #[test]
    fn what_did_not_become_durable_is_not_known() {
        let mut recent = Recent::default();
        recent.add(0, [id(1), id(2)]);
        recent.take_back([id(2)]);
        assert!(recent.knows(id(1)) && !recent.knows(id(2)));
        recent.add(1, [id(2)]);
        assert!(recent.knows(id(2)));
    }

    #[test]
    fn memory_is_bounded() {
        let mut recent = Recent::default();
        for group in 0..300u64 {
            recent.add(group * 2_000, (0..4_000).map(|n| id(group * 4_000 + n)));
        }
        assert!(recent.len() <= RECENT_MAX && recent.len() > RECENT_MAX - 10_000);
        assert!(!recent.knows(id(0)) && recent.knows(id(299 * 4_000)));
    }
}

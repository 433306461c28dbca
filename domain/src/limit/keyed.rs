//! A bucket for each of many keys, in bounded memory.

use std::collections::BTreeMap;

use super::{Rate, TokenBucket};

/// Keys that are held: 20 000 × (8 B key + 16 B bucket), with the tree's own half a megabyte to one. A visitor who
/// opens a page has a full bucket again a second later, and is let go when places are needed: none but those who
/// send without pause, or a flood of 20 000 new keys a second, are ever let go too early.
pub const KEYS_MAX: usize = 20_000;

/// Keys that are let go at once when all places are taken: one pass over all of them for each 2 500 new ones.
const KEYS_DROPPED: usize = KEYS_MAX / 8;

/// Buckets by key. A key is a hash already: two meet by chance alone where it is keyed, and where it is not, who makes
/// two meet shares a bucket with themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyed {
    buckets: BTreeMap<u64, TokenBucket>,
}

impl Keyed {
    /// As [`TokenBucket::take`], from the bucket of `key`.
    ///
    /// # Errors
    /// As [`TokenBucket::take`].
    pub fn take(&mut self, key: u64, rate: Rate, count: u32, now_ms: u64) -> Result<(), u64> {
        if let Some(bucket) = self.buckets.get_mut(&key) {
            return bucket.take(rate, count, now_ms);
        }
        let mut bucket = TokenBucket::default();
        bucket.take(rate, count, now_ms)?;
        if self.buckets.len() >= KEYS_MAX {
            self.make_room(rate, now_ms);
        }
        self.buckets.insert(key, bucket);
        Ok(())
    }

    /// As [`TokenBucket::wait_ms`], of the bucket of `key`.
    pub fn wait_ms(&self, key: u64, rate: Rate, count: u32, now_ms: u64) -> u64 {
        self.buckets.get(&key).copied().unwrap_or_default().wait_ms(rate, count, now_ms)
    }

    /// Keys that are held; at most [`KEYS_MAX`].
    pub fn len(&self) -> usize {
        self.buckets.len()
    }

    /// Whether no key is held.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// Lets go of the buckets that are full again, which changes nothing; if those are few, also of the ones
    /// that were used longest ago.
    fn make_room(&mut self, rate: Rate, now_ms: u64) {
        self.buckets.retain(|_, bucket| !bucket.is_full(rate, now_ms));
        let room = KEYS_MAX.saturating_sub(self.buckets.len());
        let mut excess = KEYS_DROPPED.saturating_sub(room);
        if excess == 0 {
            return;
        }
        let mut times: Vec<u64> = self.buckets.values().map(TokenBucket::at_ms).collect();
        let (_, latest, _) = times.select_nth_unstable(excess - 1);
        let latest = *latest;
        // First those that are older, so that of the same age only as many go as have to.
        let before = self.buckets.len();
        self.buckets.retain(|_, bucket| bucket.at_ms() >= latest);
        excess -= before - self.buckets.len();
        self.buckets.retain(|_, bucket| {
            let goes = bucket.at_ms() == latest && excess > 0;
            excess -= usize::from(goes);
            !goes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 1, burst: 2 };

    #[test]
    fn keys_have_buckets_of_their_own() {
        let mut keyed = Keyed::default();
        assert_eq!(keyed.take(1, RATE, 2, 0), Ok(()));
        assert_eq!(keyed.take(1, RATE, 1, 0), Err(1_000));
        assert_eq!(keyed.take(2, RATE, 1, 0), Ok(()));
        assert_eq!(keyed.wait_ms(1, RATE, 2, 500), 1_500);
        assert_eq!(keyed.wait_ms(3, RATE, 2, 0), 0);
        assert_eq!(keyed.len(), 2);
    }

    #[test]
    fn full_buckets_are_let_go_first() {
        let mut keyed = Keyed::default();
        let keys = KEYS_MAX as u64;
        for key in 0..keys {
            // Every third takes all, and late.
            let (count, now_ms) = if key % 3 == 0 { (2, 5_000) } else { (1, 0) };
            assert_eq!(keyed.take(key, RATE, count, now_ms), Ok(()));
        }
        assert_eq!(keyed.take(keys, RATE, 1, 5_000), Ok(()));
        assert_eq!(keyed.len(), KEYS_MAX.div_ceil(3) + 1);
        assert!((0..keys).step_by(3).all(|key| keyed.wait_ms(key, RATE, 1, 5_000) > 0));
    }

    #[test]
    fn the_oldest_are_let_go_next() {
        let mut keyed = Keyed::default();
        let keys = KEYS_MAX as u64;
        for key in 0..3 * keys {
            assert_eq!(keyed.take(key, Rate { per_second: 0, burst: 1 }, 1, key / 100), Ok(()));
            assert!(keyed.len() <= KEYS_MAX);
        }
        let held = |key| keyed.wait_ms(key, Rate { per_second: 0, burst: 1 }, 1, keys) > 0;
        let kept = (KEYS_MAX - KEYS_DROPPED) as u64;
        assert!((3 * keys - kept..3 * keys).all(held));
        assert!(!(0..2 * keys).any(held));
    }

    #[test]
    fn of_the_same_age_only_as_many_go_as_have_to() {
        let mut keyed = Keyed::default();
        for key in 0..=KEYS_MAX as u64 {
            assert_eq!(keyed.take(key, RATE, 1, 0), Ok(()));
        }
        assert_eq!(keyed.len(), KEYS_MAX - KEYS_DROPPED + 1);
    }

    #[test]
    fn a_refusal_holds_no_key() {
        let mut keyed = Keyed::default();
        for key in 0..10 {
            let _ = keyed.take(key, Rate { per_second: 1, burst: 0 }, 1, 0);
        }
        let before = keyed.clone();
        assert_eq!(keyed.take(0, RATE, 2, 0), Ok(()));
        let after = keyed.clone();
        assert_ne!(before, after);
        assert_eq!(keyed.take(0, RATE, 2, 0), Err(2_000));
        assert_eq!(keyed, after);
    }
}

//! A token bucket: so many at once, so many a second, by a clock that is passed in.

/// How fast a bucket fills, and how much it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Tokens that come back each second; with none, what was taken stays away.
    pub per_second: u32,
    /// Tokens of a full bucket.
    pub burst: u32,
}

/// Parts of a token: as many come back in a millisecond as tokens in a second.
const PARTS: u64 = 1_000;

/// What was taken and has not come back yet. A new bucket is full, whatever its rate; a rate may change at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenBucket {
    /// In [`PARTS`] of a token, at `at_ms`.
    missing: u64,
    /// The latest time that the bucket was told; it never goes back.
    at_ms: u64,
}

impl TokenBucket {
    /// Takes `count` tokens, or none. More than `burst` count as `burst`, else they would never be there.
    ///
    /// # Errors
    /// Milliseconds until they are there; `u64::MAX` if they never are. The bucket is as before.
    pub fn take(&mut self, rate: Rate, count: u32, now_ms: u64) -> Result<(), u64> {
        match self.wait_ms(rate, count, now_ms) {
            0 => {
                self.missing = self.missing_at(rate, now_ms) + wanted(rate, count);
                self.at_ms = self.at_ms.max(now_ms);
                Ok(())
            }
            wait => Err(wait),
        }
    }

    /// Milliseconds until `count` tokens are there; 0 if they are.
    pub fn wait_ms(&self, rate: Rate, count: u32, now_ms: u64) -> u64 {
        let lacking = (self.missing_at(rate, now_ms) + wanted(rate, count)).saturating_sub(holds(rate));
        if lacking == 0 {
            return 0;
        }
        if rate.per_second == 0 {
            return u64::MAX;
        }
        // A clock that went back has to come to where it was first.
        let behind = self.at_ms.saturating_sub(now_ms);
        lacking.div_ceil(u64::from(rate.per_second)).saturating_add(behind)
    }

    /// Whether all has come back: the bucket is as good as new.
    pub fn is_full(&self, rate: Rate, now_ms: u64) -> bool {
        self.missing_at(rate, now_ms) == 0
    }

    /// The latest time that the bucket was told.
    pub fn at_ms(&self) -> u64 {
        self.at_ms
    }

    /// Parts that are missing at a time: at most the bucket's, for a rate may have been larger before.
    fn missing_at(&self, rate: Rate, now_ms: u64) -> u64 {
        let back = now_ms.saturating_sub(self.at_ms).saturating_mul(u64::from(rate.per_second));
        self.missing.saturating_sub(back).min(holds(rate))
    }
}

fn holds(rate: Rate) -> u64 {
    u64::from(rate.burst) * PARTS
}

fn wanted(rate: Rate, count: u32) -> u64 {
    u64::from(count.min(rate.burst)) * PARTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: Rate = Rate { per_second: 10, burst: 20 };

    #[test]
    fn a_bucket_gives_all_or_nothing() {
        let mut bucket = TokenBucket::default();
        let mut check = |count, now_ms, expect| {
            let before = bucket;
            assert_eq!(bucket.take(RATE, count, now_ms), expect, "{count} at {now_ms}");
            if expect.is_err() {
                assert_eq!(bucket, before, "{count} at {now_ms}");
            }
        };
        check(0, 0, Ok(()));
        check(15, 1_000, Ok(()));
        check(6, 1_000, Err(100));
        check(5, 1_000, Ok(()));
        check(0, 1_000, Ok(()));
        check(1, 1_000, Err(100));
        check(1, 1_099, Err(1));
        check(1, 1_100, Ok(()));
        check(20, 1_100, Err(2_000));
        // More than it holds: as much as it holds.
        check(u32::MAX, 3_099, Err(1));
        check(u32::MAX, 3_100, Ok(()));
        // The clock goes back: nothing comes, and the wait is until it has come again.
        check(1, 2_100, Err(1_100));
        check(1, 0, Err(3_200));
        check(1, 3_200, Ok(()));
        check(20, u64::MAX, Ok(()));
        check(1, 0, Err(u64::MAX));
    }

    #[test]
    fn a_rate_may_change() {
        let mut bucket = TokenBucket::default();
        assert_eq!(bucket.take(Rate { per_second: 1, burst: 1_000 }, 1_000, 0), Ok(()));
        assert_eq!(bucket.wait_ms(RATE, 1, 0), 100);
        assert_eq!(bucket.take(Rate { per_second: 0, burst: 20 }, 1, u64::MAX), Err(u64::MAX));
        assert_eq!(bucket.take(Rate { per_second: 0, burst: 0 }, 1, 0), Ok(()));
    }

    proptest! {
        #[test]
        fn never_more_than_the_rate_allows(
            rate in (0u32..2_000, 1u32..5_000).prop_map(|(per_second, burst)| Rate { per_second, burst }),
            takes in prop::collection::vec((0u32..6_000, -200i64..2_000), 1..100),
        ) {
            // The first take starts the clock; later ones move it, back at times.
            let (mut bucket, mut now_ms, mut given) = (TokenBucket::default(), 10_000u64, 0u64);
            let (start_ms, mut latest_ms) = (now_ms, now_ms);
            for (at, (count, step)) in takes.into_iter().enumerate() {
                if at > 0 {
                    now_ms = now_ms.saturating_add_signed(step);
                }
                latest_ms = now_ms.max(latest_ms);
                let before = bucket;
                match bucket.take(rate, count, now_ms) {
                    Ok(()) => given += u64::from(count.min(rate.burst)),
                    Err(wait) => {
                        prop_assert_eq!(bucket, before);
                        prop_assert!(wait > 0);
                        // Not a millisecond too long.
                        if let Some(then) = now_ms.checked_add(wait) {
                            prop_assert_eq!(bucket.wait_ms(rate, count, then), 0);
                            prop_assert!(bucket.wait_ms(rate, count, then - 1) > 0);
                        }
                    }
                }
                let allowed = u64::from(rate.burst) * 1_000 + (latest_ms - start_ms) * u64::from(rate.per_second);
                prop_assert!(given * 1_000 <= allowed, "{} given by {}", given, latest_ms);
            }
        }

        #[test]
        fn any_numbers_end_in_an_answer(per_second: u32, burst: u32, takes: Vec<(u32, u64)>) {
            let mut bucket = TokenBucket::default();
            for (count, now_ms) in takes {
                let _ = bucket.take(Rate { per_second, burst }, count, now_ms);
            }
        }
    }
}

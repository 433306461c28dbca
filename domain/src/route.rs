//! Which object of a site keeps an event: by who sent it, so that one object sees all of a visitor.

use std::hash::Hasher;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;
use wire::site::Settings;

use crate::visitor::Identity;
use crate::window::HOUR_MS;

/// How long a sender may repeat a batch, and so how long former routes matter: 48 h.
pub const REPEATED_WITHIN_MS: u64 = 48 * HOUR_MS;

/// A point on which a sender's route depends. It is compared and never kept, so its key need not be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point(u64);

impl Point {
    /// Where a visitor stands.
    pub fn of(identity: Identity<'_>) -> Self {
        match identity {
            Identity::Client(id) => Self::of_parts(&["client", id]),
            Identity::Network { address, user_agent } => Self::of_parts(&["network", address, user_agent]),
        }
    }

    fn of_parts(parts: &[&str]) -> Self {
        let mut hasher = SipHasher24::new();
        for part in parts {
            hasher.write(&(part.len() as u64).to_be_bytes());
            hasher.write(part.as_bytes());
        }
        Self(hasher.finish())
    }

    /// The object among `shards`: Lamping and Veach, *A Fast, Minimal Memory, Consistent Hash Algorithm* (2014). Of n
    /// objects made n + 1, only one visitor in n + 1 moves.
    pub fn shard(self, shards: u16) -> u16 {
        let (mut key, mut bucket, mut next) = (self.0, 0, 0);
        while next < i64::from(shards.max(1)) {
            bucket = next;
            key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
            next = ((bucket + 1) as f64 * ((1u64 << 31) as f64 / ((key >> 33) + 1) as f64)) as i64;
        }
        bucket as u16
    }
}

/// Numbers of objects under which a batch that arrives now may have been sent before, each once.
pub fn former_shards(settings: &Settings, now_ms: u64) -> Vec<u16> {
    let recent = settings.earlier_shards.iter().filter(|earlier| earlier.until_ms + REPEATED_WITHIN_MS > now_ms);
    let mut former: Vec<u16> = recent.map(|earlier| earlier.shards).filter(|n| *n != settings.shards).collect();
    former.sort_unstable();
    former.dedup();
    former
}

#[cfg(test)]
mod tests {
    use wire::site::EarlierShards;

    use super::*;

    fn points() -> impl Iterator<Item = Point> {
        (0..10_000).map(|n| Point::of(Identity::Client(&n.to_string())))
    }

    #[test]
    fn every_object_gets_its_share() {
        for shards in [1u16, 2, 3, 7, 64] {
            let mut counts = vec![0u32; usize::from(shards)];
            for point in points() {
                counts[usize::from(point.shard(shards))] += 1;
            }
            let fair = 10_000.0 / f64::from(shards);
            let slack = 5.0 * fair.sqrt();
            assert!(counts.iter().all(|count| (f64::from(*count) - fair).abs() < slack), "{shards}: {counts:?}");
        }
        assert!(points().all(|point| point.shard(0) == 0));
    }

    #[test]
    fn one_more_object_moves_its_share_and_no_other() {
        let moved = points().filter(|point| point.shard(4) != point.shard(5));
        let mut count = 0;
        for point in moved {
            assert_eq!(point.shard(5), 4, "who moves, moves to the new one");
            count += 1;
        }
        assert!((1_800..2_200).contains(&count), "{count}");
    }

    #[test]
    fn former_numbers_matter_for_two_days() {
        let earlier = |shards, until_ms| EarlierShards { shards, until_ms };
        let earlier_shards = vec![earlier(4, 900), earlier(2, 800), earlier(4, 700), earlier(3, 600), earlier(1, 0)];
        let settings = Settings { shards: 3, earlier_shards, ..Settings::default() };
        assert_eq!(former_shards(&settings, REPEATED_WITHIN_MS + 1), [2, 4]);
        assert_eq!(former_shards(&settings, REPEATED_WITHIN_MS + 850), [4]);
        assert!(former_shards(&settings, REPEATED_WITHIN_MS + 900).is_empty());
    }
}

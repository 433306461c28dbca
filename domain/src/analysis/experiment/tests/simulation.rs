//! Made-up experiments without any effect, looked at every day: how often each test says that there is one.

use crate::analysis::experiment::ALPHA;
use crate::analysis::experiment::effect::compare;
use crate::analysis::experiment::measure::Measure;
use crate::analysis::experiment::sequential::{self, PLANNED_USERS};

/// Splitmix64.
struct Random(u64);

impl Random {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

const EXPERIMENTS: usize = 1000;
const DAYS: usize = 28;
const USERS_A_DAY: usize = 150;

/// Of many experiments: how many the sequential test finds an effect in on any day, the plain one on any day, and the plain
/// one on the last.
fn found(seed: u64, mut measures: impl FnMut(&mut Random, &mut [(f64, f64, f64); 2]) -> [Measure; 2]) -> [f64; 3] {
    let mut random = Random(seed);
    let mut found = [0.0; 3];
    for _ in 0..EXPERIMENTS {
        let mut sums = [(0.0, 0.0, 0.0); 2];
        let mut is_found = [false; 3];
        for day in 0..DAYS {
            let [control, one] = measures(&mut random, &mut sums);
            let plain = compare(&control, &one).p_value < ALPHA;
            let always = sequential::compare(&control, &one, PLANNED_USERS).p_value < ALPHA;
            is_found = [is_found[0] | always, is_found[1] | plain, day == DAYS - 1 && plain];
        }
        found.iter_mut().zip(is_found).for_each(|(found, is)| *found += f64::from(u8::from(is)));
    }
    found.map(|found| found / EXPERIMENTS as f64)
}

fn check([always, peeked, once]: [f64; 3]) {
    // The standard deviation of a share of 0.05 of 1 000 is 0.007.
    assert!(always <= ALPHA, "the sequential test finds {always}");
    assert!(peeked > 2.5 * ALPHA, "peeking at the plain test finds {peeked}: nothing to guard against");
    assert!((once - ALPHA).abs() < 0.021, "the plain test finds {once} at the end");
}

#[test]
fn of_shares_the_sequential_test_holds_whenever_one_looks() {
    check(found(7, |random, sums| {
        sums.each_mut().map(|(users, some, _)| {
            (0..USERS_A_DAY).for_each(|_| *some += f64::from(u8::from(random.share() < 0.08)));
            *users += USERS_A_DAY as f64;
            Measure::Share { some: *some, of: *users }
        })
    }));
}

#[test]
fn of_means_the_sequential_test_holds_whenever_one_looks() {
    check(found(11, |random, sums| {
        sums.each_mut().map(|(users, sum, squares)| {
            for _ in 0..USERS_A_DAY {
                // Most pay nothing; who pays, pays a little or much.
                let paid = if random.share() < 0.2 { 5.0 - 30.0 * (1.0 - random.share()).ln() } else { 0.0 };
                *sum += paid;
                *squares += paid * paid;
            }
            *users += USERS_A_DAY as f64;
            Measure::of_sums(*users, *sum, *squares)
        })
    }));
}

#[test]
fn an_effect_that_is_there_is_found_at_last() {
    let [always, ..] = found(13, |random, sums| {
        let [(users, some, _), (others, more, _)] = sums;
        for _ in 0..USERS_A_DAY {
            *some += f64::from(u8::from(random.share() < 0.08));
            *more += f64::from(u8::from(random.share() < 0.12));
        }
        *users += USERS_A_DAY as f64;
        *others += USERS_A_DAY as f64;
        [Measure::Share { some: *some, of: *users }, Measure::Share { some: *more, of: *others }]
    });
    assert!(always > 0.95, "the sequential test finds {always}");
}

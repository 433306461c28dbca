//! What others have computed and printed.

use wire::analysis::Bounds;

use crate::analysis::experiment::effect::{compare, holm, welch_degrees};
use crate::analysis::experiment::measure::{Measure, normal_quantile, student_quantile};
use crate::analysis::experiment::{power, sequential, split};

fn near(found: f64, expect: f64, error: f64) {
    assert!((found - expect).abs() <= error, "{found}, not {expect}");
}

fn share(some: u32, of: u32) -> Measure {
    Measure::Share { some: f64::from(some), of: f64::from(of) }
}

fn bounds(found: Bounds, low: f64, high: f64) {
    near(found.low, low, 0.000_06);
    near(found.high, high, 0.000_06);
}

#[test]
fn quantiles_are_those_of_the_tables() {
    for (share, expect) in [(0.975, 1.959_964), (0.8, 0.841_621), (0.995, 2.575_829), (0.5, 0.0)] {
        near(normal_quantile(share), expect, 1e-6);
    }
    for (degrees, expect) in [(1.0, 12.706), (5.0, 2.571), (10.0, 2.228), (30.0, 2.042), (120.0, 1.980)] {
        near(student_quantile(0.975, degrees), expect, 0.0006);
    }
    for (chi_square, degrees, p_value) in [(3.841, 2, 0.05), (10.828, 2, 0.001), (9.210, 3, 0.01), (18.307, 11, 0.05)] {
        let came: Vec<f64> =
            (0..degrees).map(|at| if at == 0 { 100.0 + 10.0 * f64::sqrt(chi_square) } else { 0.0 }).collect();
        let expected: Vec<f64> = (0..degrees).map(|at| if at == 0 { 100.0 } else { 0.0 }).collect();
        let split = split::check(&came, &expected).unwrap_or_else(|| panic!("no test"));
        near(split.p_value, p_value, p_value * 0.003);
    }
}

#[test]
fn shares_have_wilsons_intervals() {
    // R. G. Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I, method 3.
    bounds(share(81, 263).interval(), 0.2553, 0.3662);
    bounds(share(15, 148).interval(), 0.0624, 0.1605);
    bounds(share(0, 20).interval(), 0.0, 0.1611);
    bounds(share(1, 29).interval(), 0.0061, 0.1718);
}

#[test]
fn differences_of_shares_have_newcombes_intervals() {
    // R. G. Newcombe, Interval estimation for the difference between independent proportions, 1998, table II, method 10.
    for ((one, control), (low, high)) in [
        (((56, 70), (48, 80)), (0.0524, 0.3339)),
        (((9, 10), (3, 10)), (0.1705, 0.8090)),
        (((10, 10), (0, 10)), (0.6075, 1.0)),
        (((0, 10), (0, 10)), (-0.2775, 0.2775)),
    ] {
        bounds(compare(&share(control.0, control.1), &share(one.0, one.1)).interval, low, high);
    }
}

#[test]
fn two_shares_are_tested_by_the_common_one() {
    // 200 of 1 000 beside 250 of 1 000: z = 0.05 / sqrt(0.225 · 0.775 · 2 / 1000) = 2.6773.
    let effect = compare(&share(200, 1000), &share(250, 1000));
    near(effect.p_value, 0.007_42, 0.000_02);
    near(effect.relative.unwrap_or_default(), 0.25, 1e-12);
    // sqrt(0.25 · 0.75 / 1000 + 1.25² · 0.2 · 0.8 / 1000) / 0.2 = 0.104 58, by 1.96.
    let relative = effect.relative_interval.unwrap_or_default();
    near(relative.low, 0.25 - 0.204_98, 0.000_02);
    near(relative.high, 0.25 + 0.204_98, 0.000_02);
}

#[test]
fn means_are_tested_as_welch_does() {
    // The three examples of "Welch's t-test" in the English Wikipedia: (n, mean, variance) of each, t, degrees, p.
    let mean = |(of, mean, variance)| Measure::Mean { of, mean, variance };
    for (one, other, statistic, degrees, p_value) in [
        ((15.0, 20.8, 7.9), (15.0, 23.0, 3.8), -2.46, 25.0, 0.021),
        ((10.0, 20.6, 9.0), (20.0, 22.1, 0.9), -1.57, 9.9, 0.149),
        ((10.0, 19.4, 1.4), (20.0, 21.6, 17.1), -2.22, 24.5, 0.036),
    ] {
        let (one, other) = (mean(one), mean(other));
        let effect = compare(&other, &one);
        let error = (one.variance_of_mean() + other.variance_of_mean()).sqrt();
        // They print means and variances to one digit.
        near(effect.difference / error, statistic, 0.05);
        near(welch_degrees(&other, &one), degrees, 0.5);
        near(effect.p_value, p_value, 0.006);
    }
}

#[test]
fn a_split_is_broken_where_chance_breaks_none() {
    // R. Kohavi, D. Tang, Y. Xu, Trustworthy online controlled experiments, 2020, chapter 3.
    let check = |came: &[f64], expected: &[f64]| split::check(came, expected).unwrap_or_else(|| panic!("no test"));
    let found = check(&[821_588.0, 815_482.0], &[818_535.0, 818_535.0]);
    near(found.p_value, 1.8e-6, 0.05e-6);
    assert!(found.is_broken);
    assert!(!check(&[5_050.0, 4_950.0], &[5_000.0, 5_000.0]).is_broken);
    assert_eq!(split::check(&[1.0], &[1.0]), None);
}

#[test]
fn sample_sizes_are_those_of_the_usual_calculators() {
    // E. Miller's calculator: 20 % and 5 points more take 1 030 each. It rounds.
    let needed = |share, effect| power::users_needed(&share, effect).unwrap_or_default() as f64;
    near(needed(share(200, 1000), 0.25), 1030.0, 1.0);
    // (1.959 96 · sqrt(2 · 0.05 · 0.95) + 0.841 62 · sqrt(0.05 · 0.95 + 0.06 · 0.94))² / 0.01² = 7 663.
    near(needed(share(50, 1000), 0.2), 7663.0, 1.0);
    // What so many people show is what so many people take.
    let control = share(206, 1030);
    near(power::power(&control, 1030.0, 0.25), 0.8, 0.0005);
    near(power::detectable(&control, 1030.0).unwrap_or_default(), 0.25, 0.0003);
    // Means: 2 (1.96 + 0.8416)² · 10² / 4² = 98.1.
    let mean = Measure::Mean { of: 99.0, mean: 40.0, variance: 100.0 };
    assert_eq!(power::users_needed(&mean, 0.1), Some(99));
    assert_eq!(power::users_needed(&share(0, 100), 0.1), None);
    assert_eq!(power::detectable(&share(0, 100), 100.0), None);
}

#[test]
fn holm_lets_each_comparison_be_one_of_all() {
    // 0.01, 0.04, 0.03, 0.005: by rank 4 · 0.005, 3 · 0.01, 2 · 0.03, and no less than the one before.
    let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
    for (found, expect) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
        near(*found, expect, 1e-12);
    }
    assert!(holm(&[]).is_empty());
}

#[test]
fn what_always_holds_is_the_papers_formula_turned_around() {
    let (control, one) = (share(200, 2000), share(260, 2000));
    let found = sequential::compare(&control, &one, 4000);
    // With r² = (5.991 46 + ln 6.991 46) / 4000: t r² = 7.936 2.
    let variance: f64 = 0.1 * 0.9 / 2000.0 + 0.13 * 0.87 / 2000.0;
    let half = (variance * 2.0 * 8.936_2 / 7.936_2 * (8.936_2_f64.sqrt() / 0.05).ln()).sqrt();
    near(found.interval.low, 0.03 - half, 1e-6);
    near(found.interval.high, 0.03 + half, 1e-6);
    let p_value = 8.936_2_f64.sqrt() * (-0.03 * 0.03 / variance * 7.936_2 / (2.0 * 8.936_2)).exp();
    near(found.p_value, p_value, 1e-5);
    // Zero lies at the border of the sequence of that very alpha.
    let border = (variance * 2.0 * 8.936_2 / 7.936_2 * (8.936_2_f64.sqrt() / p_value).ln()).sqrt();
    near(border, 0.03, 1e-6);
    // It is wider than what holds once.
    let once = compare(&control, &one).interval;
    assert!(found.interval.low < once.low && found.interval.high > once.high);
}

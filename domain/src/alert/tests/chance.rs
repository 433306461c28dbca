//! How often chance alone makes an alarm, and how soon what is no chance is found.

use wire::alert::{AlertDefinition, Condition, Interval, Judged, Sensitivity};
use wire::query::Metric;

use super::super::{Point, replay};
use super::made_up::{Chance, Site, position, series};

fn definition(metric: Metric, interval: Interval, condition: Condition) -> AlertDefinition {
    AlertDefinition { close_after: 2, ..AlertDefinition::new(metric, interval, condition) }
}

/// Alarms in 90 days behind six weeks that were usual, of one seed after the other.
fn alarms(site: Site, interval: Interval, condition: &Condition, sensitivity: Sensitivity, seeds: u64) -> usize {
    let definition = AlertDefinition { sensitivity, ..definition(Metric::Visits, interval, condition.clone()) };
    let of = |seed| {
        let points = site.days(seed, interval, 42 + 90);
        let from_ms = points[42 * if interval == Interval::Hour { 24 } else { 1 }].start_ms;
        replay(&definition, &series(&points), &site.zone(), from_ms).1.len()
    };
    (1..=seeds).map(of).sum()
}

#[test]
fn chance_is_seldom_an_alarm() {
    // From a site that nobody knows to one that everybody does; the last two wander like weather and come in clumps.
    let sites = [5.0, 50.0, 500.0, 5_000.0, 500_000.0].map(Site::of);
    let rough = Site { wanders: 0.3, ..Site::of(2_000.0) };
    let clumped = Site { clump: 6.0, ..Site::of(3_000.0) };
    for site in sites.into_iter().chain([rough, clumped]) {
        for condition in [Condition::Spike, Condition::Drop, Condition::NoData] {
            let found = alarms(site, Interval::Hour, &condition, Sensitivity::Medium, 2);
            assert!(found <= 1, "{found} false alarms in 2 × 90 days by the hour: {condition:?} of {site:?}");
            let found = alarms(site, Interval::Day, &condition, Sensitivity::Medium, 6);
            assert!(found <= 2, "{found} false alarms in 6 × 90 days by the day: {condition:?} of {site:?}");
        }
    }
}

/// Hours until something that begins at nine on the 63rd day is found, of each seed; 24 where it is not.
fn hours_to(site: Site, condition: Condition, change: impl Fn(f64, &mut Chance) -> f64) -> Vec<u64> {
    let definition = definition(Metric::Visits, Interval::Hour, condition);
    let zone = site.zone();
    let of = |seed: u64| {
        let mut points = site.days(seed, Interval::Hour, 64);
        let from = position(&points, &zone, 62, 9);
        let mut chance = Chance::new(seed ^ 77);
        points.iter_mut().skip(from).for_each(|point| point.value = change(point.value, &mut chance));
        let begins_ms = points[from].start_ms;
        let (_, incidents, _) = replay(&definition, &series(&points), &zone, begins_ms);
        incidents.first().map_or(24, |incident| (incident.opened_at_ms - begins_ms) / 3_600_000)
    };
    (1..=8).map(of).collect()
}

#[test]
fn what_is_no_chance_is_found_within_hours() {
    let check = |what: &str, hours: Vec<u64>, most: u64| {
        assert!(hours.iter().all(|hours| *hours <= most), "{what}: {hours:?} hours, of which {most} are allowed");
    };
    let times = |by: f64| move |value: f64, _: &mut Chance| (value * by).round();
    let thinned = |share: f64| move |value: f64, chance: &mut Chance| chance.count(value * share);
    check("six times of 2 000 visits a day", hours_to(Site::of(2_000.0), Condition::Spike, times(6.0)), 1);
    check("three times of 2 000", hours_to(Site::of(2_000.0), Condition::Spike, times(3.0)), 1);
    check("six times of 200", hours_to(Site::of(200.0), Condition::Spike, times(6.0)), 2);
    check("a third of 2 000", hours_to(Site::of(2_000.0), Condition::Drop, thinned(0.33)), 5);
    check("nothing of 2 000", hours_to(Site::of(2_000.0), Condition::NoData, times(0.0)), 1);
    check("nothing of 200", hours_to(Site::of(200.0), Condition::NoData, times(0.0)), 3);
    check("nothing of 50", hours_to(Site::of(50.0), Condition::NoData, times(0.0)), 11);
}

#[test]
fn a_conversion_drop_of_half_is_found_by_its_day_where_there_are_enough() {
    let condition = Condition::ConversionDrop { goal: None };
    let definition = AlertDefinition::new(Metric::ConversionRate, Interval::Day, condition);
    let site = Site { wanders: 0.08, ..Site::of(900.0) };
    let zone = site.zone();
    let (mut found, mut false_alarms) = (0, 0);
    for seed in 1..=10 {
        let mut chance = Chance::new(seed);
        let with = |at: usize, point: &Point, chance: &mut Chance| {
            let share = if at == 100 { 0.02 } else { 0.06 };
            Point { base: point.value, value: chance.count(point.value * share).min(point.value), ..*point }
        };
        let points = site.days(seed, Interval::Day, 132);
        let points: Vec<Point> = points.iter().enumerate().map(|(at, point)| with(at, point, &mut chance)).collect();
        let (judged, incidents, _) = replay(&definition, &series(&points), &zone, points[42].start_ms);
        assert!(judged.iter().all(|day| day.value.is_some_and(|percent| percent < 20.0) && day.low.is_some()));
        let is_it = |opened_ms: u64| opened_ms == points[100].end_ms;
        found += incidents.iter().filter(|incident| is_it(incident.opened_at_ms)).count();
        false_alarms += incidents.iter().filter(|incident| !is_it(incident.opened_at_ms)).count();
    }
    assert!((found, false_alarms) == (10, 0), "{found} of 10 found, {false_alarms} false alarms in 900 days");
}

#[test]
fn one_odd_week_does_not_move_what_is_expected() {
    let site = Site::of(2_000.0);
    let zone = site.zone();
    let mut points = site.days(5, Interval::Hour, 70);
    let odd = position(&points, &zone, 49, 9);
    for point in points.iter_mut().skip(odd).take(24) {
        point.value *= 6.0;
    }
    let definition = definition(Metric::Visits, Interval::Hour, Condition::Spike);
    let (judged, incidents, _) = replay(&definition, &series(&points), &zone, points[odd].start_ms);
    assert_eq!(incidents.len(), 1, "{incidents:?}");
    let sums = |of: fn(&Judged) -> Option<f64>| judged.iter().skip(7 * 24).take(24).filter_map(of).sum::<f64>();
    let (expected, usual) = (sums(|hour| hour.expected), sums(|hour| hour.value));
    assert!((expected / usual - 1.0).abs() < 0.2, "{expected} expected of {usual}, a week after six times as much");
}

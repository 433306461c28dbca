//! When an alert opens, ends and tells: laws over any sequence of buckets.

use proptest::prelude::*;
use wire::alert::{AlertDefinition, Condition, Interval, Judged, News, QuietHours, Standing, Status};
use wire::query::Metric;

use super::super::{due, step};
use crate::window::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::zone::Zone;

/// 2026-02-02T00:00:00Z, a Monday.
const DAY: u64 = 1_769_990_400_000;

fn definition(open_after: u32, close_after: u32) -> AlertDefinition {
    AlertDefinition {
        open_after,
        close_after,
        ..AlertDefinition::new(Metric::Visits, Interval::Hour, Condition::Above { value: 1.0 })
    }
}

fn bucket(at: usize, is_bad: Option<bool>) -> Judged {
    let start_ms = DAY + at as u64 * HOUR_MS;
    let (value, expected, low, high) = (Some(1.0), None, None, None);
    Judged { start_ms, end_ms: start_ms + HOUR_MS, value, expected, low, high, is_bad }
}

/// What is told, at the end of each bucket.
fn told(definition: &AlertDefinition, zone: &Zone, buckets: &str) -> String {
    let mut standing = Standing::default();
    let mut text = String::new();
    for (at, one) in buckets.chars().enumerate() {
        let is_bad = match one {
            'x' => Some(true),
            '.' => Some(false),
            _ => None,
        };
        let bucket = bucket(at, is_bad);
        standing = step(definition, standing, bucket);
        let news = due(definition, &standing, zone, bucket.end_ms);
        text.push(match news.map(|told| told.news) {
            Some(News::Opened) => 'O',
            Some(News::Still) => 'S',
            Some(News::Resolved) => 'R',
            _ => ' ',
        });
        standing = news.map_or(standing, |told| told.standing);
    }
    text
}

#[test]
fn it_opens_and_ends_after_so_many_in_a_row() {
    let check = |definition: AlertDefinition, buckets: &str, expect: &str| {
        assert_eq!(told(&definition, &Zone::default(), buckets), expect, "{buckets}");
    };
    check(definition(1, 1), ".x..x.", " OR OR");
    check(definition(2, 2), ".x.xx..x", "    O R ");
    check(definition(2, 2), "xx.x..", " O   R");
    // What cannot be told changes nothing.
    check(definition(2, 2), "x?x?.?.", "  O   R");
    let cooling = AlertDefinition { cooldown_minutes: 180, ..definition(1, 1) };
    check(cooling.clone(), "x.x.....x", "OR      O");
    // Still bad when the cool-down is over.
    check(cooling, "x.xxx.", "OR O R");
    let reminding = AlertDefinition { remind_minutes: Some(120), ..definition(1, 1) };
    check(reminding, "xxxxx.", "O S SR");
}

#[test]
fn quiet_hours_hold_back_what_still_holds_at_their_end() {
    let quiet = |from: &str, to: &str, weekends| AlertDefinition {
        quiet: Some(QuietHours { from: from.to_owned(), to: to.to_owned(), weekends }),
        ..definition(1, 1)
    };
    // Buckets end at one o'clock, two o'clock and so on.
    let utc = Zone::default();
    assert_eq!(told(&quiet("02:00", "04:00", false), &utc, "xxxx"), "O   ");
    assert_eq!(told(&quiet("00:30", "04:00", false), &utc, "xxxx"), "   O");
    assert_eq!(told(&quiet("00:30", "04:00", false), &utc, "x..."), "    ");
    assert_eq!(told(&quiet("01:30", "04:00", false), &utc, "x..."), "O  R");
    // Over midnight.
    assert_eq!(told(&quiet("23:00", "03:00", false), &utc, "xxxx"), "  O ");
    // By the clock of the site: one o'clock UTC is evening in New York.
    let new_york = Zone::named("America/New_York").unwrap_or_default();
    assert_eq!(told(&quiet("22:00", "07:00", false), &new_york, "xxxx"), "O   ");
    // The Monday begins there five hours later.
    assert_eq!(told(&quiet("12:00", "12:01", true), &new_york, "xxxxxx"), "    O ");
}

#[test]
fn a_bucket_counts_once() {
    let standing = step(&definition(2, 1), Standing::default(), bucket(0, Some(true)));
    assert_eq!(step(&definition(2, 1), standing, bucket(0, Some(true))), standing);
    assert_eq!((standing.status, standing.bad), (Status::Ok, 1));
}

proptest! {
    #[test]
    fn told_open_and_told_over_take_turns(
        buckets in prop::collection::vec(prop::option::weighted(0.9, any::<bool>()), 0..200),
        open_after in 1u32..5, close_after in 1u32..5, cooldown_minutes in 0u32..600,
        remind in prop::option::of(60u32..600), is_quiet in any::<bool>(),
    ) {
        let definition = AlertDefinition {
            cooldown_minutes,
            remind_minutes: remind,
            quiet: is_quiet.then(|| QuietHours { from: "22:00".to_owned(), to: "06:30".to_owned(), weekends: false }),
            ..definition(open_after, close_after)
        };
        let zone = Zone::default();
        let mut standing = Standing::default();
        let mut last: Option<News> = None;
        let mut last_opened_ms = None;
        for (at, is_bad) in buckets.iter().enumerate() {
            let one = bucket(at, *is_bad);
            standing = step(&definition, standing, one);
            prop_assert_eq!(step(&definition, standing, one), standing);
            let in_a_row = buckets[..=at].iter().rev().flatten().take_while(|is_bad| **is_bad).count();
            if standing.status == Status::Firing && in_a_row == 0 {
                prop_assert!(standing.good < close_after);
            }
            if in_a_row >= open_after as usize && is_bad.is_some() {
                prop_assert_eq!(standing.status, Status::Firing);
            }
            // Asked as often as one likes, it says each thing once.
            for later_ms in [0, 30 * MINUTE_MS] {
                let now_ms = one.end_ms + later_ms;
                let Some(told) = due(&definition, &standing, &zone, now_ms) else { continue };
                let hour = (now_ms % DAY_MS) / MINUTE_MS;
                prop_assert!(!is_quiet || (390..22 * 60).contains(&hour), "told at minute {}", hour);
                match told.news {
                    News::Opened => {
                        prop_assert!(matches!(last, None | Some(News::Resolved)));
                        let waited_ms = last_opened_ms.map_or(u64::MAX, |opened_ms| now_ms - opened_ms);
                        prop_assert!(waited_ms >= u64::from(cooldown_minutes) * MINUTE_MS);
                        last_opened_ms = Some(now_ms);
                    }
                    News::Still => prop_assert!(matches!(last, Some(News::Opened | News::Still)) && remind.is_some()),
                    News::Resolved => prop_assert!(matches!(last, Some(News::Opened | News::Still))),
                    News::Test => prop_assert!(false),
                }
                last = Some(told.news);
                standing = told.standing;
                prop_assert_eq!(due(&definition, &standing, &zone, now_ms), None);
            }
        }
    }
}

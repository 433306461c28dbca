//! The fold against sets of dates, for each bucket and each day apart.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use proptest::prelude::*;

use super::*;

/// The bucket of a date, by its first day.
fn bucket(date: Date, interval: &str) -> Date {
    match interval {
        "week" => (0..7).map(|back| date.saturating_sub(back.days())).find(|day| day.weekday() == Weekday::Monday),
        "month" => Some(date.first_of_month()),
        _ => Some(date),
    }
    .unwrap_or_else(|| panic!("no Monday"))
}

/// How many are there within some days that end with a date.
fn within(people: &[BTreeSet<Date>], date: Date, days: i64) -> u64 {
    let first = date.saturating_sub((days - 1).days());
    people.iter().filter(|dates| dates.range(first..=date).next().is_some()).count() as u64
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_fold_counts_what_sets_of_dates_tell(
        units in prop::collection::vec(
            (prop::collection::vec(0u64..130 * 24, 0..4), prop::collection::vec(85u64 * 24..130 * 24, 0..14), 0u32..3),
            0..14,
        ),
        interval in prop::sample::select(vec!["day", "week", "month"]),
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata"]),
        days in 1i64..20,
        parts in 1usize..4,
    ) {
        let first = DAY - 100 * DAY_MS;
        let range = jiff::civil::date(2026, 3, 20);
        let change = json!({
            "interval": interval, "time_zone": zone, "breakdown_by": "country",
            "date_range": {"start": range.to_string(), "end": range.saturating_add((days - 1).days()).to_string()},
        });
        let asked = Asked { first_ms: first, ..YOUNG };
        let plan = planned(change, &asked).unwrap_or_else(|e| panic!("{e}"));
        let (mut tallies, mut people) = (vec![LifecycleTally::default(); parts], Vec::new());
        for (at, (long_ago, lately, group)) in units.iter().enumerate() {
            let mut times: Vec<u64> = long_ago.iter().chain(lately).map(|hour| first + hour * HOUR_MS).collect();
            times.sort_unstable();
            let moment = |at_ms: &u64| Moment { at_ms: *at_ms, matches: ACTIVE, group: *group, ..Moment::default() };
            // What is not active in between makes no difference.
            let idle = |at_ms: &u64| Moment { at_ms: *at_ms, group: 7, ..Moment::default() };
            let mut moments: Vec<Moment> = times.iter().flat_map(|at_ms| [idle(at_ms), moment(at_ms)]).collect();
            moments.retain(|moment| plan.ask.span.contains(&moment.at_ms));
            if let Some(tally) = tallies.get_mut(at % parts) {
                plan.fold.unit(&mut moments, tally);
            }
            people.push((*group, times.iter().map(|at_ms| plan.zone.date_of(*at_ms)).collect::<BTreeSet<Date>>()));
        }
        let mut tally = LifecycleTally::default();
        tallies.into_iter().for_each(|other| plan.fold.add(&mut tally, other));
        let names = Names { groups: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()], ..Names::default() };
        let told = answer(&plan, &tally, &names);

        let expected = |people: &[BTreeSet<Date>], start: Date| {
            let (mut lives, mut active) = ([0_u64; 4], 0);
            let before = bucket(start.saturating_sub(1.day()), interval);
            for dates in people {
                let buckets: BTreeSet<Date> = dates.iter().map(|date| bucket(*date, interval)).collect();
                let (is, was) = (buckets.contains(&start), buckets.contains(&before));
                let ever = buckets.range(..start).next().is_some();
                active += u64::from(is);
                for (count, holds) in lives.iter_mut().zip([is && !ever, is && was, is && ever && !was, !is && was]) {
                    *count += u64::from(holds);
                }
            }
            (active, lives)
        };
        let all: Vec<BTreeSet<Date>> = people.iter().map(|(_, dates)| dates.clone()).collect();
        let mut groups = vec![(String::new(), told.buckets.clone(), all.clone())];
        for group in &told.groups {
            let number = names.groups.iter().position(|name| *name == group.value).unwrap_or_default() as u32;
            let of = people.iter().filter(|(one, _)| *one == number).map(|(_, dates)| dates.clone());
            groups.push((group.value.clone(), group.buckets.clone(), of.collect()));
        }
        for (value, buckets, people) in groups {
            for one in buckets {
                let start: Date = one.start.parse().unwrap_or_else(|e| panic!("{e}"));
                let (active, expect) = expected(&people, start);
                let lives = one.lives.unwrap_or_default();
                let found = [lives.new, lives.returning, lives.resurrected, lives.dormant];
                prop_assert_eq!((one.active, found), (active, expect), "{} {}", value, start);
                prop_assert_eq!(lives.net, (expect[0] + expect[2]) as i64 - expect[3] as i64);
            }
        }
        prop_assert_eq!(told.stickiness.len() as i64, days);
        for day in &told.stickiness {
            let date: Date = day.date.parse().unwrap_or_else(|e| panic!("{e}"));
            prop_assert_eq!(day.dau, within(&all, date, 1), "{}", date);
            prop_assert_eq!(day.wau, Some(within(&all, date, 7)), "{}", date);
            prop_assert_eq!(day.mau, Some(within(&all, date, 28)), "{}", date);
        }
    }
}

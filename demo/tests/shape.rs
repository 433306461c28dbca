//! What the made-up months look like: they breathe by hour and weekday, and what is planted is there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use demo::incident::{self, Kind};
use demo::visit::Happening;
use demo::{Plan, Stream, blog, saas};
use domain::zone::Zone;
use jiff::civil::{Date, date};

/// A quarter of the usual traffic: enough to tell shapes from chance.
static PLAN: LazyLock<Plan> = LazyLock::new(|| Plan::until(7, date(2026, 11, 22), 90, 25).unwrap());

/// All happenings of both sites within the plan, by site.
static TOLD: LazyLock<BTreeMap<&str, Vec<Happening>>> = LazyLock::new(|| {
    let told = |mut stream: Stream| {
        let zone = Zone::named(stream.facts().time_zone).unwrap();
        let end_ms = PLAN.day(PLAN.days, &zone).unwrap().hours[0].0;
        (stream.facts().tracking_id, std::iter::from_fn(|| stream.next_before(end_ms)).collect())
    };
    Stream::all(*PLAN).into_iter().map(told).collect()
});

fn zone(site: &str) -> Zone {
    Zone::named(if site == blog::SITE { blog::FACTS.time_zone } else { saas::FACTS.time_zone }).unwrap()
}

/// How many events of a type there are on each date, or all for `*`.
fn by_date(site: &str, event_type: &str) -> BTreeMap<Date, f64> {
    let zone = zone(site);
    let mut dates = BTreeMap::new();
    for one in &TOLD[site] {
        if event_type == "*" || one.event.event_type.as_deref() == Some(event_type) {
            *dates.entry(zone.date_of(one.at_ms)).or_default() += 1.0;
        }
    }
    dates
}

fn planted(kind: Kind) -> incident::Incident {
    incident::all(&PLAN).into_iter().find(|planted| planted.kind == kind).unwrap()
}

/// The mean of the same weekday in the two weeks before and after.
fn usual(dates: &BTreeMap<Date, f64>, of: Date) -> f64 {
    let around = [-14, -7, 7, 14].map(|days| of.checked_add(jiff::Span::new().days(days)).unwrap());
    around.iter().map(|date| dates[date]).sum::<f64>() / 4.0
}

#[test]
fn every_day_has_events_in_order_and_traffic_grows() {
    for site in [blog::SITE, saas::SITE] {
        let told = &TOLD[site];
        assert!(told.windows(2).all(|two| two[0].at_ms < two[1].at_ms));
        let names: std::collections::BTreeSet<_> = told.iter().map(|one| one.name).collect();
        assert_eq!(names.len(), told.len(), "no two events have the same name");
        let dates = by_date(site, "pageview");
        assert_eq!(dates.len(), 90);
        let weeks = |from: usize| dates.values().skip(from).take(21).sum::<f64>();
        let growth = weeks(68) / weeks(1);
        assert!((1.08..1.5).contains(&growth), "{site} grows by {growth}");
    }
}

#[test]
fn weeks_and_hours_are_told_in_the_sites_zone() {
    let share = |site: &str, is_in: &dyn Fn(i8, i8) -> bool| {
        let zone = zone(site);
        let told = &TOLD[site];
        let is_in = |one: &&Happening| {
            let local = zone.local(one.at_ms);
            is_in(local.date().weekday().to_monday_zero_offset(), local.hour())
        };
        told.iter().filter(is_in).count() as f64 / told.len() as f64
    };
    let check = |what: &str, share: f64, expect: std::ops::Range<f64>| {
        assert!(expect.contains(&share), "{what}: {share}, not in {expect:?}");
    };
    check("the product at the weekend", share(saas::SITE, &|day, _| day > 4), 0.08..0.16);
    check("the blog at the weekend", share(blog::SITE, &|day, _| day > 4), 0.18..0.27);
    check("the blog on Thursdays, when its letter comes", share(blog::SITE, &|day, _| day == 3), 0.155..0.21);
    check("the product from nine to five", share(saas::SITE, &|_, hour| (9..17).contains(&hour)), 0.45..0.62);
    check("the blog in the evening", share(blog::SITE, &|_, hour| (19..23).contains(&hour)), 0.2..0.33);
    check("the blog at night", share(blog::SITE, &|_, hour| (2..6).contains(&hour)), 0.005..0.04);
}

#[test]
fn the_spike_is_six_times_the_usual_and_comes_from_one_source() {
    let spike = planted(Kind::Spike);
    let zone = zone(spike.site);
    let mut landings = BTreeMap::new();
    let mut from_front_page = 0.0;
    for one in TOLD[spike.site].iter().filter(|one| one.name.1 == 0) {
        let date = zone.date_of(one.at_ms);
        *landings.entry(date).or_default() += 1.0;
        let referrer = one.event.page.as_ref().and_then(|page| page.referrer.as_deref());
        if date == spike.date && referrer == Some("https://news.ycombinator.com/") {
            from_front_page += 1.0;
        }
    }
    let times = landings[&spike.date] / usual(&landings, spike.date);
    assert!((5.4..6.8).contains(&times), "{times}");
    let share = from_front_page / landings[&spike.date];
    assert!((0.78..0.9).contains(&share), "{share}");
}

#[test]
fn nothing_comes_during_the_outage() {
    let outage = planted(Kind::Outage);
    let zone = zone(outage.site);
    let mut hours = [0; 24];
    for one in &TOLD[outage.site] {
        let local = zone.local(one.at_ms);
        if local.date() == outage.date {
            hours[usize::from(local.hour().unsigned_abs())] += 1;
        }
    }
    let (out, back) = (incident::OUTAGE_HOURS, incident::OUTAGE_HOURS.end);
    assert!(hours[out.clone()].iter().all(|events| *events == 0), "{hours:?}");
    assert!(hours[out.start - 1] > 40 && hours[back] > 40, "{hours:?}");
}

#[test]
fn conversions_fall_to_a_third_while_visits_do_not() {
    // A tenth of a day's sign-ups is chance: many seeds, at full size.
    let (mut sign_ups, mut usual_sign_ups, mut landings, mut usual_landings) = (0.0, 0.0, 0.0, 0.0);
    for seed in 1..=3 {
        let plan = Plan { seed, percent: 100, ..*PLAN };
        let drop = incident::all(&plan).into_iter().find(|planted| planted.kind == Kind::ConversionDrop).unwrap();
        let [_, mut stream] = Stream::all(plan);
        let zone = zone(drop.site);
        let end_ms = plan.day(plan.days, &zone).unwrap().end_ms;
        while let Some(one) = stream.next_before(end_ms) {
            let days = (zone.date_of(one.at_ms) - drop.date).get_days();
            let is_signup = one.event.event_type.as_deref() == Some("signup");
            let is_landing = one.name.1 == 0 && one.name.0 >> 63 == 0;
            match days {
                0 if is_signup => sign_ups += 1.0,
                0 if is_landing => landings += 1.0,
                -14 | -7 | 7 | 14 if is_signup => usual_sign_ups += 0.25,
                -14 | -7 | 7 | 14 if is_landing => usual_landings += 0.25,
                _ => {}
            }
        }
    }
    let (times, visits) = (sign_ups / usual_sign_ups, landings / usual_landings);
    assert!((0.22..0.46).contains(&times), "{sign_ups} sign-ups, usually {usual_sign_ups}");
    assert!((0.93..1.07).contains(&visits), "{landings} visits, usually {usual_landings}");
}

#[test]
fn the_funnel_narrows_step_by_step() {
    let count = |event_type: &str| by_date(saas::SITE, event_type).values().sum::<f64>();
    let steps = ["pageview", "experiment", "signup", "activate", "purchase"].map(count);
    assert!(steps.is_sorted_by(|earlier, later| *earlier > 1.2 * later), "{steps:?}");
    let converted = steps[2] / steps[1];
    assert!((0.09..0.19).contains(&converted), "{converted} of those who see prices sign up");
}

#[test]
fn fewer_of_a_week_s_new_users_come_back_each_week() {
    let mut joined: BTreeMap<u64, u64> = BTreeMap::new();
    let mut weeks: Vec<std::collections::BTreeSet<u64>> = vec![std::collections::BTreeSet::new(); 8];
    const WEEK_MS: u64 = 7 * 86_400_000;
    let last_ms = TOLD[saas::SITE].last().unwrap().at_ms;
    for one in &TOLD[saas::SITE] {
        let who = one.person.number;
        if one.event.event_type.as_deref() == Some("signup") {
            joined.insert(who, one.at_ms);
        }
        let Some(joined_ms) = joined.get(&who).filter(|joined_ms| **joined_ms + 8 * WEEK_MS < last_ms) else {
            continue;
        };
        if let Some(week) = weeks.get_mut(((one.at_ms - joined_ms) / WEEK_MS) as usize) {
            week.insert(who);
        }
    }
    let shares: Vec<usize> = weeks.iter().map(|week| week.len() * 100 / weeks[0].len()).collect();
    assert!(shares[1] >= 40 && shares[7] * 2 < 2 * shares[1] && shares[7] > 15 && shares[2] >= shares[5], "{shares:?}");
}

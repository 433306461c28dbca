use std::collections::{BTreeMap, BTreeSet};

use wire::query::{Cell, Compared, Instants, Row};

use super::words::{Figure, digest};
use super::*;
use crate::query::{Told, plan};

fn ms(text: &str) -> u64 {
    let at: jiff::Timestamp = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
    u64::try_from(at.as_millisecond()).unwrap_or_default()
}

fn days_of(rhythm: Rhythm, zone: &str, now: &str) -> String {
    let zone = Zone::named(zone).unwrap_or_default();
    let edition = Edition::latest(rhythm, &zone, ms(now));
    edition.map(|one| format!("{} {} {}", one.before, one.first, one.key())).unwrap_or_default()
}

#[test]
fn an_edition_is_sent_from_six_on_of_the_day_after_its_last() {
    use Rhythm::{Monthly, Weekly};
    let check = |rhythm, zone, now, expect| assert_eq!(days_of(rhythm, zone, now), expect, "{rhythm:?} {zone} {now}");
    // 2026-11-23 is a Monday.
    check(Weekly, "UTC", "2026-11-23T05:59:59.999Z", "2026-11-02 2026-11-09 2026-11-16");
    check(Weekly, "UTC", "2026-11-23T06:00:00Z", "2026-11-09 2026-11-16 2026-11-23");
    check(Weekly, "UTC", "2026-11-30T05:00:00Z", "2026-11-09 2026-11-16 2026-11-23");
    check(Weekly, "Asia/Tokyo", "2026-11-22T21:00:00Z", "2026-11-09 2026-11-16 2026-11-23");
    check(Weekly, "America/Los_Angeles", "2026-11-23T13:59:59Z", "2026-11-02 2026-11-09 2026-11-16");
    check(Weekly, "Asia/Kathmandu", "2026-11-23T00:15:00Z", "2026-11-09 2026-11-16 2026-11-23");
    check(Monthly, "UTC", "2026-12-01T05:59:59Z", "2026-09-01 2026-10-01 2026-11-01");
    check(Monthly, "UTC", "2026-12-01T06:00:00Z", "2026-10-01 2026-11-01 2026-12-01");
    check(Monthly, "UTC", "2027-01-31T12:00:00Z", "2026-11-01 2026-12-01 2027-01-01");
    check(Monthly, "Pacific/Kiritimati", "2026-02-28T16:00:00Z", "2026-01-01 2026-02-01 2026-03-01");
    // The night in which clocks go back has 01:30 twice, and is over by six.
    check(Weekly, "America/New_York", "2026-11-02T11:00:00Z", "2026-10-19 2026-10-26 2026-11-02");
    // Before there was anything.
    check(Weekly, "UTC", "1970-01-06T12:00:00Z", "");
}

#[test]
fn editions_follow_each_other_without_gap_whatever_the_zone() {
    for zone in ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata"]
    {
        let zone = Zone::named(zone).unwrap_or_default();
        for rhythm in Rhythm::ALL {
            let (from, to) = (ms("2026-01-01T00:00:00Z"), ms("2027-03-01T00:00:00Z"));
            let mut last: Option<Edition> = None;
            for now in (from..to).step_by(30 * 60 * 1000) {
                let edition = Edition::latest(rhythm, &zone, now).unwrap_or_else(|| panic!("no edition"));
                if let Some(before) = last.filter(|before| *before != edition) {
                    assert_eq!((before.after, before.first), (edition.first, edition.before));
                    assert!(before.key() < edition.key());
                    let sent = zone.local(now);
                    assert_eq!((sent.date(), sent.hour()), (edition.after, SENT_FROM_HOUR));
                }
                last = Some(edition);
            }
        }
    }
}

#[test]
fn its_questions_can_be_answered() {
    let settings = wire::site::Settings { site: "shop".to_owned(), ..wire::site::Settings::default() };
    let now_ms = ms("2026-12-01T06:00:00Z");
    let around = crate::query::Circumstances {
        now_ms,
        horizon: crate::rollup::Horizon::at(now_ms, 800),
        events_from_ms: None,
        first_ms: None,
    };
    for rhythm in Rhythm::ALL {
        let edition = Edition::latest(rhythm, &Zone::default(), now_ms).unwrap_or_else(|| panic!("no edition"));
        for part in Part::ALL {
            // From rollups alone: without single events there is a digest all the same.
            let planned = plan(&edition.query("shop", part), &settings, &around);
            assert!(planned.is_ok(), "{part:?}: {:?}", planned.err());
        }
    }
}

fn row(cells: &[(&str, Cell)]) -> Row {
    cells.iter().map(|(name, cell)| ((*name).to_owned(), cell.clone())).collect()
}

fn told(now: Vec<Row>, then: Vec<Option<Row>>) -> Told {
    let span = Instants { start: String::new(), end: String::new() };
    Told {
        total_rows: now.len(),
        rows: now,
        totals: None,
        comparison: Some(Compared { date_range: span, rows: then, totals: None }),
        rows_read: 0,
        sampled: None,
        visitors_error: 0.0,
        currencies: BTreeSet::new(),
    }
}

fn figures(visitors: u64, views: u64, bounce: f64, seconds: f64) -> Row {
    row(&[
        ("unique_users", Cell::Count(visitors)),
        ("visits", Cell::Count(visitors * 2)),
        ("pageviews", Cell::Count(views)),
        ("views_per_visit", Cell::Number(2.449)),
        ("bounce_rate", Cell::Number(bounce)),
        ("visit_duration", Cell::Number(seconds)),
    ])
}

fn edition(rhythm: Rhythm, now: &str) -> Edition {
    Edition::latest(rhythm, &Zone::default(), ms(now)).unwrap_or_else(|| panic!("no edition"))
}

fn lines(figures: &[Figure]) -> Vec<String> {
    figures.iter().map(|one| format!("{}|{}|{}", one.label, one.value, one.change)).collect()
}

#[test]
fn figures_are_told_with_unit_and_change() {
    let week = edition(Rhythm::Weekly, "2026-11-23T06:00:00Z");
    let numbers =
        told(vec![figures(12_345, 1_234_567, 41.26, 125.4)], vec![Some(figures(11_000, 1_234_568, 44.0, 59.6))]);
    let paid = |euros: f64, dollars: f64| {
        row(&[("revenue", Cell::Money(BTreeMap::from([("EUR".to_owned(), euros), ("USD".to_owned(), dollars)])))])
    };
    let money = told(vec![paid(1_234.5, 0.0)], vec![Some(paid(2_469.0, 1.0))]);
    let page = |path: &str, count| row(&[("page", Cell::Text(path.to_owned())), ("unique_users", Cell::Count(count))]);
    let long = format!("/{}", "é".repeat(100));
    let pages = told(vec![page("/", 900), page(&long, 20), page("/none", 0)], vec![Some(page("/", 1_000)), None, None]);
    let source =
        |name: &str, count| row(&[("source", Cell::Text(name.to_owned())), ("unique_users", Cell::Count(count))]);
    let sources = told(vec![source("", 5)], vec![Some(source("", 5))]);
    let answers = [(Part::Figures, &numbers), (Part::Money, &money), (Part::Pages, &pages), (Part::Sources, &sources)];
    let found = digest(&week, "Shop", &answers, false);
    assert_eq!(found.subject, "Shop: 12,345 visitors (+12%), 16–22 November 2026");
    assert_eq!((found.against, found.note), ("the week before", None));
    let expect = [
        "Visitors|12,345|+12%",
        "Visits|24,690|+12%",
        "Page views|1,234,567|no change",
        "Page views a visit|2.4|no change",
        "Bounce rate|41.3%|−2.7 points",
        "Time a visit|2 min 05 s|+110%",
        "Revenue|1,234.50 EUR|−50%",
    ];
    assert_eq!(lines(&found.figures), expect);
    let titles: Vec<&str> = found.lists.iter().map(|list| list.title).collect();
    assert_eq!(titles, ["Pages", "Sources"]);
    let cut = format!("/{}…|20|none before", "é".repeat(29));
    assert_eq!(found.lists.first().map(|list| lines(&list.rows)), Some(vec!["/|900|−10%".to_owned(), cut]));
    assert_eq!(found.lists.get(1).map(|list| lines(&list.rows)), Some(vec!["Direct|5|no change".to_owned()]));
    assert!(digest(&week, "Shop", &answers, true).note.is_some_and(|note| note.contains("day only")));
}

#[test]
fn nothing_is_told_as_nothing() {
    let month = edition(Rhythm::Monthly, "2027-01-05T00:00:00Z");
    let numbers = told(vec![figures(0, 0, 0.0, 0.0)], vec![Some(figures(0, 0, 0.0, 0.0))]);
    let found = digest(&month, "Shop", &[(Part::Figures, &numbers)], true);
    assert_eq!(found.subject, "Shop: 0 visitors, December 2026");
    assert!(found.note.is_some_and(|note| note.starts_with("Nothing was counted")));
    assert!(found.lists.is_empty());
    assert_eq!(lines(&found.figures), ["Visitors|0|", "Visits|0|", "Page views|0|"]);
    let one = told(vec![figures(1, 1, 100.0, 0.0)], vec![None]);
    let found = digest(&month, "Shop", &[(Part::Figures, &one)], false);
    assert_eq!(found.subject, "Shop: 1 visitor (none before), December 2026");
    let of = |now: &str| digest(&edition(Rhythm::Weekly, now), "Shop", &[], false).subject;
    assert_eq!(of("2026-11-02T06:00:00Z"), "Shop, 26 October – 1 November 2026");
    assert_eq!(of("2027-01-04T06:00:00Z"), "Shop, 28 December 2026 – 3 January 2027");
}

use proptest::prelude::*;
use wire::site::Goal;

use super::*;
use crate::rollup::{Rollup, VisitSums, fold, tests::event};

const NOON_MS: u64 = 1_770_033_600_000;

fn settings() -> Settings {
    let goal = Goal { name: "buy".to_owned(), event_type: "purchase".to_owned(), path: None };
    Settings { goals: vec![goal], ..Settings::default() }
}

/// An event of session `who`, `minutes` after noon.
fn at(number: u64, who: u8, minutes: u64, path: &str) -> RawEvent {
    let id = Some(Id128([who; 16]));
    RawEvent { at_ms: NOON_MS + minutes * MINUTE_MS, session: id, visitor: id, ..event(number, path) }
}

type Sums = BTreeMap<(u64, RollupDimension, String), VisitSums>;

/// Sums of visits after all parts, each followed and folded by itself.
fn sums(parts: &[Vec<RawEvent>]) -> Sums {
    let (mut known, mut caps, settings) = (Known::new(), Caps::default(), settings());
    let mut all: BTreeMap<_, Rollup> = BTreeMap::new();
    for part in parts {
        let mut part = part.clone();
        let changes = follow(&mut part, &mut known, &settings, &mut caps);
        for row in fold(&part, &changes, &settings, &mut caps) {
            let rollup = Rollup::of_row(&row).unwrap_or_default();
            all.entry((row.start_ms, row.dimension, row.value)).or_default().merge(&rollup);
        }
    }
    let sums = all.into_iter().map(|(key, rollup)| (key, rollup.visits));
    sums.filter(|(_, sums)| *sums != VisitSums::default()).collect()
}

/// The same by definition: sort each session's events, cut at pauses, add up.
fn by_definition(events: &[RawEvent]) -> Sums {
    let mut sessions: BTreeMap<Id128, Vec<&RawEvent>> = BTreeMap::new();
    for event in events {
        sessions.entry(event.session.unwrap_or_default()).or_default().push(event);
    }
    let mut all = Sums::new();
    for mut of_session in sessions.into_values() {
        of_session.sort_by_key(|event| (event.at_ms, event.id));
        for visit in of_session.chunk_by(|a, b| b.at_ms - a.at_ms <= PAUSE_MAX_MS) {
            let (Some(first), Some(last)) = (visit.first(), visit.last()) else { continue };
            let pages: Vec<_> = visit.iter().filter(|event| event.event_type == PAGEVIEW).collect();
            let converted = visit.iter().any(|event| event.event_type == "purchase");
            let length_ms = last.at_ms - first.at_ms;
            let sums = VisitSums {
                visits: 1,
                bounces: i64::from(pages.len() == 1),
                visit_ms: length_ms as i64,
                engaged_ms: visit.iter().map(|event| event.engaged_ms as i64).sum(),
                converted: i64::from(converted),
                quality: (length_ms / 20_000).min(30) as i64
                    + (10 * pages.len() as i64).min(40)
                    + 30 * i64::from(converted),
            };
            let minute = Granularity::Minute.start_of(first.at_ms);
            let mut add = |dimension, value: &str| {
                all.entry((minute, dimension, value.to_owned())).or_default().add(&sums, 1);
            };
            add(RollupDimension::Total, "");
            add(RollupDimension::Source, &first.source);
            add(RollupDimension::Channel, &first.channel);
            add(RollupDimension::Country, &first.country);
            add(RollupDimension::Device, &first.device);
            add(RollupDimension::Hostname, &first.hostname);
            add(RollupDimension::Pair, &format!("country\u{1f}device\u{1f}{}\u{1f}{}", first.country, first.device));
            if let (Some(entry), Some(exit)) = (pages.first(), pages.last()) {
                add(RollupDimension::EntryPage, &entry.path);
                add(RollupDimension::ExitPage, &exit.path);
            }
        }
    }
    all
}

fn total(sums: &Sums) -> VisitSums {
    let mut all = VisitSums::default();
    sums.iter().filter(|(key, _)| key.1 == RollupDimension::Total).for_each(|(_, sums)| all.add(sums, 1));
    all
}

#[test]
fn the_second_page_takes_the_bounce_back_and_moves_the_exit() {
    let one = vec![at(1, 1, 0, "/a")];
    let two = vec![at(2, 1, 5, "/b")];
    let after_one = sums(std::slice::from_ref(&one));
    assert_eq!(total(&after_one), VisitSums { visits: 1, bounces: 1, quality: 10, ..VisitSums::default() });
    let after_two = sums(&[one, two]);
    let length = 5 * MINUTE_MS as i64;
    assert_eq!(total(&after_two), VisitSums { visits: 1, visit_ms: length, quality: 35, ..VisitSums::default() });
    let exits: Vec<_> = after_two.keys().filter(|key| key.1 == RollupDimension::ExitPage).collect();
    assert_eq!(exits, [&(NOON_MS, RollupDimension::ExitPage, "/b".to_owned())], "counted at the visit's first minute");
}

#[test]
fn a_pause_of_more_than_half_an_hour_ends_a_visit() {
    fn check(minutes: &[u64], visits: i64) {
        let events: Vec<_> = minutes.iter().zip(0..).map(|(minute, n)| at(n, 1, *minute, "/")).collect();
        assert_eq!(total(&sums(&[events])).visits, visits, "{minutes:?}");
    }
    check(&[0, 30], 1);
    check(&[0, 31], 2);
    check(&[0, 40, 20], 1);
    check(&[50, 0, 100], 3);
    check(&[50, 0, 100, 25, 75], 1);
}

#[test]
fn later_events_carry_the_origin_of_their_visit() {
    let mut first = at(1, 1, 0, "/a");
    (first.source, first.utm_medium) = ("Google".to_owned(), "cpc".to_owned());
    let mut second = at(2, 1, 1, "/b");
    second.source = String::new();
    let mut events = vec![first, second, at(3, 1, 60, "/c")];
    events[2].source = String::new();
    follow(&mut events, &mut Known::new(), &settings(), &mut Caps::default());
    assert_eq!((events[1].source.as_str(), events[1].utm_medium.as_str()), ("Google", "cpc"));
    assert_eq!(events[0].session, events[1].session);
    assert_ne!(events[1].session, events[2].session, "a visit after a pause is another one");
    assert_eq!((events[2].source.as_str(), events[2].channel.as_str()), DIRECT);
}

#[test]
fn an_event_without_session_belongs_to_no_visit() {
    let mut events = vec![RawEvent { session: None, visitor: None, ..at(1, 1, 0, "/a") }];
    assert!(follow(&mut events, &mut Known::new(), &settings(), &mut Caps::default()).is_empty());
}

#[test]
fn few_visits_of_a_session_are_known() {
    let mut known = Known::new();
    for n in 0..30 {
        follow(&mut [at(n, 1, n * 40, "/")], &mut known, &settings(), &mut Caps::default());
    }
    assert_eq!(known.values().map(Vec::len).max(), Some(KNOWN_OF_SESSION_MAX));
    follow(&mut [at(99, 1, 30 * 40 + 49 * 60, "/")], &mut known, &settings(), &mut Caps::default());
    assert_eq!(known.values().map(Vec::len).max(), Some(1), "the others ended more than two days before");
}

prop_compose! {
    fn any_event()(who in 0u8..3, minute in 0u64..150, page in 0u8..4, source in 0u8..2, kind in 0u8..5, engaged in 0u64..9)
        -> (u8, u64, u8, u8, u8, u64) { (who, minute, page, source, kind, engaged) }
}

proptest! {
    /// In any order and any cut into folds, the sums are those of the visits by definition.
    #[test]
    fn order_and_folds_do_not_matter(
        drawn in proptest::collection::vec(any_event(), 1..40), shuffle in any::<u64>(), folds in 1usize..6
    ) {
        let mut events: Vec<RawEvent> = drawn.iter().zip(0u64..).map(|((who, minute, page, source, kind, engaged), n)| {
            let mut event = at(n, *who, *minute, &format!("/{page}"));
            event.source = format!("source {source}");
            event.engaged_ms = *engaged;
            if *kind == 0 { event.event_type = "purchase".to_owned(); }
            event
        }).collect();
        let expect = by_definition(&events);
        events.sort_by_key(|event| hash::of_fields(&[&shuffle.to_be_bytes(), &event.id.0]));
        let parts: Vec<Vec<RawEvent>> = events.chunks(events.len().div_ceil(folds)).map(<[RawEvent]>::to_vec).collect();
        prop_assert_eq!(sums(&parts), expect);
    }
}

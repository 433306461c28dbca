use proptest::prelude::*;
use wire::Id128;

use super::*;

pub(crate) fn event(number: u64, path: &str) -> RawEvent {
    let id = crate::hash::of_bytes(&number.to_be_bytes());
    RawEvent {
        id,
        at_ms: 1_770_028_200_000 + number * 1_000,
        visitor: Some(id),
        session: Some(id),
        event_type: PAGEVIEW.to_owned(),
        hostname: "shop.example".to_owned(),
        path: path.to_owned(),
        source: "Direct".to_owned(),
        channel: "direct".to_owned(),
        country: "DE".to_owned(),
        device: "desktop".to_owned(),
        ..RawEvent::default()
    }
}

/// The events alone, without visits, under default settings.
pub(crate) fn fold(events: &[RawEvent]) -> Vec<RollupRow> {
    super::fold(events, &[], &wire::site::Settings::default(), &mut Caps::default())
}

type Merged = BTreeMap<(u64, RollupDimension, String), Rollup>;

fn merged(parts: &[&[RawEvent]]) -> Merged {
    let mut all = Merged::new();
    for row in parts.iter().flat_map(|part| fold(part)) {
        let rollup = Rollup::of_row(&row).unwrap_or_default();
        all.entry((row.start_ms, row.dimension, row.value)).or_default().merge(&rollup);
    }
    all
}

#[test]
fn an_event_counts_once_in_each_dimension_it_has() {
    let mut click = event(1, "/a");
    click.event_type = "signup".to_owned();
    click.country = String::new();
    click.visitor = None;
    let rows = fold(&[event(0, "/a"), event(0, "/b"), click]);
    let of = |dimension, value: &str| {
        let row = rows.iter().find(|row| row.dimension == dimension && row.value == value);
        row.map(|row| {
            let rollup = Rollup::of_row(row).unwrap_or_default();
            (row.pageviews, row.events, rollup.visitors.count(), rollup.sessions.count())
        })
    };
    assert_eq!(of(RollupDimension::Total, ""), Some((2, 3, 1, 2)));
    assert_eq!(of(RollupDimension::Page, "/a"), Some((1, 2, 1, 0)));
    assert_eq!(of(RollupDimension::Country, "DE"), Some((2, 2, 1, 0)));
    assert_eq!(of(RollupDimension::Country, ""), None);
    assert_eq!(of(RollupDimension::EventType, "signup"), Some((0, 1, 0, 0)));
}

#[test]
fn values_beyond_the_cap_are_counted_as_other() {
    let events: Vec<_> =
        (0..VALUES_PER_WINDOW_MAX as u64 + 5).map(|n| RawEvent { at_ms: 0, ..event(n, &format!("/{n}")) }).collect();
    let rows = fold(&events);
    let pages: Vec<_> = rows.iter().filter(|row| row.dimension == RollupDimension::Page).collect();
    assert_eq!(pages.len(), VALUES_PER_WINDOW_MAX + 1);
    assert_eq!(pages.iter().map(|row| row.events).sum::<u64>(), events.len() as u64);
    assert!(pages.iter().any(|row| row.value == OTHER && row.events == 5));
}

#[test]
fn high_bits_feed_the_sketch() {
    assert_eq!(Id128([1, 0, 0, 0, 0, 0, 0, 2, 9, 9, 9, 9, 9, 9, 9, 9]).high_bits(), (1 << 56) | 2);
}

proptest! {
    #[test]
    fn any_split_of_the_events_merges_to_the_same(
        pages in proptest::collection::vec(0u8..6, 1..60), cut in any::<prop::sample::Index>()
    ) {
        let events: Vec<_> = pages.iter().zip(0u64..).map(|(page, n)| event(n, &format!("/{page}"))).collect();
        let (left, right) = events.split_at(cut.index(events.len()));
        let whole = merged(&[&events]);
        prop_assert_eq!(&merged(&[left, right]), &whole);
        prop_assert_eq!(&merged(&[right, left]), &whole);
        for dimension in [RollupDimension::Total, RollupDimension::Page, RollupDimension::Device, RollupDimension::Hostname] {
            let sum: u64 = whole.iter().filter(|(key, _)| key.1 == dimension).map(|(_, r)| r.events).sum();
            prop_assert_eq!(sum, events.len() as u64);
        }
    }
}

use bytes::Bytes;
use domain::window::Granularity;
use wire::frame_view::RowView;

use super::*;

const SITE: SiteKey = SiteKey(1);

fn piece(start_ms: u64, value: &str, events: u64) -> Pieces {
    let bytes = Bytes::copy_from_slice(value.as_bytes());
    let value = std::str::from_utf8(&bytes).unwrap();
    Pieces::of(&bytes, &[RowView { start_ms, dimension: RollupDimension::Page, value, events, ..RowView::default() }])
}

/// Events by window that a view adds to blocks which reach to `position`.
fn events(view: &View, position: i64, granularity: Granularity) -> Vec<(u64, u64)> {
    let mut found = Vec::new();
    for minutes in view.behind(position).unwrap() {
        let dimension = (RollupDimension::Page, "");
        windows(minutes, dimension, granularity, 0..u64::MAX, |start_ms, block| {
            found.push((start_ms, block.iter().map(|row| row.events()).sum()));
            Ok::<_, domain::rollup::BlockError>(())
        })
        .unwrap();
    }
    found
}

/// One line for each row of the table.
#[test]
fn a_snapshot_says_which_layers_count() {
    let hot = Hot::behind(10, []);
    hot.add(SITE, 15, &piece(0, "/a", 1));
    hot.add(SITE, 20, &piece(60_000, "/a", 2));
    assert!(hot.freeze().is_some() && hot.freeze().is_none(), "one at a time");
    hot.add(SITE, 21, &piece(60_000, "/a", 4));
    let view = hot.view(SITE);
    assert_eq!(events(&view, 10, Granularity::Minute), [(0, 1), (60_000, 2), (60_000, 4)]);
    assert_eq!(events(&view, 10, Granularity::Hour), [(0, 1), (0, 2), (0, 4)]);
    assert_eq!(events(&view, 20, Granularity::Minute), [(60_000, 4)]);
    assert_eq!(events(&view, 21, Granularity::Minute), []);
    assert!(view.behind(9).is_err());
    hot.release();
    assert!(hot.view(SITE).behind(10).is_err(), "the snapshot is older than the view");
    assert_eq!(events(&hot.view(SITE), 20, Granularity::Day), [(0, 4)]);
    assert_eq!(events(&hot.view(SiteKey(2)), 20, Granularity::Day), []);
}

#[test]
fn a_view_stays_as_it_was() {
    let hot = Hot::behind(0, [(SITE, 7)]);
    hot.add(SITE, 1, &piece(0, "/a", 1));
    let before = hot.view(SITE);
    hot.add(SITE, 2, &piece(0, "/a", 1));
    hot.changed(SITE, 8);
    assert_eq!((events(&before, 0, Granularity::Minute), before.version), (vec![(0, 1)], 7));
    assert_eq!((events(&hot.view(SITE), 0, Granularity::Minute), hot.view(SITE).version), (vec![(0, 2)], 8));
}

#[test]
fn bytes_are_counted_and_given_back() {
    let hot = Hot::behind(0, []);
    for n in 0..1000 {
        hot.add(SITE, n, &piece(0, &format!("/{n}"), 1));
    }
    let bytes = hot.bytes();
    assert!((250_000..600_000).contains(&bytes), "{bytes}");
    hot.add(SITE, 1000, &piece(0, "/1", 1));
    assert_eq!(hot.bytes(), bytes, "a row that is there takes no more");
    assert!(hot.freeze().is_some());
    hot.add(SITE, 1001, &piece(0, "/1", 1));
    hot.release();
    assert_eq!(hot.bytes(), hot.current_bytes());
    assert!(hot.bytes() < 1000);
}

use proptest::prelude::*;

use super::*;

const SETTINGS: LimitSettings = LimitSettings {
    site: Rate { per_second: 10, burst: 100 },
    visitor: Rate { per_second: 1, burst: 20 },
    block: Rate { per_second: 5, burst: 50 },
    visitor_pageviews: Some(Rate { per_second: 1, burst: 3 }),
};

fn events(visitor: u64, count: usize) -> Vec<Arrival> {
    vec![Arrival { visitor: Some(visitor), is_pageview: false }; count]
}

fn pageviews(visitor: Option<u64>, count: usize) -> Vec<Arrival> {
    vec![Arrival { visitor, is_pageview: true }; count]
}

#[test]
fn the_longest_wait_is_told_and_nothing_taken() {
    let mut limits = Limits::default();
    let mut check = |arrivals: &[Arrival], block, now_ms, expect: Result<(), (Scope, u64)>| {
        let found = limits.admit(&SETTINGS, arrivals, block, now_ms);
        let found = found.map(|_| ()).map_err(|limited| (limited.scope, limited.retry_after_ms));
        assert_eq!(found, expect, "{} from {block:?} at {now_ms}", arrivals.len());
    };
    check(&[], None, 0, Ok(()));
    check(&events(1, 15), Some(1), 0, Ok(()));
    check(&events(1, 6), Some(1), 0, Err((Scope::Visitor, 1_000)));
    check(&events(1, 5), Some(1), 0, Ok(()));
    check(&events(2, 20), Some(1), 0, Ok(()));
    // 40 of the block's 50 are taken, and 40 of the site's 100.
    check(&events(3, 15), Some(1), 0, Err((Scope::AddressBlock, 1_000)));
    check(&events(3, 15), Some(2), 0, Ok(()));
    // One visitor without tokens refuses the batch; the other keeps its own.
    check(&[events(4, 1), events(1, 1)].concat(), Some(3), 0, Err((Scope::Visitor, 1_000)));
    check(&events(4, 20), Some(3), 0, Ok(()));
    // 75 are taken. Without block and visitor the site's bucket remains.
    check(&pageviews(None, 25), None, 0, Ok(()));
    check(&pageviews(None, 1), None, 0, Err((Scope::Site, 100)));
    check(&events(5, 10), Some(4), 0, Err((Scope::Site, 1_000)));
    // The visitor waits longer than the site.
    check(&events(1, 2), Some(1), 0, Err((Scope::Visitor, 2_000)));
    check(&events(1, 2), Some(1), 1_999, Err((Scope::Visitor, 1)));
    check(&events(1, 2), Some(1), 2_000, Ok(()));
}

#[test]
fn page_views_too_many_are_counted_apart() {
    let mut limits = Limits::default();
    let mut check = |arrivals: &[Arrival], now_ms, expect: &[bool]| {
        assert_eq!(limits.admit(&SETTINGS, arrivals, Some(1), now_ms), Ok(expect.to_vec()), "at {now_ms}");
    };
    check(&pageviews(Some(1), 2), 0, &[false, false]);
    check(&pageviews(Some(1), 3), 0, &[false, true, true]);
    check(&events(1, 2), 0, &[false, false]);
    check(&pageviews(Some(2), 1), 0, &[false]);
    check(&pageviews(None, 5), 0, &[false; 5]);
    check(&pageviews(Some(1), 2), 1_000, &[false, true]);
    check(&[events(1, 1), pageviews(Some(1), 1)].concat(), 1_000, &[false, true]);
}

#[test]
fn a_refused_request_does_not_count_as_page_views() {
    let mut limits = Limits::default();
    let settings = LimitSettings { visitor: Rate { per_second: 1, burst: 3 }, ..SETTINGS };
    assert_eq!(limits.admit(&settings, &events(1, 3), None, 0), Ok(vec![false; 3]));
    assert!(limits.admit(&settings, &pageviews(Some(1), 3), None, 0).is_err());
    assert_eq!(limits.admit(&settings, &pageviews(Some(1), 3), None, 3_000), Ok(vec![false; 3]));
}

#[test]
fn where_no_rate_is_set_all_page_views_count() {
    let settings = LimitSettings { visitor_pageviews: None, ..LimitSettings::default() };
    let found = Limits::default().admit(&settings, &pageviews(Some(1), 500), Some(1), 0);
    assert_eq!(found, Ok(vec![false; 500]));
}

#[test]
fn the_defaults_let_a_person_and_a_site_through() {
    let settings = LimitSettings::default();
    let mut limits = Limits::default();
    // Two full batches after a time without network.
    assert!(limits.admit(&settings, &events(1, 500), Some(1), 0).is_ok());
    assert!(limits.admit(&settings, &events(1, 500), Some(1), 0).is_ok());
    assert_eq!(
        limits.admit(&settings, &events(1, 500), Some(1), 0),
        Err(Limited { scope: Scope::Visitor, retry_after_ms: 20_000 })
    );
    // A thousand events a second from a thousand visitors, for a minute.
    for second in 0..60 {
        for visitor in 0..1_000 {
            let arrivals = events(1_000 + visitor, 1);
            assert!(limits.admit(&settings, &arrivals, Some(2 + visitor % 10), second * 1_000).is_ok());
        }
    }
}

#[test]
fn messages_name_whose_limit_it_was() {
    let limited = Limited { scope: Scope::AddressBlock, retry_after_ms: 40 };
    assert_eq!(limited.to_string(), "too many events of this address_block; come again in 40 ms");
    assert_eq!([Scope::Site, Scope::Visitor].map(Scope::name), ["site", "visitor"]);
}

/// One request of the properties: up to 30 events of four visitors.
fn request() -> impl Strategy<Value = (Vec<Arrival>, Option<u64>, u64)> {
    let arrival =
        (prop::option::of(0u64..4), any::<bool>()).prop_map(|(visitor, is_pageview)| Arrival { visitor, is_pageview });
    (prop::collection::vec(arrival, 0..30), prop::option::of(0u64..3), 0u64..3_000)
}

proptest! {
    #[test]
    fn never_more_than_each_rate_allows(requests in prop::collection::vec(request(), 1..80)) {
        // A request of more than a burst counts as a burst; here none has more.
        let pageview_rate = Rate { per_second: 1, burst: 3 };
        let visitor = Rate { per_second: 1, burst: 30 };
        let settings = LimitSettings { visitor, visitor_pageviews: Some(pageview_rate), ..SETTINGS };
        let (mut limits, mut now_ms) = (Limits::default(), 0);
        let (mut site, mut blocks, mut visitors, mut views) = (0u64, [0u64; 3], [0u64; 4], [0u64; 4]);
        for (arrivals, block, step) in requests {
            now_ms += step;
            let Ok(too_many) = limits.admit(&settings, &arrivals, block, now_ms) else { continue };
            prop_assert_eq!(too_many.len(), arrivals.len());
            site += arrivals.len() as u64;
            if let Some(block) = block {
                blocks[block as usize] += arrivals.len() as u64;
            }
            for (arrival, too_many) in arrivals.iter().zip(too_many) {
                prop_assert!(!too_many || (arrival.is_pageview && arrival.visitor.is_some()));
                let Some(visitor) = arrival.visitor else { continue };
                visitors[visitor as usize] += 1;
                views[visitor as usize] += u64::from(arrival.is_pageview && !too_many);
            }
            let within = |rate: Rate, count: u64| {
                count * 1_000 <= u64::from(rate.burst) * 1_000 + now_ms * u64::from(rate.per_second)
            };
            prop_assert!(within(settings.site, site));
            prop_assert!(blocks.iter().all(|count| within(settings.block, *count)));
            prop_assert!(visitors.iter().all(|count| within(settings.visitor, *count)));
            prop_assert!(views.iter().all(|count| within(pageview_rate, *count)));
        }
    }

    #[test]
    fn a_refused_request_changes_nothing(requests in prop::collection::vec(request(), 1..60)) {
        let (mut limits, mut now_ms) = (Limits::default(), 0);
        for (arrivals, block, step) in requests {
            now_ms += step;
            let before = limits.clone();
            if let Err(limited) = limits.admit(&SETTINGS, &arrivals, block, now_ms) {
                prop_assert_eq!(&before, &limits);
                // After the wait the same passes, and no millisecond earlier.
                let then = now_ms + limited.retry_after_ms;
                prop_assert!(limits.admit(&SETTINGS, &arrivals, block, then - 1).is_err());
                prop_assert!(limits.admit(&SETTINGS, &arrivals, block, then).is_ok());
                now_ms = then;
            }
        }
    }
}

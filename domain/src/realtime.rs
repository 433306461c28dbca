//! What is happening now, from the last minutes' rollups.

use std::collections::BTreeMap;

use wire::frame::RollupDimension;
use wire::realtime::{ACTIVE_MINUTES, Devices, Minute, Realtime, SERIES_MINUTES, TopPage, TopValue, TrafficSources};

use crate::rollup::Rollup;
use crate::window::{Granularity, MINUTE_MS};

/// Values listed of a dimension.
const TOP: usize = 10;

/// Dimensions that [`realtime`] wants rows of from [`active_since`] on.
pub const ACTIVE_DIMENSIONS: [RollupDimension; 6] = [
    RollupDimension::Page,
    RollupDimension::Source,
    RollupDimension::Channel,
    RollupDimension::Country,
    RollupDimension::Device,
    RollupDimension::EventType,
];

/// Start of the running minute. With the version of the data, all that [`realtime`] depends on.
pub fn minute(now_ms: u64) -> u64 {
    Granularity::Minute.start_of(now_ms)
}

/// Start of the oldest minute that [`realtime`] wants rows of.
pub fn since(now_ms: u64) -> u64 {
    Granularity::Minute.start_of(now_ms).saturating_sub((SERIES_MINUTES - 1) * MINUTE_MS)
}

/// Start of the oldest minute that counts as "now".
pub fn active_since(now_ms: u64) -> u64 {
    Granularity::Minute.start_of(now_ms).saturating_sub((ACTIVE_MINUTES - 1) * MINUTE_MS)
}

/// Puts a site's last minutes together.
///
/// * `rows`: minute rollups, (start, dimension, value, rollup): of the total from [`since`] on, of
///   [`ACTIVE_DIMENSIONS`] from [`active_since`] on; others are ignored
/// * `version`: version of the site's data that the rows were read at
pub fn realtime<'a>(
    tracking_id: &str,
    now_ms: u64,
    version: u64,
    rows: impl IntoIterator<Item = (u64, RollupDimension, &'a str, &'a Rollup)>,
) -> Realtime {
    let active_since = active_since(now_ms);
    let mut minutes: BTreeMap<u64, Rollup> =
        (0..SERIES_MINUTES).map(|n| (since(now_ms) + n * MINUTE_MS, Rollup::default())).collect();
    let mut active: BTreeMap<(RollupDimension, &str), Rollup> = BTreeMap::new();
    for (start_ms, dimension, value, rollup) in rows {
        if dimension == RollupDimension::Total
            && let Some(minute) = minutes.get_mut(&start_ms)
        {
            minute.merge(rollup);
        }
        if (active_since..=now_ms).contains(&start_ms) {
            active.entry((dimension, value)).or_default().merge(rollup);
        }
    }
    let total = active.get(&(RollupDimension::Total, "")).cloned().unwrap_or_default();
    let visitors = |dimension, value: &str| active.get(&(dimension, value)).map_or(0, |r| r.visitors.count());
    let channel = |name| visitors(RollupDimension::Channel, name);
    let device = |name| visitors(RollupDimension::Device, name);
    Realtime {
        tracking_id: tracking_id.to_owned(),
        timestamp: now_ms,
        version,
        active_users: total.visitors.count(),
        active_sessions: total.sessions.count(),
        events_per_minute: total.events as f64 / ACTIVE_MINUTES as f64,
        top_pages: top_pages(&active),
        top_sources: top_values(&active, RollupDimension::Source),
        top_countries: top_values(&active, RollupDimension::Country),
        top_event_types: top_values(&active, RollupDimension::EventType),
        traffic_sources: TrafficSources {
            direct: channel("direct"),
            organic_search: channel("organic_search"),
            social: channel("social"),
            referral: channel("referral"),
            paid: channel("paid"),
            email: channel("email"),
            ai: channel("ai"),
        },
        devices: Devices { desktop: device("desktop"), mobile: device("mobile"), tablet: device("tablet") },
        minutes: minutes
            .into_iter()
            .map(|(start_ms, rollup)| Minute {
                start_ms,
                pageviews: rollup.pageviews,
                events: rollup.events,
                visitors: rollup.visitors.count(),
            })
            .collect(),
    }
}

fn top_pages(active: &BTreeMap<(RollupDimension, &str), Rollup>) -> Vec<TopPage> {
    let mut pages: Vec<_> = active
        .iter()
        .filter(|((dimension, _), _)| *dimension == RollupDimension::Page)
        .map(|((_, url), rollup)| TopPage {
            url: (*url).to_owned(),
            active_users: rollup.visitors.count(),
            pageviews: rollup.pageviews,
        })
        .collect();
    pages.sort_by_key(|page| std::cmp::Reverse((page.active_users, page.pageviews)));
    pages.truncate(TOP);
    pages
}

fn top_values(active: &BTreeMap<(RollupDimension, &str), Rollup>, dimension: RollupDimension) -> Vec<TopValue> {
    let of_dimension = active.range((dimension, "")..).take_while(|((of, _), _)| *of == dimension);
    let mut values: Vec<_> = of_dimension
        .map(|((_, value), rollup)| TopValue {
            value: (*value).to_owned(),
            active_users: rollup.visitors.count(),
            events: rollup.events,
        })
        // A visit that was taken back leaves a row without anything.
        .filter(|top| top.events > 0)
        .collect();
    values.sort_by_key(|top| std::cmp::Reverse((top.active_users, top.events)));
    values.truncate(TOP);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::tests::{event, fold};

    #[test]
    fn now_is_the_last_five_minutes_of_thirty() {
        let now_ms = 1_770_028_230_000;
        let mut events: Vec<_> = (0..4).map(|n| event(n, if n < 3 { "/a" } else { "/b" })).collect();
        for (event, age_ms) in events.iter_mut().zip([0, 60_000, 10 * 60_000, 4 * 60_000]) {
            event.at_ms = now_ms - age_ms;
        }
        let rows = fold(&events);
        let rollups: Vec<_> = rows.iter().filter_map(|row| Rollup::of_row(row).ok()).collect();
        let read = rows.iter().zip(&rollups).map(|(row, r)| (row.start_ms, row.dimension, row.value.as_str(), r));
        let now = realtime("UA-1", now_ms, 7, read);
        assert_eq!((now.active_users, now.active_sessions, now.version), (3, 3, 7));
        assert_eq!((now.devices.desktop, now.traffic_sources.direct), (3, 3));
        assert!((now.events_per_minute - 0.6).abs() < 1e-9);
        let pages: Vec<_> = now.top_pages.iter().map(|p| (p.url.as_str(), p.active_users)).collect();
        assert_eq!(pages, vec![("/a", 2), ("/b", 1)]);
        let types: Vec<_> =
            now.top_event_types.iter().map(|top| (top.value.as_str(), top.active_users, top.events)).collect();
        assert_eq!(types, vec![("pageview", 3, 3)]);
        assert_eq!(now.top_countries.iter().map(|top| top.active_users).sum::<u64>(), 3);
        assert_eq!(now.top_sources.iter().map(|top| top.events).sum::<u64>(), 3);
        assert_eq!(now.minutes.len(), 30);
        assert_eq!(now.minutes.iter().map(|m| m.events).collect::<Vec<_>>().iter().sum::<u64>(), 4);
        assert_eq!(now.minutes.last().map(|m| m.visitors), Some(1));
        assert_eq!(now.minutes.get(19).map(|m| m.pageviews), Some(1));
    }
}

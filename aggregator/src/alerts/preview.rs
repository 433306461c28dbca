//! What an alert would have said of the last weeks.

use domain::alert::{self, reading};
use domain::window::DAY_MS;
use rusqlite::Connection;
use wire::alert::{AlertDefinition, AlertPreview, Interval};

use super::look::{Site, series};
use crate::clock::now_ms;
use crate::http::Shared;
use crate::http::refusal::Refusal;
use crate::ledger::site::SiteKey;

/// How far back a preview reaches, days: as many buckets as a chart can show.
fn days(interval: Interval) -> u64 {
    match interval {
        Interval::Minute => 1,
        Interval::Hour => 28,
        Interval::Day => 90,
    }
}

/// Looks at the buckets of the last weeks as if an alert had been there.
///
/// # Errors
/// [`Refusal`] when its questions cannot be answered.
pub async fn preview(service: &Shared, key: SiteKey, definition: &AlertDefinition) -> Result<AlertPreview, Refusal> {
    let now_ms = now_ms();
    let site = service.lookups.read(move |connection: &Connection| Site::read(connection, key, now_ms)).await?;
    let start = |at_ms| reading::bucket_start(definition.interval, &site.zone, at_ms);
    let to_ms = start(site.watermark_ms);
    let earliest_ms = to_ms.saturating_sub(days(definition.interval) * DAY_MS);
    // What is not in a block yet has no first; it is of the last minutes.
    let from_ms = start(site.first_ms.map_or(earliest_ms, |first_ms| earliest_ms.max(first_ms))).min(to_ms);
    let time_zone = site.zone.name().to_owned();
    if from_ms >= to_ms {
        return Ok(AlertPreview { buckets: Vec::new(), incidents: Vec::new(), time_zone });
    }
    let series = series(service, &site, definition, from_ms, to_ms).await?;
    let (definition, zone) = (definition.clone(), site.zone.clone());
    let looking = move || alert::replay(&definition, &series, &zone, from_ms);
    let looked = tokio::task::spawn_blocking(looking).await;
    let (buckets, incidents, _) = looked.map_err(|_| Refusal::Internal("a preview ended early"))?;
    Ok(AlertPreview { buckets, incidents, time_zone })
}

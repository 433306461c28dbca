//! Whether what edges delivered, what is kept of it and what is counted agree: every night, and when asked.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use domain::reconcile::{Accounts, DaySum};
use domain::rollup::Horizon;
use domain::window::{DAY_MS, Granularity, date_of};
use rusqlite::Connection;
use serde_json::{Value, json};
use wire::frame::RollupDimension;
use wire::session::Site;

use crate::clock::now_ms;
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError};

/// Discrepancies that the last reconciliation of all sites found, for metrics.
pub static DISCREPANCIES: AtomicU64 = AtomicU64::new(0);

/// Hour of the UTC day in which the nightly one begins.
pub const NIGHTLY_HOUR: u64 = 3;

/// Discrepancies that a report names; the others are counted.
const NAMED_MAX: usize = 100;

/// Compares a site's accounts, or all sites'. Answers the report.
///
/// # Errors
/// When the ledger fails or holds something damaged.
pub fn reconcile(connection: &mut Connection, only: Option<&str>) -> Result<Value, LedgerError> {
    let begun_ms = now_ms();
    let instant = connection.transaction()?;
    let hot = ledger::rollup::replayed(&instant)?;
    let (mut sites, mut named, mut count, mut days) = (Vec::new(), Vec::new(), 0usize, 0usize);
    for Site { tracking_id, .. } in ledger::site::list(&instant, None)? {
        if only.is_some_and(|only| only != tracking_id) {
            continue;
        }
        let Some(site) = ledger::site::find(&instant, &tracking_id)? else { continue };
        let accounts = accounts(&instant, &hot.view(site), site)?;
        let found = accounts.discrepancies();
        days += accounts.days();
        count += found.len();
        for one in found.iter().take(NAMED_MAX.saturating_sub(named.len())) {
            tracing::error!(site = tracking_id, "does not agree: {one}");
            named.push(json!({
                "tracking_id": tracking_id, "date": date_of(one.day_ms), "between": one.between.name(),
                "delivered": one.delivered, "found": one.found,
            }));
        }
        sites.push(json!({ "tracking_id": tracking_id, "sources": sources(&instant, site)? }));
    }
    if only.is_none() {
        DISCREPANCIES.store(count as u64, Ordering::Relaxed);
    }
    Ok(json!({
        "agrees": count == 0, "discrepancies": count, "named": named, "sites": sites, "site_days": days,
        "took_ms": now_ms().saturating_sub(begun_ms),
    }))
}

fn accounts(connection: &Connection, hot: &ledger::hot::View, site: SiteKey) -> Result<Accounts, LedgerError> {
    let settings = ledger::settings::read(connection, site)?;
    let now_ms = now_ms();
    let mut accounts = Accounts {
        erased: ledger::reconciliation::erased(connection, site)?,
        // A day goes when its last event is too old; the rule is looked at once an hour.
        raw_from_ms: now_ms.saturating_sub(u64::from(settings.event_retention_days) * DAY_MS) + DAY_MS,
        rollups_from_ms: Horizon::at(now_ms, settings.rollup_retention_days).day_from_ms + DAY_MS,
        ..Accounts::default()
    };
    for source in ledger::reconciliation::sources(connection, site)? {
        accounts.delivered.entry(source.day_ms).or_default().add(&source.sum);
    }
    for segment in ledger::segment::list(connection, Some(site))? {
        let sum = DaySum { events: segment.events, kept: segment.events, id_checksum: segment.id_checksum };
        accounts.raw.entry(segment.day_ms).or_default().add(&sum);
    }
    let sealed = ledger::segment::progress(connection, site)?.position;
    ledger::segment::each_unsealed(connection, site, sealed, u64::MAX, |unsealed| {
        for event in unsealed.frame.into_iter().flat_map(|frame| frame.events) {
            let sum = DaySum { events: 1, kept: 1, id_checksum: event.id };
            accounts.raw.entry(Granularity::Day.start_of(event.at_ms)).or_default().add(&sum);
        }
        std::ops::ControlFlow::Continue(())
    })?;
    let (total, span) = ((RollupDimension::Total, ""), 0..u64::MAX);
    let mut rollups: BTreeMap<u64, u64> = BTreeMap::new();
    ledger::rollup::each_block(connection, hot, site, Granularity::Day, total, span, |day_ms, block| {
        let events = rollups.entry(day_ms).or_default();
        *events = block.iter().fold(*events, |sum, row| sum.saturating_add(row.events()));
        Ok(())
    })?;
    accounts.rollups = rollups;
    Ok(accounts)
}

/// What each edge delivered, over all days.
fn sources(connection: &Connection, site: SiteKey) -> Result<Vec<Value>, LedgerError> {
    let mut edges: BTreeMap<wire::Id128, (u64, DaySum)> = BTreeMap::new();
    for source in ledger::reconciliation::sources(connection, site)? {
        let (days, sum) = edges.entry(source.edge).or_default();
        *days += 1;
        sum.add(&source.sum);
    }
    let one = |(edge, (days, sum)): (wire::Id128, (u64, DaySum))| {
        json!({
            "edge": edge, "days": days, "events": sum.events, "kept": sum.kept, "id_checksum": sum.id_checksum,
        })
    };
    Ok(edges.into_iter().map(one).collect())
}

//! `tidemark rebuild` and `tidemark reconcile`

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use domain::query::range;
use domain::window::DAY_MS;
use rusqlite::Connection;
use serde_json::Value;
use wire::query::DateRange;

use super::{site_named, task};
use crate::config::Config;
use crate::task::Request;

/// Days that one command rebuilds: ten years.
const DAYS_MAX: u64 = 3660;

/// What is to be rebuilt.
#[derive(Debug, Args)]
pub(super) struct Days {
    /// Tracking id of the site.
    #[arg(long, value_name = "TRACKING_ID")]
    site: String,
    /// First day, UTC.
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: String,
    /// Last day, UTC.
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: String,
    /// Only compare, and print what differs.
    #[arg(long)]
    dry_run: bool,
}

/// Makes the rollups of some days anew and prints what differed.
pub(super) fn run(connection: &Connection, config: &Config, days: Days) -> Result<()> {
    let Days { site, from, to, dry_run } = days;
    site_named(connection, &site)?;
    let (from_ms, end_ms) =
        range(&DateRange { start: from, end: to }).map_err(|e| anyhow::anyhow!("{}: {}", e.field, e.detail))?;
    ensure!((end_ms - from_ms) / DAY_MS <= DAYS_MAX, "at most {DAYS_MAX} days at once");
    let request = Request::Rebuild { from_ms, to_ms: end_ms - DAY_MS, dry_run };
    let outcome = task::run(connection, config, &site, &request)?;
    let days = outcome.get("days").and_then(Value::as_array).context("an outcome without days")?;
    for day in days {
        let text = |name: &str| day.get(name).map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
        let text = |name: &str| text(name).unwrap_or_default();
        println!(
            "{}  {}: {} events counted, {} kept, {} of {} rows differ {}",
            text("date"),
            text("done"),
            text("counted"),
            text("kept"),
            text("differing"),
            text("rows"),
            text("fields"),
        );
        for line in day.get("first").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            println!("    {line}");
        }
    }
    Ok(())
}

/// Compares what was delivered, kept and counted, and prints the report. Fails when something does not agree.
pub(super) fn reconcile(connection: &Connection, config: &Config, site: Option<&str>) -> Result<()> {
    if let Some(site) = site {
        site_named(connection, site)?;
    }
    let report = task::run(connection, config, site.unwrap_or_default(), &Request::Reconcile)?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    if report.get("agrees") != Some(&Value::Bool(true)) {
        bail!("what was delivered, kept and counted does not agree");
    }
    Ok(())
}

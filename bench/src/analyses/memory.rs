//! What questions about people hold in memory, however many events there are: a scan keeps moments of as many people at once as
//! its budget has room for, and goes through the others after them.

use std::fs;

use anyhow::{Context, Result};
use domain::analysis::{Analysis, Analyzed, funnel, lifecycle, paths, retention};
use domain::window::DAY_MS;
use domain::zone::Zone;
use events::scan::Footers;
use serde_json::json;
use wire::site::{Settings, VisitorMode};

use super::cases::circumstances;
use super::scan;
use crate::events::BEGIN_MS;
use crate::query::data::{DAYS, Stored};
use crate::table;

/// KiB in a MiB.
const KIB: u64 = 1024;

/// Asks each question once, and prints what the process held at most meanwhile.
///
/// # Errors
/// When a question cannot be answered, or the system does not tell.
pub fn run(site: &str, stored: &Stored, only: &str, bytes_max: usize) -> Result<()> {
    let events: u64 = stored.iter().map(|(segment, _)| segment.events).sum();
    println!("\n{} events asked, {} MiB for moments\n", table::grouped(events), bytes_max >> 20);
    table::head(&["question", "people", "times read", "CPU s", "s", "MiB before", "MiB at most"]);
    let footers = Footers::default();
    for (name, analysis) in questions(site)?.into_iter().filter(|(name, _)| name.contains(only)) {
        // What is held at most, from here on.
        fs::write("/proc/self/clear_refs", "5").context("the most that was held cannot be forgotten")?;
        let before = held("VmRSS:")?;
        let (found, took) = scan(stored, &footers, &analysis, bytes_max)?;
        let (people, rows) = people(&analysis, &found);
        table::row(&[
            name.to_owned(),
            table::grouped(people),
            format!("{:.1}", rows as f64 / events.max(1) as f64),
            format!("{:.2}", took.cpu),
            format!("{:.2}", took.wall),
            (before / KIB).to_string(),
            (held("VmHWM:")? / KIB).to_string(),
        ]);
    }
    Ok(())
}

/// A number of this process, KiB.
fn held(name: &str) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context("the system tells no memory")?;
    line.trim().trim_end_matches(" kB").parse().context("a memory that is no number")
}

fn questions(site: &str) -> Result<Vec<(&'static str, Analysis)>> {
    let text = |day: u64| Zone::default().text(BEGIN_MS + day * DAY_MS);
    let all = json!({"start": text(0), "end": text(DAYS)});
    let (settings, around) = circumstances();
    let settings = Settings { visitors: VisitorMode::Persistent, ..settings };
    let funnel = json!({
        "tracking_id": site, "date_range": all, "window": "7d",
        "steps": [{"event_type": "pageview", "filters": {"page_path": "/shop/**"}}, {"event_type": "add_to_cart"},
                  {"event_type": "checkout"}, {"event_type": "purchase"}],
    });
    let retention =
        json!({"tracking_id": site, "date_range": {"start": text(DAYS - 60), "end": text(DAYS - 30)}, "periods": 29});
    let paths = json!({"tracking_id": site, "date_range": all, "unit": "users", "window": "1d"});
    let lifecycle = json!({"tracking_id": site, "date_range": all});
    Ok(vec![
        ("funnel", Analysis::Funnel(funnel::plan(&serde_json::from_value(funnel)?, &settings, &around)?)),
        ("retention", Analysis::Retention(retention::plan(&serde_json::from_value(retention)?, &settings, &around)?)),
        ("paths", Analysis::Paths(paths::plan(&serde_json::from_value(paths)?, &settings, &around)?)),
        ("lifecycle", Analysis::Lifecycle(lifecycle::plan(&serde_json::from_value(lifecycle)?, &settings, &around)?)),
    ])
}

/// How many people are in an answer, and how many rows were read for it.
fn people(analysis: &Analysis, found: &Analyzed) -> (u64, u64) {
    match (analysis, found) {
        (Analysis::Funnel(plan), Analyzed::Funnel(found)) => {
            (funnel::answer(plan, &found.tally, &found.names).total(), found.rows_read)
        }
        (_, Analyzed::Retention(found)) => (found.tally.cohorts.values().map(|came| came.users).sum(), found.rows_read),
        (Analysis::Paths(plan), Analyzed::Paths(found)) => {
            (paths::answer(plan, &found.tally, &found.names).total, found.rows_read)
        }
        (_, Analyzed::Lifecycle(found)) => {
            (found.tally.buckets.iter().map(|counts| u64::from(counts.new)).sum(), found.rows_read)
        }
        _ => (0, 0),
    }
}

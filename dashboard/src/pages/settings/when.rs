//! Times as lists tell them.

use crate::clock::browser_ms;
use crate::day::DAY_MS;
use crate::format;

/// How long ago something was: `just now`, `5 minutes ago`, `on 2 Feb 2026`.
pub fn ago(ms: u64) -> String {
    const MINUTE_MS: u64 = 60_000;
    const HOUR_MS: u64 = 60 * MINUTE_MS;
    let passed = browser_ms().saturating_sub(ms);
    let many = |count: u64, unit: &str| format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" });
    match passed {
        0..MINUTE_MS => "just now".to_owned(),
        MINUTE_MS..HOUR_MS => many(passed / MINUTE_MS, "minute"),
        HOUR_MS..DAY_MS => many(passed / HOUR_MS, "hour"),
        _ => on(ms),
    }
}

/// A day in full: `2 Feb 2026`.
pub fn day(ms: u64) -> String {
    format::full_day(ms)
}

fn on(ms: u64) -> String {
    format!("on {}", day(ms))
}

/// When something ends: `ends on 2 Feb 2026`, `never ends`.
pub fn ends(ms: Option<u64>) -> String {
    match ms {
        Some(ms) if ms <= browser_ms() => format!("ended {}", on(ms)),
        Some(ms) => format!("ends {}", on(ms)),
        None => "never ends".to_owned(),
    }
}

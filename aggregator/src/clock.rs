//! The one place that reads the wall clock; everything else is told the time.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now, Unix milliseconds. Zero on a clock before 1970.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

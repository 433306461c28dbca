//! CPU time of a process, from `/proc/PID/stat` (proc(5)).

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// Milliseconds of a tick in which Linux counts for programs: USER_HZ is 100 on every architecture of today.
const TICK_MS: u64 = 10;

/// Position of `utime` behind the program's name, which stands in parentheses and may hold anything; `stime` follows.
const USER_TIME: usize = 11;

/// CPU time used since a process began, in all its threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage(Duration);

impl Usage {
    /// Reads it for a process.
    ///
    /// # Errors
    /// When there is no such process, or no `/proc`.
    pub fn of(process_id: u32) -> Result<Self> {
        let file = format!("/proc/{process_id}/stat");
        let text = fs::read_to_string(&file).with_context(|| format!("{file} cannot be read; this needs Linux"))?;
        parse(&text).with_context(|| format!("{file} is not understood"))
    }

    /// What was used since an earlier reading.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

fn parse(text: &str) -> Option<Usage> {
    let mut ticks = text.get(text.rfind(')')? + 1..)?.split_whitespace().skip(USER_TIME);
    let mut next = || ticks.next()?.parse::<u64>().ok();
    Some(Usage(Duration::from_millis((next()? + next()?) * TICK_MS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_may_hold_anything() {
        let text = "7 (a) b) R 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 100 1000 10";
        assert_eq!(parse(text), Some(Usage(Duration::from_secs(3))));
        assert_eq!(parse("7 (a"), None);
        assert!(Usage::of(std::process::id()).is_ok());
    }
}

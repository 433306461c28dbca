//! Memory that a process holds, from `/proc/PID/status` (proc(5)).

use std::fs;

use anyhow::{Context, Result};

/// Resident memory of a process, KiB.
///
/// # Errors
/// When there is no such process, or no `/proc`.
pub fn resident_kib(process_id: u32) -> Result<u64> {
    read(process_id, "VmRSS:")
}

/// Most resident memory that a process ever had, KiB.
///
/// # Errors
/// As [`resident_kib`].
pub fn peak_kib(process_id: u32) -> Result<u64> {
    read(process_id, "VmHWM:")
}

fn read(process_id: u32, name: &str) -> Result<u64> {
    let file = format!("/proc/{process_id}/status");
    let text = fs::read_to_string(&file).with_context(|| format!("{file} cannot be read; this needs Linux"))?;
    parse(&text, name).with_context(|| format!("{file} is not understood"))
}

fn parse(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_says_what_it_holds() {
        assert_eq!(parse("Name:\tx\nVmRSS:\t    1234 kB\nThreads:\t1\n", "VmRSS:"), Some(1234));
        assert_eq!(parse("Name:\tx\n", "VmRSS:"), None);
        assert!(resident_kib(std::process::id()).is_ok_and(|kib| kib > 100));
        assert!(peak_kib(std::process::id()).is_ok_and(|kib| kib > 100));
    }
}

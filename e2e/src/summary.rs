//! What the fault tests found, a row each, for the table that `cargo xtask faults` prints at its end.

use std::env;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

/// Variable that names the file in which rows are kept; without it, none are.
pub const SUMMARY: &str = "E2E_SUMMARY";

/// What one test found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    what: String,
    times: Option<u64>,
    acknowledged: Option<usize>,
    lost: Option<usize>,
    doubled: Option<usize>,
    ready_ms: Option<u64>,
    note: String,
}

impl Row {
    /// A row about `what`.
    pub fn new(what: &str) -> Self {
        Self {
            what: what.to_owned(),
            times: None,
            acknowledged: None,
            lost: None,
            doubled: None,
            ready_ms: None,
            note: String::new(),
        }
    }

    /// How often it was done.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times: Some(times), ..self }
    }

    /// What became of the events.
    #[must_use]
    pub fn verdict(self, verdict: &Verdict) -> Self {
        Self {
            acknowledged: Some(verdict.acknowledged),
            lost: Some(verdict.lost),
            doubled: Some(verdict.doubled),
            ..self
        }
    }

    /// The longest until all was ready again.
    #[must_use]
    pub fn ready(self, longest: Duration) -> Self {
        Self { ready_ms: Some(longest.as_millis() as u64), ..self }
    }

    /// What else there is to say.
    #[must_use]
    pub fn note(self, note: String) -> Self {
        Self { note, ..self }
    }

    /// Adds it to the file that the environment names.
    ///
    /// # Panics
    /// When that file cannot be written: a test that reports nothing must not pass for one that ran.
    #[expect(clippy::expect_used, reason = "called at the end of tests alone")]
    pub fn keep(&self) {
        let Some(file) = env::var_os(SUMMARY) else { return };
        let line = serde_json::to_string(self).expect("a row is JSON");
        let file = OpenOptions::new().create(true).append(true).open(file);
        file.and_then(|mut file| writeln!(file, "{line}")).expect("the summary can be written");
    }
}

/// The table of all rows in `file`.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn table(file: &Path) -> Result<String> {
    let text = fs::read_to_string(file).with_context(|| format!("no test left a row in {}", file.display()))?;
    let mut table =
        format!("{:<34} {:>7} {:>13} {:>5} {:>8} {:>9}\n", "", "times", "acknowledged", "lost", "doubled", "ready ms");
    for line in text.lines() {
        let row: Row = serde_json::from_str(line)?;
        let _ = writeln!(
            table,
            "{:<34} {:>7} {:>13} {:>5} {:>8} {:>9}  {}",
            row.what,
            cell(row.times),
            cell(row.acknowledged),
            cell(row.lost),
            cell(row.doubled),
            cell(row.ready_ms),
            row.note
        );
    }
    Ok(table)
}

fn cell<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("summary");
        let verdict = Verdict { acknowledged: 40, lost: 1, doubled: 2, invented: 0 };
        let row = Row::new("edge killed").times(7).verdict(&verdict).ready(Duration::from_millis(31));
        fs::write(&file, serde_json::to_string(&row).unwrap()).unwrap();
        let table = table(&file).unwrap();
        let line: Vec<&str> = table.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(line, ["edge", "killed", "7", "40", "1", "2", "31"]);
        assert!(super::table(&folder.path().join("none")).is_err());
    }
}

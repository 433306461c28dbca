//! Ends a process at a chosen step of its own: at its k-th change of a database file or a segment, or piece of network
//! traffic.
//!
//! The process is the released one. A small library ([`PRELOAD`]) is loaded with it that stands between it and the
//! system's `write`, `fsync`, `send`, … So every step is there, those inside SQLite too, and no product code knows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Source of the library.
const PRELOAD: &str = include_str!("crash/preload.rs");

/// Where a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// Nowhere; its steps are noted.
    Never,
    /// Before its step of this number, from 1: so after the one before it.
    Before(u64),
    /// Within its step of this number: half of what it writes or sends is written or sent.
    Halfway(u64),
}

/// The library, built.
pub struct Preload {
    library: PathBuf,
    log: PathBuf,
}

/// What the preloaded library noted of one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps {
    /// How many there were.
    pub count: u64,
    /// What the process was about to do when it ended: the call and the file.
    pub last: Option<String>,
}

impl Preload {
    /// Builds it in `folder`.
    ///
    /// # Errors
    /// When this is no Linux with a `rustc`: the library is written for its loader.
    pub fn build(folder: &Path) -> Result<Self> {
        if !cfg!(target_os = "linux") {
            bail!("crash points need Linux and its LD_PRELOAD");
        }
        let (source, library) = (folder.join("preload.rs"), folder.join("libcrash.so"));
        fs::write(&source, PRELOAD)?;
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition", "2024", "--crate-type", "cdylib", "-C", "opt-level=2", "-C", "panic=abort", "-o"]);
        let built = rustc.arg(&library).arg(&source).output().context("crash points need rustc")?;
        if !built.status.success() {
            bail!("the preloaded library: {}", String::from_utf8_lossy(&built.stderr));
        }
        Ok(Self { library, log: folder.join("steps") })
    }

    /// Variables for a process that ends so. What was noted before is forgotten.
    pub fn environment(&self, crash: Crash) -> Vec<(&'static str, String)> {
        let _ = fs::remove_file(&self.log);
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let mut variables = vec![("LD_PRELOAD", path(&self.library)), ("CRASH_LOG", path(&self.log))];
        if let Crash::Before(at) | Crash::Halfway(at) = crash {
            variables.push(("CRASH_AT", at.to_string()));
        }
        if let Crash::Halfway(_) = crash {
            variables.push(("CRASH_HALF", "1".to_owned()));
        }
        variables
    }

    /// What was noted since.
    pub fn steps(&self) -> Steps {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let last = text.lines().find_map(|line| line.strip_prefix("x ")).map(kind);
        Steps { count: text.lines().count() as u64, last }
    }
}

/// A step without what differs from run to run: the number of a socket, an object's name.
fn kind(step: &str) -> String {
    let (call, name) = step.split_once(' ').unwrap_or((step, ""));
    let what = match name.split_once(".sqlite") {
        Some(("ledger", part)) => format!("ledger{part}"),
        Some(("backup", part)) => format!("backup{part}"),
        Some(("metadata", part)) => format!("alarms{part}"),
        Some((_, part)) => format!("object{part}"),
        None if name.contains(".parquet") => "segment".to_owned(),
        None => "network".to_owned(),
    };
    format!("{call} {what}")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_ends_where_it_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let preload = Preload::build(folder.path()).unwrap();
        let file = folder.path().join("a.sqlite");
        let check = |crash, content: &str, steps: u64, last: Option<&str>| {
            let mut writer = Command::new("sh");
            writer.args(["-c", "printf 1234 >> \"$0\"; printf 5678 >> \"$0\""]).arg(&file);
            let _ = fs::remove_file(&file);
            let ended = writer.envs(preload.environment(crash)).status().unwrap();
            assert_eq!(ended.success(), crash == Crash::Never);
            assert_eq!(fs::read_to_string(&file).unwrap_or_default(), content, "{crash:?}");
            assert_eq!(preload.steps(), Steps { count: steps, last: last.map(str::to_owned) }, "{crash:?}");
        };
        check(Crash::Never, "12345678", 2, None);
        check(Crash::Before(1), "", 1, Some("write object"));
        check(Crash::Before(2), "1234", 2, Some("write object"));
        check(Crash::Halfway(2), "123456", 2, Some("write object"));
    }
}

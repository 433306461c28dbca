//! Asking for a task, and waiting for it.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rusqlite::Connection;
use serde_json::Value;

use crate::config::Config;
use crate::ledger::task::State;
use crate::ledger::{self, DataFolder, LedgerError};
use crate::task::{self, Request};

/// Between two looks at a task that a server does.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// Has a task done: by the server that runs, else here. Says how far it is, prints what came of it, and answers that.
pub(super) fn run(connection: &Connection, config: &Config, tracking_id: &str, request: &Request) -> Result<Value> {
    let id = task::ask(connection, tracking_id, request)?;
    let folder = DataFolder::prepare(&config.data_dir)?;
    match folder.occupy() {
        Ok(_occupied) => task::run_here(config, &folder, id)?,
        Err(LedgerError::InUse(_)) => {}
        Err(e) => return Err(e.into()),
    }
    let mut said = String::new();
    loop {
        let task = ledger::task::find(connection, id)?.context("the task is gone")?;
        if !task.progress.is_empty() && task.progress != said {
            eprintln!("{}", task.progress);
            said = task.progress;
        }
        let outcome = || -> Result<Value> { Ok(serde_json::from_str(&task.outcome)?) };
        match task.state {
            State::Done => return outcome(),
            State::Failed => {
                let outcome = outcome()?;
                bail!("{}", outcome.get("error").and_then(Value::as_str).unwrap_or("it failed"));
            }
            State::Waiting | State::Running => thread::sleep(LOOK_INTERVAL),
        }
    }
}

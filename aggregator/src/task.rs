//! What is done beside counting when somebody asks for it: frames judged again, days counted anew, people erased.
//!
//! A task stands in the ledger ([`ledger::task`]) before its asker hears of it. Whoever has the data folder does it: the
//! server on a thread of its own, or the command that asks while no server runs. A task that a process left when it
//! ended is done again from its beginning, so each does nothing twice. One that panics has failed, and the next is done; a
//! panic between tasks ends the process.
//!
//! ```text
//!  command, request ──► tasks ──► one at a time ──► outcome, a record
//! ```

mod offline;
mod perform;
mod request;

pub use offline::run_here;
pub use perform::{Done, Hands};
pub use request::{ERASE, RECONCILE, Request};

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use domain::window::{Granularity, HOUR_MS, MINUTE_MS};
use rusqlite::Connection;
use wire::Id128;

use crate::clock::now_ms;
use crate::ledger::task::{Asked, State};
use crate::ledger::{self, LedgerError};
use crate::metrics::{self, Ended};
use crate::reconcile::NIGHTLY_HOUR;
use crate::secret;

/// How often a server looks for something to do.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// Why a task was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Too many are waiting.
    #[error("{} tasks are waiting, and no more may", ledger::task::WAITING_MAX)]
    Full,
    /// The system gives no randomness.
    #[error("the system has no randomness to give: {0}")]
    Random(#[from] getrandom::Error),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Adds a task and answers its name.
///
/// # Errors
/// [`AskError`] when it was not taken.
pub fn ask(connection: &Connection, tracking_id: &str, request: &Request) -> Result<Id128, AskError> {
    let id = Id128(secret::draw_bytes()?);
    let json = request.to_json()?;
    let asked = Asked { id, kind: request.kind(), tracking_id, request: &json };
    if ledger::task::ask(connection, &asked, now_ms())? { Ok(id) } else { Err(AskError::Full) }
}

/// A connection for tasks: what they delete does not linger in free pages.
///
/// # Errors
/// [`LedgerError`] when the ledger cannot be opened.
pub fn connection(file: &Path) -> Result<Connection, LedgerError> {
    let connection = ledger::open(file)?;
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}

/// Does what is asked, until the server stops.
pub fn work(hands: &mut Hands, is_stopping: impl Fn() -> bool) {
    if let Err(e) = ledger::task::take_up_again(&hands.connection) {
        tracing::error!("tasks of an earlier run were not found: {e}");
    }
    let mut night = Night::default();
    while !is_stopping() {
        night.ask(&hands.connection, now_ms());
        match work_once(hands) {
            Ok(true) => {}
            Ok(false) => thread::sleep(LOOK_INTERVAL),
            Err(e) => {
                tracing::error!("a task was not looked for: {e}");
                thread::sleep(LOOK_INTERVAL);
            }
        }
    }
}

/// Reconciliations among which last night's is looked for: people ask for some, too.
const LOOKED_BACK: u32 = 100;

/// The nightly reconciliation.
#[derive(Default)]
struct Night {
    looked_at_ms: u64,
}

impl Night {
    /// Asks for it once a day, from its hour on. What was asked in the day before this start is not asked again.
    fn ask(&mut self, connection: &Connection, now_ms: u64) {
        let due_ms = Granularity::Day.start_of(now_ms) + NIGHTLY_HOUR * HOUR_MS;
        if now_ms < due_ms || now_ms < self.looked_at_ms + MINUTE_MS {
            return;
        }
        self.looked_at_ms = now_ms;
        let asked = ledger::task::newest(connection, RECONCILE, LOOKED_BACK).map(|newest| {
            let last = newest.into_iter().find(|task| task.tracking_id.is_empty());
            last.is_none_or(|task| task.asked_at_ms < due_ms)
        });
        let result = match asked {
            Ok(true) => ask(connection, "", &Request::Reconcile).map(|_| ()),
            Ok(false) => Ok(()),
            Err(e) => Err(e.into()),
        };
        if let Err(e) = result {
            tracing::error!("the nightly reconciliation was not asked for: {e}");
        }
    }
}

/// A task ended by a panic.
#[derive(Debug, thiserror::Error)]
#[error("panicked: {0}")]
struct Panicked(String);

/// A panic fails the task alone: begun again it would panic again, and a server that ends each time helps nobody.
fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // What it had begun in the ledger is undone as its transaction is dropped, and on files by the next one that works on
    // them, as after a kill.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("for no reason that it told");
        Err(Panicked(text.to_owned()).into())
    })
}

/// Does the task that is due, if there is one. Answers whether there was.
///
/// # Errors
/// [`LedgerError`] when the ledger fails; the task is done again then.
pub fn work_once(hands: &mut Hands) -> Result<bool, LedgerError> {
    let Some(task) = ledger::task::begin_next(&hands.connection, now_ms())? else { return Ok(false) };
    let request = Request::of_json(&task.request)?;
    tracing::info!(task = %task.id, kind = task.kind, site = task.tracking_id, "begun");
    let done = caught(|| perform::perform(hands, &task, &request));
    let connection = &hands.connection;
    match done {
        Ok(Done::Outcome(outcome)) => {
            let (request, outcome) = (request.record(connection)?, outcome.to_string());
            ledger::task::end(connection, task.id, State::Done, &request, &outcome, now_ms())?;
            metrics::task(Ended::Done);
            // What was asked named a person, perhaps.
            hands.forget_pages()?;
            tracing::info!(task = %task.id, kind = task.kind, outcome, "done");
        }
        Ok(Done::Later { until_ms, why }) => {
            ledger::task::postpone(connection, task.id, until_ms, &why, now_ms())?;
        }
        Err(e) => {
            metrics::task(if e.is::<Panicked>() { Ended::Panicked } else { Ended::Failed });
            let outcome = serde_json::json!({ "error": format!("{e:#}") }).to_string();
            let request = request.record(connection)?;
            ledger::task::end(connection, task.id, State::Failed, &request, &outcome, now_ms())?;
            tracing::error!(task = %task.id, kind = task.kind, "failed: {e:#}");
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_fails_its_task_alone() {
        let said = |done: Result<u32>| done.map_err(|e| (e.is::<Panicked>(), e.to_string()));
        assert_eq!(said(caught(|| Ok(7))), Ok(7));
        assert_eq!(said(caught(|| Err(anyhow::anyhow!("no disk")))), Err((false, "no disk".to_owned())));
        #[allow(clippy::panic)]
        let panics = |number: u32| caught(move || panic!("day {number} has no end"));
        assert_eq!(said(panics(3)), Err((true, "panicked: day 3 has no end".to_owned())));
        assert_eq!(said(caught(|| panic!("no"))), Err((true, "panicked: no".to_owned())));
        // And the next one is done.
        assert_eq!(said(caught(|| Ok(8))), Ok(8));
    }
}

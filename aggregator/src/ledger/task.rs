//! What was asked to be done beside counting: durable, one at a time, each as often as it takes.

use rusqlite::{Connection, OptionalExtension, Row, params};
use wire::Id128;

use super::{LedgerError, stored, unstored};

/// Tasks that may wait at once: they are asked for by people, and done one after the other.
pub const WAITING_MAX: i64 = 1000;

/// Finished tasks remembered, deletions apart, whose records stay.
const FINISHED_MAX: i64 = 1000;

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its turn has not come.
    Waiting,
    /// It is being done; after a restart, done again from its beginning.
    Running,
    /// Done; the outcome says what.
    Done,
    /// It cannot be done; the outcome says why.
    Failed,
}

impl State {
    /// Its name in answers and in the ledger.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    fn named(name: &str) -> Result<Self, LedgerError> {
        let all = [Self::Waiting, Self::Running, Self::Done, Self::Failed];
        let found = all.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| LedgerError::Damaged(format!("a task's state is {name}")))
    }
}

/// A task as it is stored.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name.
    pub id: Id128,
    /// What kind of task.
    pub kind: String,
    /// The site that it is about; empty for none.
    pub tracking_id: String,
    /// What is asked, JSON.
    pub request: String,
    /// How far it is.
    pub state: State,
    /// How far within that, for people.
    pub progress: String,
    /// What came of it, JSON; empty before.
    pub outcome: String,
    /// When it was asked for, Unix milliseconds.
    pub asked_at_ms: u64,
    /// When it last changed.
    pub changed_at_ms: u64,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its name, drawn.
    pub id: Id128,
    /// What kind of task.
    pub kind: &'a str,
    /// The site that it is about; empty for none.
    pub tracking_id: &'a str,
    /// JSON.
    pub request: &'a str,
}

/// Adds a task. Answers whether there was room.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn ask(connection: &Connection, asked: &Asked<'_>, now_ms: u64) -> Result<bool, LedgerError> {
    let sql = "SELECT count(*) FROM tasks WHERE state = 'waiting'";
    if connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0))? >= WAITING_MAX {
        return Ok(false);
    }
    let sql = "DELETE FROM tasks WHERE kind NOT IN ('erase', 'delete_site') AND state IN ('done', 'failed') AND task <=
                   (SELECT task FROM tasks ORDER BY task DESC LIMIT 1 OFFSET ?1)";
    connection.prepare_cached(sql)?.execute([FINISHED_MAX])?;
    let sql = "INSERT INTO tasks (id, kind, tracking_id, request, state, due_at_ms, asked_at_ms, changed_at_ms)
               VALUES (?1, ?2, ?3, ?4, 'waiting', ?5, ?5, ?5)";
    let Asked { id, kind, tracking_id, request } = asked;
    connection.prepare_cached(sql)?.execute(params![id.0, kind, tracking_id, request, stored(now_ms)])?;
    Ok(true)
}

/// The oldest task that is due, which is running from now on.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn begin_next(connection: &Connection, now_ms: u64) -> Result<Option<Task>, LedgerError> {
    let sql = format!(
        "UPDATE tasks SET state = 'running', changed_at_ms = ?1
         WHERE task = (SELECT min(task) FROM tasks WHERE state = 'waiting' AND due_at_ms <= ?1) RETURNING {COLUMNS}"
    );
    connection.prepare_cached(&sql)?.query_row([stored(now_ms)], task).optional()?.transpose()
}

/// Tasks that a process left running when it ended wait for their turn again.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn take_up_again(connection: &Connection) -> Result<(), LedgerError> {
    connection.execute("UPDATE tasks SET state = 'waiting' WHERE state = 'running'", [])?;
    Ok(())
}

/// Says how far a running task is.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn progress(connection: &Connection, id: Id128, progress: &str, now_ms: u64) -> Result<(), LedgerError> {
    let sql = "UPDATE tasks SET progress = ?2, changed_at_ms = ?3 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![id.0, progress, stored(now_ms)])?;
    Ok(())
}

/// Changes what is asked: a task notes how far it is.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn change(connection: &Connection, id: Id128, request: &str, now_ms: u64) -> Result<(), LedgerError> {
    let sql = "UPDATE tasks SET request = ?2, changed_at_ms = ?3 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![id.0, request, stored(now_ms)])?;
    Ok(())
}

/// Lets a task wait until an instant.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn postpone(
    connection: &Connection,
    id: Id128,
    until_ms: u64,
    progress: &str,
    now_ms: u64,
) -> Result<(), LedgerError> {
    let sql = "UPDATE tasks SET state = 'waiting', due_at_ms = ?2, progress = ?3, changed_at_ms = ?4 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![id.0, stored(until_ms), progress, stored(now_ms)])?;
    Ok(())
}

/// Ends a task. `request` takes the place of what was asked: of a person, only a hash may stay.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn end(
    connection: &Connection,
    id: Id128,
    state: State,
    request: &str,
    outcome: &str,
    now_ms: u64,
) -> Result<(), LedgerError> {
    let sql =
        "UPDATE tasks SET state = ?2, request = ?3, outcome = ?4, progress = '', changed_at_ms = ?5 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![id.0, state.name(), request, outcome, stored(now_ms)])?;
    Ok(())
}

/// Finds a task by its name.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn find(connection: &Connection, id: Id128) -> Result<Option<Task>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM tasks WHERE id = ?1");
    connection.prepare_cached(&sql)?.query_row([id.0], task).optional()?.transpose()
}

/// The newest tasks of a kind, newest first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn newest(connection: &Connection, kind: &str, count: u32) -> Result<Vec<Task>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM tasks WHERE kind = ?1 ORDER BY task DESC LIMIT ?2");
    let mut newest = connection.prepare_cached(&sql)?;
    let rows = newest.query_map(params![kind, count], task)?;
    rows.map(|row| row?).collect()
}

const COLUMNS: &str = "id, kind, tracking_id, request, state, progress, outcome, asked_at_ms, changed_at_ms";

fn task(row: &Row<'_>) -> rusqlite::Result<Result<Task, LedgerError>> {
    let state: String = row.get(4)?;
    let (asked_at_ms, changed_at_ms) = (unstored(row.get(7)?), unstored(row.get(8)?));
    let (id, kind, tracking_id) = (Id128(row.get(0)?), row.get(1)?, row.get(2)?);
    let (request, progress, outcome) = (row.get(3)?, row.get(5)?, row.get(6)?);
    let of = |state| Task { id, kind, tracking_id, request, state, progress, outcome, asked_at_ms, changed_at_ms };
    Ok(State::named(&state).map(of))
}

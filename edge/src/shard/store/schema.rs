//! The object's tables, by numbered steps that only ever grow.

use serde::Deserialize;
use worker::SqlStorage;

const STEPS: &[&str] = &[
    "
CREATE TABLE writer (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    edge_id BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    next_seq INTEGER NOT NULL
);
CREATE TABLE journal (id INTEGER PRIMARY KEY AUTOINCREMENT, events BLOB NOT NULL);
CREATE TABLE outbox (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL, hash BLOB NOT NULL);
CREATE TABLE seen (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    batch_id TEXT NOT NULL UNIQUE,
    answer BLOB NOT NULL,
    at_ms INTEGER NOT NULL
);
CREATE INDEX seen_at_ms ON seen (at_ms);
CREATE TABLE quarantine (id INTEGER PRIMARY KEY AUTOINCREMENT, bytes BLOB NOT NULL);
CREATE TABLE visitor_keys (day INTEGER PRIMARY KEY, key BLOB NOT NULL);
",
    "
ALTER TABLE journal ADD COLUMN outcomes BLOB NOT NULL DEFAULT x'';
ALTER TABLE journal ADD COLUMN ids BLOB NOT NULL DEFAULT x'';
ALTER TABLE journal ADD COLUMN at_ms INTEGER NOT NULL DEFAULT 0;
UPDATE seen SET batch_id = batch_id || '/1';
CREATE TABLE recent (number INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, ids BLOB NOT NULL);
CREATE TABLE visits (session BLOB PRIMARY KEY, visits BLOB NOT NULL, last_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX visits_last_ms ON visits (last_ms);
CREATE TABLE site (one INTEGER PRIMARY KEY CHECK (one = 1), settings BLOB NOT NULL);
",
    "ALTER TABLE writer ADD COLUMN applied_through INTEGER NOT NULL DEFAULT 0;",
];

/// Empties every table.
pub const EMPTIED: [&str; 9] = [
    "DELETE FROM writer",
    "DELETE FROM journal",
    "DELETE FROM outbox",
    "DELETE FROM seen",
    "DELETE FROM quarantine",
    "DELETE FROM visitor_keys",
    "DELETE FROM recent",
    "DELETE FROM visits",
    "DELETE FROM site",
];

/// Takes the steps that this storage has not taken yet. Runs inside a transaction or on an open object,
/// where nothing else runs in between.
pub fn migrate(sql: &SqlStorage) -> worker::Result<()> {
    #[derive(Deserialize)]
    struct Row {
        n: f64,
    }
    sql.exec("CREATE TABLE IF NOT EXISTS migrations (step INTEGER PRIMARY KEY)", None)?;
    let taken: Vec<Row> = sql.exec("SELECT count(*) AS n FROM migrations", None)?.to_array()?;
    let taken = taken.first().map_or(0, |row| row.n as usize);
    for (step, statements) in STEPS.iter().enumerate().skip(taken) {
        sql.exec(statements, None)?;
        sql.exec("INSERT INTO migrations (step) VALUES (?)", vec![(step as f64).into()])?;
    }
    Ok(())
}

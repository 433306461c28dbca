//! What alerts told, with what is to be sent of it.

use rusqlite::{Connection, params};
use wire::alert::{ALERT_HISTORY_MAX, AlertEntry, Judged, News};

use super::alert::{parsed, written};
use super::delivery::{self, Of, Send};
use super::{LedgerError, stored, unstored};

/// Deliveries of one alert that may wait at once: more are not taken, and shown as failed.
const WAITING_MAX: i64 = 100;

/// Entries that are answered at once.
const LISTED_MAX: i64 = 100;

/// Something to be told.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What.
    pub news: News,
    /// The bucket that it is about.
    pub judged: Option<Judged>,
    /// In words.
    pub text: String,
    /// Where, and what is sent there.
    pub sends: Vec<Send>,
}

/// Adds an entry to an alert's history, with what is to be sent. Answers its number.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(connection: &Connection, alert: i64, entry: &Entry, now_ms: u64) -> Result<i64, LedgerError> {
    let sql = "INSERT INTO alert_entries (alert, at_ms, news, judged, text) VALUES (?1, ?2, ?3, ?4, ?5)";
    let judged = entry.judged.as_ref().map(written).transpose()?;
    let parameters = params![alert, stored(now_ms), entry.news.name(), judged, entry.text];
    connection.prepare_cached(sql)?.execute(parameters)?;
    let number = connection.last_insert_rowid();
    let waiting: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM deliveries JOIN alert_entries USING (entry)
             WHERE alert = ?1 AND state = 'waiting'",
        )?
        .query_row([alert], |row| row.get(0))?;
    for (send, before) in entry.sends.iter().zip(waiting..) {
        let fault = (before >= WAITING_MAX).then(|| format!("{WAITING_MAX} deliveries of this alert wait already"));
        delivery::add(connection, Of::Entry(number), send, fault.as_deref(), now_ms)?;
    }
    let sql = "DELETE FROM alert_entries WHERE alert = ?1 AND entry <=
                 (SELECT entry FROM alert_entries WHERE alert = ?1 ORDER BY entry DESC LIMIT 1 OFFSET ?2)";
    let most = i64::try_from(ALERT_HISTORY_MAX).unwrap_or(i64::MAX);
    connection.prepare_cached(sql)?.execute(params![alert, most])?;
    Ok(number)
}

/// The latest of what an alert told, the latest first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn history(connection: &Connection, alert: i64) -> Result<Vec<AlertEntry>, LedgerError> {
    let sql = "SELECT entry, at_ms, news, judged, text FROM alert_entries WHERE alert = ?1
               ORDER BY entry DESC LIMIT ?2";
    let mut all = connection.prepare_cached(sql)?;
    let mut rows = all.query(params![alert, LISTED_MAX])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let (entry, judged): (i64, Option<String>) = (row.get(0)?, row.get(3)?);
        entries.push(AlertEntry {
            entry,
            at_ms: unstored(row.get(1)?),
            news: parsed(&format!("\"{}\"", row.get::<_, String>(2)?))?,
            judged: judged.as_deref().map(parsed).transpose()?,
            text: row.get(4)?,
            deliveries: delivery::list(connection, Of::Entry(entry))?.into_iter().map(|(_, one)| one).collect(),
        });
    }
    Ok(entries)
}

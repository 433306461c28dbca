//! What alerts told, and what became of it: an outbox, written in one transaction with what it tells.

use rusqlite::{Connection, Row, params};
use serde_json::Value;
use wire::alert::{ALERT_HISTORY_MAX, AlertEntry, Channel, Delivery, DeliveryState, Judged, News};

use super::alert::{parsed, written};
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

/// One thing to send.
#[derive(Clone, Debug)]
pub struct Send {
    /// Known by this to the receiver.
    pub id: String,
    /// How the channel is called in the history.
    pub label: String,
    /// Where to.
    pub channel: Channel,
    /// What.
    pub payload: Value,
}

/// Something that waits to be sent.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Known by this to the receiver.
    pub id: String,
    /// Where to.
    pub channel: Channel,
    /// What.
    pub payload: Value,
    /// Tries so far.
    pub tries: u32,
    /// When it was made, Unix milliseconds.
    pub made_at_ms: u64,
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
            "SELECT count(*) FROM alert_deliveries JOIN alert_entries USING (entry)
             WHERE alert = ?1 AND state = 'waiting'",
        )?
        .query_row([alert], |row| row.get(0))?;
    let sql = "INSERT INTO alert_deliveries
                 (delivery, entry, label, channel, payload, state, tries, next_at_ms, fault, made_at_ms)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, ?9)";
    for (send, before) in entry.sends.iter().zip(waiting..) {
        let fault = (before >= WAITING_MAX).then(|| format!("{WAITING_MAX} deliveries of this alert wait already"));
        let state = if fault.is_some() { DeliveryState::Failed } else { DeliveryState::Waiting };
        let next_at_ms = fault.is_none().then_some(stored(now_ms));
        let (channel, payload) = (written(&send.channel)?, written(&send.payload)?);
        connection.prepare_cached(sql)?.execute(params![
            send.id,
            number,
            send.label,
            channel,
            payload,
            name(state),
            next_at_ms,
            fault,
            stored(now_ms)
        ])?;
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
            deliveries: of_entry(connection, entry)?,
        });
    }
    Ok(entries)
}

fn of_entry(connection: &Connection, entry: i64) -> Result<Vec<Delivery>, LedgerError> {
    let sql = "SELECT delivery, label, state, tries, next_at_ms, fault FROM alert_deliveries WHERE entry = ?1
               ORDER BY label, delivery";
    let mut all = connection.prepare_cached(sql)?;
    let mut rows = all.query([entry])?;
    let mut deliveries = Vec::new();
    while let Some(row) = rows.next()? {
        deliveries.push(Delivery {
            id: row.get(0)?,
            channel: row.get(1)?,
            state: parsed(&format!("\"{}\"", row.get::<_, String>(2)?))?,
            tries: row.get(3)?,
            next_at_ms: row.get::<_, Option<i64>>(4)?.map(unstored),
            fault: row.get(5)?,
        });
    }
    Ok(deliveries)
}

/// What is to be sent now, at most so many, what has waited longest first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn due(connection: &Connection, now_ms: u64, most: usize) -> Result<Vec<Waiting>, LedgerError> {
    let sql = "SELECT delivery, channel, payload, tries, made_at_ms FROM alert_deliveries
               WHERE state = 'waiting' AND next_at_ms <= ?1 ORDER BY next_at_ms LIMIT ?2";
    let mut all = connection.prepare_cached(sql)?;
    let mut rows = all.query(params![stored(now_ms), i64::try_from(most).unwrap_or(i64::MAX)])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        due.push(waiting(row)?);
    }
    Ok(due)
}

fn waiting(row: &Row<'_>) -> Result<Waiting, LedgerError> {
    Ok(Waiting {
        id: row.get(0)?,
        channel: parsed(&row.get::<_, String>(1)?)?,
        payload: parsed(&row.get::<_, String>(2)?)?,
        tries: row.get(3)?,
        made_at_ms: unstored(row.get(4)?),
    })
}

/// Notes a try: when the next one is, none where there is none; and why it failed, none where it did not.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn tried(
    connection: &Connection,
    id: &str,
    next_at_ms: Option<u64>,
    fault: Option<&str>,
) -> Result<(), LedgerError> {
    let state = match (next_at_ms, fault) {
        (Some(_), _) => DeliveryState::Waiting,
        (None, None) => DeliveryState::Delivered,
        (None, Some(_)) => DeliveryState::Failed,
    };
    // What was sent is not needed any more, and the address may be a secret.
    let sql = "UPDATE alert_deliveries
               SET state = ?2, tries = tries + 1, next_at_ms = ?3, fault = ?4,
                   channel = iif(?3 IS NULL, NULL, channel), payload = iif(?3 IS NULL, NULL, payload)
               WHERE delivery = ?1 AND state = 'waiting'";
    let parameters = params![id, name(state), next_at_ms.map(stored), fault];
    connection.prepare_cached(sql)?.execute(parameters)?;
    Ok(())
}

fn name(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Failed => "failed",
    }
}

//! The outbox: what is to be sent, and what became of it. Written in one transaction with what it tells.

use rusqlite::{Connection, Row, params};
use serde_json::Value;
use wire::alert::{Channel, Delivery, DeliveryState};

use super::alert::{parsed, written};
use super::{LedgerError, stored, unstored};

/// Whose delivery it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Of an entry of an alert's history.
    Entry(i64),
    /// Of a subscriber to digests.
    Subscriber(i64),
}

impl Of {
    fn columns(self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::Entry(entry) => (Some(entry), None),
            Self::Subscriber(subscriber) => (None, Some(subscriber)),
        }
    }
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

/// Adds one. With a fault it is not tried at all.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(connection: &Connection, of: Of, send: &Send, fault: Option<&str>, now_ms: u64) -> Result<(), LedgerError> {
    let sql = "INSERT INTO deliveries
                 (delivery, entry, subscriber, label, channel, payload, state, tries, next_at_ms, fault, made_at_ms)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9, ?10)";
    let state = if fault.is_some() { DeliveryState::Failed } else { DeliveryState::Waiting };
    let (entry, subscriber) = of.columns();
    let (channel, payload) = (written(&send.channel)?, written(&send.payload)?);
    let now = stored(now_ms);
    let next_at_ms = fault.is_none().then_some(now);
    let parameters =
        params![send.id, entry, subscriber, send.label, channel, payload, name(state), next_at_ms, fault, now];
    connection.prepare_cached(sql)?.execute(parameters)?;
    Ok(())
}

/// What was sent of something, or is to be, each with when it was made, Unix milliseconds: the oldest first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn list(connection: &Connection, of: Of) -> Result<Vec<(u64, Delivery)>, LedgerError> {
    let (entry, subscriber) = of.columns();
    let column = if entry.is_some() { "entry" } else { "subscriber" };
    let sql = format!(
        "SELECT delivery, label, state, tries, next_at_ms, fault, made_at_ms FROM deliveries WHERE {column} = ?1
         ORDER BY made_at_ms, label, delivery"
    );
    let mut all = connection.prepare_cached(&sql)?;
    let mut rows = all.query([entry.or(subscriber)])?;
    let mut deliveries = Vec::new();
    while let Some(row) = rows.next()? {
        let delivery = Delivery {
            id: row.get(0)?,
            channel: row.get(1)?,
            state: parsed(&format!("\"{}\"", row.get::<_, String>(2)?))?,
            tries: row.get(3)?,
            next_at_ms: row.get::<_, Option<i64>>(4)?.map(unstored),
            fault: row.get(5)?,
        };
        deliveries.push((unstored(row.get(6)?), delivery));
    }
    Ok(deliveries)
}

/// What is to be sent now, at most so many, what has waited longest first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn due(connection: &Connection, now_ms: u64, most: usize) -> Result<Vec<Waiting>, LedgerError> {
    let sql = "SELECT delivery, channel, payload, tries, made_at_ms FROM deliveries
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
    let sql = "UPDATE deliveries
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

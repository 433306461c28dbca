//! The batches that came before, and what their senders were told.

use domain::window::HOUR_MS;
use serde::Deserialize;
use serde_bytes::ByteBuf;
use wire::Id128;

use super::{Batch, Store, number, recent};

/// How long a batch is recognised: as long as a sender may try.
const SEEN_MS: u64 = 48 * HOUR_MS;

/// How many batches are recognised. Beyond, the oldest are forgotten first.
const SEEN_MAX: u64 = 1_000_000;

/// What is known of a batch.
pub enum Seen {
    /// It was taken; what its retries are answered.
    Here(Vec<u8>),
    /// Another object takes it.
    Elsewhere,
}

impl Store {
    /// What is known of a batch.
    pub fn seen(&self, key: &str) -> worker::Result<Option<Seen>> {
        #[derive(Deserialize)]
        struct Row {
            answer: ByteBuf,
        }
        let rows: Vec<Row> = self.read("SELECT answer FROM seen WHERE batch_id = ?", vec![key.into()])?;
        // An answer has at least a byte.
        let seen = |answer: Vec<u8>| if answer.is_empty() { Seen::Elsewhere } else { Seen::Here(answer) };
        Ok(rows.into_iter().next().map(|row| seen(row.answer.into_vec())))
    }

    /// Notes that another object takes a batch and events, unless they were taken here.
    pub fn leave(&self, key: Option<&str>, ids: &[Id128], at_ms: u64) -> worker::Result<()> {
        self.transaction(|| {
            if let Some(key) = key {
                self.write(
                    "INSERT INTO seen (batch_id, answer, at_ms) VALUES (?, x'', ?) ON CONFLICT DO NOTHING",
                    vec![key.into(), number(at_ms)],
                )?;
            }
            if ids.is_empty() { Ok(()) } else { self.put_recent(at_ms, recent::packed(ids)) }
        })
    }

    /// Remembers a batch that is journaled; part of a transaction.
    pub(super) fn write_seen(&self, batch: &Batch) -> worker::Result<()> {
        let Some(key) = &batch.key else { return Ok(()) };
        self.write(
            "INSERT INTO seen (batch_id, answer, at_ms) VALUES (?, ?, ?)",
            vec![key.as_str().into(), batch.answer.clone().into(), number(batch.received_at_ms)],
        )
    }

    /// Forgets batches whose time is over, and the oldest of too many; part of a transaction.
    pub(super) fn expire_seen(&self, now_ms: u64) -> worker::Result<()> {
        self.write("DELETE FROM seen WHERE at_ms < ?", vec![number(now_ms.saturating_sub(SEEN_MS))])?;
        self.write("DELETE FROM seen WHERE number <= (SELECT max(number) FROM seen) - ?", vec![number(SEEN_MAX)])
    }
}

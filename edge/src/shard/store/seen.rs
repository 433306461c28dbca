//! The batches that came before, and what their senders were told.

use domain::window::HOUR_MS;
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::{Batch, Store, number};

/// How long a batch is recognised: as long as a sender may try.
const SEEN_MS: u64 = 48 * HOUR_MS;

/// How many batches are recognised. Beyond, the oldest are forgotten first.
const SEEN_MAX: u64 = 1_000_000;

impl Store {
    /// What the sender of a batch was told, if it was taken.
    pub fn seen(&self, key: &str) -> worker::Result<Option<Vec<u8>>> {
        #[derive(Deserialize)]
        struct Row {
            answer: ByteBuf,
        }
        let rows: Vec<Row> = self.read("SELECT answer FROM seen WHERE batch_id = ?", vec![key.into()])?;
        Ok(rows.into_iter().next().map(|row| row.answer.into_vec()))
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

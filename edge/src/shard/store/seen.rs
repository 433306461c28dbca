//! The batches that came before, and what their senders were told.

use domain::window::HOUR_MS;
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::{Batch, Store, number};

/// How long a batch is recognised: as long as a sender may try.
const SEEN_MS: u64 = 48 * HOUR_MS;

/// How many batches are recognised. Beyond, the oldest are forgotten first.
const SEEN_MAX: u64 = 1_000_000;

/// What is known of a batch.
pub enum Seen {
    /// It was taken; what its retries are answered.
    Here(Vec<u8>),
    /// Another object takes it, by settings from this version on.
    Elsewhere(u64),
}

/// First byte of a mark in place of an answer; no MessagePack begins with it.
const ELSEWHERE: u8 = 0xc1;

fn read(answer: Vec<u8>) -> Seen {
    match answer.split_first() {
        Some((&ELSEWHERE, version)) => Seen::Elsewhere(version.try_into().map_or(u64::MAX, u64::from_be_bytes)),
        _ => Seen::Here(answer),
    }
}

impl Store {
    /// What is known of a batch.
    pub fn seen(&self, key: &str) -> worker::Result<Option<Seen>> {
        #[derive(Deserialize)]
        struct Row {
            answer: ByteBuf,
        }
        let rows: Vec<Row> = self.read("SELECT answer FROM seen WHERE batch_id = ?", vec![key.into()])?;
        Ok(rows.into_iter().next().map(|row| read(row.answer.into_vec())))
    }

    /// Notes that another object takes a batch by settings of this version, unless it was taken here.
    pub fn leave(&self, key: &str, version: u64, at_ms: u64) -> worker::Result<()> {
        let mark = [&[ELSEWHERE][..], &version.to_be_bytes()].concat();
        self.write(
            "INSERT INTO seen (batch_id, answer, at_ms) VALUES (?, ?, ?)
             ON CONFLICT (batch_id) DO UPDATE SET answer = max(answer, excluded.answer), at_ms = excluded.at_ms
             WHERE substr(answer, 1, 1) = x'c1'",
            vec![key.into(), mark.into(), number(at_ms)],
        )
    }

    /// Remembers a batch that is journaled; part of a transaction.
    pub(super) fn write_seen(&self, batch: &Batch) -> worker::Result<()> {
        let Some(key) = &batch.key else { return Ok(()) };
        self.write(
            "INSERT INTO seen (batch_id, answer, at_ms) VALUES (?, ?, ?)
             ON CONFLICT (batch_id) DO UPDATE SET answer = excluded.answer, at_ms = excluded.at_ms",
            vec![key.as_str().into(), batch.answer.clone().into(), number(batch.received_at_ms)],
        )
    }

    /// Forgets batches whose time is over, and the oldest of too many; part of a transaction.
    pub(super) fn expire_seen(&self, now_ms: u64) -> worker::Result<()> {
        self.write("DELETE FROM seen WHERE at_ms < ?", vec![number(now_ms.saturating_sub(SEEN_MS))])?;
        self.write("DELETE FROM seen WHERE number <= (SELECT max(number) FROM seen) - ?", vec![number(SEEN_MAX)])
    }
}

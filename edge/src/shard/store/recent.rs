//! Ids of events accepted lately: with the journal until they are sealed, then a row for each seal.

use domain::recent::{RECENT_MAX, RECENT_MS, Recent};
use serde::Deserialize;
use serde_bytes::ByteBuf;
use wire::Id128;

use super::{Entry, Store, number};

/// Ids as they are stored: half of each.
pub fn packed(ids: &[Id128]) -> Vec<u8> {
    ids.iter().flat_map(|id| id.high_bits().to_be_bytes()).collect()
}

fn unpacked(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.chunks_exact(8).filter_map(|eight| eight.try_into().ok().map(u64::from_be_bytes))
}

impl Store {
    /// All that is remembered, as after a restart.
    pub fn recent(&self) -> worker::Result<Recent> {
        #[derive(Deserialize)]
        struct Row {
            at_ms: f64,
            ids: ByteBuf,
        }
        let mut recent = Recent::default();
        let sealed = self.sql.exec("SELECT at_ms, ids FROM recent ORDER BY number", None)?;
        let journaled = self.sql.exec("SELECT at_ms, ids FROM journal ORDER BY id", None)?;
        for row in sealed.next().chain(journaled.next()) {
            let row: Row = row?;
            recent.restore(row.at_ms as u64, unpacked(&row.ids));
        }
        Ok(recent)
    }

    /// Moves the ids of journal rows that are being sealed to a row of their own; part of a transaction.
    pub(super) fn write_recent(&self, entries: &[Entry]) -> worker::Result<()> {
        let ids: Vec<u8> = entries.iter().flat_map(|entry| entry.ids.iter().copied()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let at_ms = entries.last().map_or(0.0, |entry| entry.at_ms) as u64;
        self.write("INSERT INTO recent (at_ms, ids) VALUES (?, ?)", vec![number(at_ms), ids.into()])
    }

    /// Forgets ids whose time is over, and the oldest of too many; part of a transaction.
    pub(super) fn expire_recent(&self, now_ms: u64) -> worker::Result<()> {
        self.write("DELETE FROM recent WHERE at_ms < ?", vec![number(now_ms.saturating_sub(RECENT_MS))])?;
        let too_old = "DELETE FROM recent WHERE number <= (
            SELECT coalesce(max(number), 0) FROM (
                SELECT number, sum(length(ids)) OVER (ORDER BY number DESC) AS newer FROM recent
            ) WHERE newer > ?
        )";
        self.write(too_old, vec![number(8 * RECENT_MAX as u64)])
    }
}

//! Visitor keys: one a day, and one that lasts where the site's owner chose so.

use domain::delta::edge::KEY_GRACE_MS;
use domain::window::DAY_MS;
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::{Store, id, number};

/// The place of the key that lasts, among days since 1970.
pub const LASTING: u64 = 0;

impl Store {
    /// A visitor key, if it was drawn.
    pub fn visitor_key(&self, day: u64) -> worker::Result<Option<[u8; 16]>> {
        if let Some(key) = self.keys.borrow().get(&day) {
            return Ok(Some(*key));
        }
        #[derive(Deserialize)]
        struct Row {
            key: ByteBuf,
        }
        let rows: Vec<Row> = self.read("SELECT key FROM visitor_keys WHERE day = ?", vec![number(day)])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let key = id(&row.key)?.0;
        self.keys.borrow_mut().insert(day, key);
        Ok(Some(key))
    }

    /// Stores a visitor key. Should there be one already, that one stays.
    pub fn put_visitor_key(&self, day: u64, key: [u8; 16]) -> worker::Result<()> {
        self.write(
            "INSERT INTO visitor_keys (day, key) VALUES (?, ?) ON CONFLICT DO NOTHING",
            vec![number(day), key.to_vec().into()],
        )
    }

    /// Destroys the daily keys of days that ended [`KEY_GRACE_MS`] ago.
    pub fn destroy_keys(&self, now_ms: u64) -> worker::Result<()> {
        let oldest = now_ms.saturating_sub(KEY_GRACE_MS) / DAY_MS;
        self.keys.borrow_mut().retain(|day, _| *day >= oldest || *day == LASTING);
        self.write("DELETE FROM visitor_keys WHERE day < ? AND day <> ?", vec![number(oldest), number(LASTING)])
    }

    /// Destroys the lasting key.
    pub fn destroy_lasting_key(&self) -> worker::Result<()> {
        self.keys.borrow_mut().remove(&LASTING);
        self.write("DELETE FROM visitor_keys WHERE day = ?", vec![number(LASTING)])
    }

    /// Whether a visitor key is stored.
    pub fn holds_keys(&self) -> bool {
        self.created.get() && self.count("SELECT count(*) AS n FROM visitor_keys").unwrap_or(1) > 0
    }
}

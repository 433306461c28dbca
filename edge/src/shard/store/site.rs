//! The site's settings, as this object last believed them.

use serde::Deserialize;
use serde_bytes::ByteBuf;
use wire::site::Settings;

use super::Store;

impl Store {
    /// The settings, if they were ever fetched.
    pub fn site(&self) -> worker::Result<Option<Settings>> {
        #[derive(Deserialize)]
        struct Row {
            settings: ByteBuf,
        }
        if !self.created.get() {
            return Ok(None);
        }
        let rows: Vec<Row> = self.read("SELECT settings FROM site", vec![])?;
        rows.first().map(|row| crate::message::decode(&row.settings)).transpose()
    }

    /// Stores the settings.
    pub fn put_site(&self, settings: &Settings) -> worker::Result<()> {
        self.write(
            "INSERT INTO site (one, settings) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET settings = excluded.settings",
            vec![crate::message::encode(settings)?.into()],
        )
    }
}

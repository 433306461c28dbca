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

    /// Stores the settings, and destroys the key that lasts unless `keeps_lasting_key`.
    pub fn put_site(&self, settings: &Settings, keeps_lasting_key: bool) -> worker::Result<()> {
        let bytes = crate::message::encode(settings)?;
        self.transaction(|| {
            self.write(
                "INSERT INTO site (one, settings) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET settings = excluded.settings",
                vec![bytes.clone().into()],
            )?;
            if keeps_lasting_key { Ok(()) } else { self.destroy_lasting_key() }
        })
    }
}

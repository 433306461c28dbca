//! Version 6: tasks, the accounts of what was delivered, and what was deleted. The accounts begin with the frames that the
//! log holds.

use domain::reconcile;
use rusqlite::Connection;
use wire::Id128;
use wire::frame::Frame;

use crate::ledger::LedgerError;
use crate::ledger::reconciliation::Delivered;
use crate::ledger::site::SiteKey;

pub(super) fn migrate(connection: &Connection) -> Result<(), LedgerError> {
    connection.execute_batch(include_str!("../migrations/0006_upkeep.sql"))?;
    let mut delivered = Delivered::default();
    let mut all = connection.prepare("SELECT site, edge_id, bytes FROM frames JOIN frame_bytes USING (position)")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        // What cannot be read is found by a check, and must not keep the server from starting.
        let Ok(frame) = Frame::decode(bytes) else { continue };
        let (site, edge) = (SiteKey(row.get(0)?), Id128(row.get(1)?));
        delivered.add(site, edge, &reconcile::of_frame(&frame));
    }
    delivered.write(connection)
}

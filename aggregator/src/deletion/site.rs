//! Deleting a site: everything of it, but the record that it was.

use anyhow::Result;
use serde_json::json;

use crate::clock::now_ms;
use crate::ledger::{self, LedgerError, begin};
use crate::task::{Done, Hands};

/// Deletes a site. Its frames are refused from then on, whoever brings them.
///
/// # Errors
/// When a step fails; the task is to be done again then.
pub fn delete_site(hands: &mut Hands, tracking_id: &str) -> Result<Done> {
    let Some(site) = ledger::site::find_deleted_too(&hands.connection, tracking_id)? else {
        return Ok(Done::Outcome(json!({ "result": "gone" })));
    };
    let mut work = hands.segments.work()?;
    let sealed = work.erase_site(tracking_id)?;
    let transaction = begin(&mut hands.connection)?;
    let quarantined = ledger::deletion::purge_quarantine_of_site(&transaction, tracking_id)?;
    let (frames, events) = ledger::deletion::delete_site(&transaction, site, tracking_id, now_ms())?;
    transaction.commit().map_err(LedgerError::from)?;
    drop(work);
    Ok(Done::Outcome(json!({
        "result": "deleted", "frames": frames, "events": events, "sealed_events": sealed,
        "quarantined_frames": quarantined,
        "not_reached": ["backups made before", "edges, for what they have not delivered yet: their frames are refused"],
    })))
}

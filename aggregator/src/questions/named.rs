//! What filters name of what is kept of a site: read before a question is planned.

use domain::query::{Definitions, Filtered, Named};
use rusqlite::Connection;
use wire::analysis::FunnelDefinition;

use crate::ledger::funnel::FUNNELS;
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError};

/// What is kept of what filters name. What is not there is left out: whoever writes filters out finds it missing.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn read(connection: &Connection, site: SiteKey, named: &Named) -> Result<Definitions, LedgerError> {
    let mut named = named.clone();
    let mut funnels = Vec::new();
    for name in std::mem::take(&mut named.funnels) {
        let Some((tracking_id, number)) = name.rsplit_once('.') else { continue };
        if ledger::site::find(connection, tracking_id)? != Some(site) {
            continue;
        }
        let Ok(number) = number.parse() else { continue };
        if let Some(mut kept) = FUNNELS.find::<FunnelDefinition>(connection, site, number)? {
            // Funnels name segments too.
            kept.content.filters().into_iter().for_each(|(_, filters)| named.add(filters));
            funnels.push((name, kept.content));
        }
    }
    let segments = ledger::saved_segment::named(connection, site, named.segments.iter())?;
    Ok(Definitions { segments, funnels })
}

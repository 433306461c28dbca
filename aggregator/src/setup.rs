//! The first owner: as long as nobody owns an installation, each start makes a link by which somebody comes to.

use anyhow::Result;
use domain::window::HOUR_MS;
use rusqlite::Connection;

use crate::clock::now_ms;
use crate::config::Config;
use crate::ledger;
use crate::ledger::link::Purpose;
use crate::secret::{self, SecretHash};

/// How long such a link is valid.
pub const HOURS: u64 = 24;

/// A link, if nobody owns the installation; those before are not valid any more. The token stands behind `#`, which
/// browsers do not send: no server's log has it.
///
/// # Errors
/// When the ledger fails, or the system has no randomness to give.
pub fn link(connection: &Connection, config: &Config) -> Result<Option<String>> {
    if ledger::user::has_owner(connection)? {
        return Ok(None);
    }
    let token = secret::draw()?;
    let now_ms = now_ms();
    ledger::link::add(connection, SecretHash::of(&token), Purpose::Setup, None, now_ms, now_ms + HOURS * HOUR_MS)?;
    Ok(Some(format!("{}/setup#{token}", config.public_url().origin())))
}

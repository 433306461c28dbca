//! `tidemark link`

use anyhow::Result;
use domain::window::MINUTE_MS;
use rusqlite::Connection;

use crate::clock::now_ms;
use crate::config::Config;
use crate::ledger::{self, link::Purpose};
use crate::secret::{self, SecretHash};

/// Prints a link. The token stands behind `#`, which browsers do not send: no server's log has it.
pub(super) fn run(connection: &Connection, config: &Config, ttl_minutes: u64) -> Result<()> {
    let token = secret::draw()?;
    let now_ms = now_ms();
    let expires_at_ms = now_ms + ttl_minutes * MINUTE_MS;
    ledger::link::add(connection, SecretHash::of(&token), Purpose::SignIn, None, now_ms, expires_at_ms)?;
    println!("{}/signin#{token}", config.public_url().origin());
    Ok(())
}

//! `tidemark token`: keys that read one site's numbers, the short way.

use anyhow::Result;
use clap::Subcommand;
use rusqlite::Connection;
use wire::account::Permission;

use super::{key, site_named};
use crate::ledger;
use crate::ledger::key::Whose;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a key that reads a site's numbers, and print it. It is not kept, so it is shown this once.
    Create {
        /// Tracking id of the site it reads.
        #[arg(long, value_name = "TRACKING_ID")]
        site: String,
        /// What it is for.
        #[arg(long)]
        name: String,
    },
    /// List the keys: number, site, name. `tidemark key list` shows more.
    List,
    /// Make a key invalid at once.
    Revoke {
        /// Its number.
        number: i64,
    },
}

pub(super) fn run(connection: &Connection, command: Command) -> Result<()> {
    match command {
        Command::Create { site, name } => {
            let site = site_named(connection, &site)?;
            println!("{}", key::create(connection, &name, &[Permission::StatsRead], Some(site), None)?);
        }
        Command::List => {
            for key in ledger::key::list(connection, Whose::All)? {
                println!("{}\t{}\t{}", key.key, key.tracking_id.as_deref().unwrap_or("*"), key.name);
            }
        }
        Command::Revoke { number } => key::revoke(connection, number)?,
    }
    Ok(())
}

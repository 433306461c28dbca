//! `tidemark site`

use anyhow::{Result, anyhow, bail};
use clap::Subcommand;
use rusqlite::Connection;
use wire::session::Site;

use super::settings;
use crate::clock::now_ms;
use crate::ledger;

/// Bytes of a site's name.
const NAME_BYTES_MAX: usize = 256;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a site.
    Add {
        /// What the tracking snippet will carry, e.g. `UA-123456-1`.
        tracking_id: String,
        /// Name for people, usually the domain.
        #[arg(long)]
        name: String,
        /// Leave a site with this tracking id as it is, without an error.
        #[arg(long)]
        if_missing: bool,
    },
    /// List the sites.
    List,
    /// Change how a site is counted, and print its settings. What is not given stays as it is.
    Set(settings::Changes),
    /// Print how a site is counted.
    Show {
        /// Its tracking id.
        tracking_id: String,
    },
}

pub(super) fn run(connection: &mut Connection, command: Command) -> Result<()> {
    match command {
        Command::Add { tracking_id, name, if_missing } => {
            let tracking_id =
                domain::accept::tracking_id(Some(&tracking_id)).map_err(|e| anyhow!("{} {}", e.field, e.detail))?;
            if name.is_empty() || name.len() > NAME_BYTES_MAX {
                bail!("a site's name has 1 to {NAME_BYTES_MAX} bytes");
            }
            let site = Site { tracking_id, name };
            if !ledger::site::add(connection, &site, now_ms())? && !if_missing {
                bail!("there is a site {} already", site.tracking_id);
            }
        }
        Command::Set(changes) => settings::set(connection, changes)?,
        Command::Show { tracking_id } => settings::show(connection, &tracking_id)?,
        Command::List => {
            for site in ledger::site::list(connection, None)? {
                println!("{}\t{}", site.tracking_id, site.name);
            }
        }
    }
    Ok(())
}

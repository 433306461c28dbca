//! `tidemark token`

use anyhow::{Result, bail};
use clap::Subcommand;
use rusqlite::Connection;

use super::site_named;
use crate::clock::now_ms;
use crate::ledger;
use crate::secret::{self, SecretHash};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a token and print it. It is not kept, so it is shown this once.
    Create {
        /// Tracking id of the site it reads.
        #[arg(long, value_name = "TRACKING_ID")]
        site: String,
        /// What it is for.
        #[arg(long)]
        name: String,
    },
    /// List the tokens: number, site, name.
    List,
    /// Make a token invalid at once.
    Revoke {
        /// Its number.
        number: i64,
    },
}

pub(super) fn run(connection: &Connection, command: Command) -> Result<()> {
    match command {
        Command::Create { site, name } => {
            let site = site_named(connection, &site)?;
            let token = secret::draw()?;
            ledger::token::add(connection, SecretHash::of(&token), site, &name, now_ms())?;
            println!("{token}");
        }
        Command::List => {
            for token in ledger::token::list(connection)? {
                println!("{}\t{}\t{}", token.number, token.tracking_id, token.name);
            }
        }
        Command::Revoke { number } => {
            if !ledger::token::revoke(connection, number)? {
                bail!("there is no token {number}; `tidemark token list` shows them");
            }
        }
    }
    Ok(())
}

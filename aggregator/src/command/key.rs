//! `tidemark key`

use anyhow::{Result, anyhow, bail};
use clap::Subcommand;
use domain::account;
use domain::window::DAY_MS;
use rusqlite::Connection;
use wire::account::Permission;

use super::site_named;
use super::user::COMMAND;
use crate::clock::now_ms;
use crate::ledger::key::{KEYS_MAX, New, Whose};
use crate::ledger::{self, audit};
use crate::secret::{self, SecretHash};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a key and print it. It is not kept, so it is shown this once.
    Create {
        /// What it is for.
        #[arg(long)]
        name: String,
        /// What it may do: stats:read, events:read, sites:read, sites:write. May be given several times.
        #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = scope)]
        scopes: Vec<Permission>,
        /// Tracking id of the only site it is for; without it, all sites, those to come too.
        #[arg(long, value_name = "TRACKING_ID")]
        site: Option<String>,
        /// Days until it ends. Default: never.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3660))]
        days: Option<u32>,
    },
    /// List the keys: number, site or `*`, scopes, whose, name.
    List,
    /// Make a key invalid at once.
    Revoke {
        /// Its number.
        number: i64,
    },
}

fn scope(name: &str) -> Result<Permission> {
    let found = Permission::SCOPES.into_iter().find(|scope| scope.name() == name);
    found.ok_or_else(|| anyhow!("is one of {}", Permission::SCOPES.map(Permission::name).join(", ")))
}

pub(super) fn run(connection: &Connection, command: Command) -> Result<()> {
    match command {
        Command::Create { name, scopes, site, days } => {
            let now_ms = now_ms();
            let site = site.map(|site| site_named(connection, &site)).transpose()?;
            let token = create(connection, &name, &scopes, site, days.map(|days| now_ms + u64::from(days) * DAY_MS))?;
            println!("{token}");
        }
        Command::List => {
            for key in ledger::key::list(connection, Whose::All)? {
                let scopes = key.scopes.into_iter().map(Permission::name).collect::<Vec<_>>().join(" ");
                let (site, whose) = (key.tracking_id.unwrap_or("*".to_owned()), key.email.unwrap_or_default());
                println!("{}\t{site}\t{scopes}\t{whose}\t{}", key.key, key.name);
            }
        }
        Command::Revoke { number } => revoke(connection, number)?,
    }
    Ok(())
}

/// Makes a key that no person's rights bound. Answers its secret.
pub(super) fn create(
    connection: &Connection,
    name: &str,
    scopes: &[Permission],
    site: Option<ledger::site::SiteKey>,
    expires_at_ms: Option<u64>,
) -> Result<String> {
    let token = secret::draw()?;
    let (name, scopes) = (account::name(name)?, account::scopes(scopes)?);
    let key = New { hash: SecretHash::of(&token), user: None, site, scopes, name, expires_at_ms };
    let Some(number) = ledger::key::add(connection, &key, now_ms())? else {
        bail!("there are {KEYS_MAX} keys already; `tidemark key revoke` makes room");
    };
    audit::note(connection, COMMAND, "key.make", &number.to_string(), now_ms())?;
    Ok(token)
}

/// Makes a key invalid.
pub(super) fn revoke(connection: &Connection, number: i64) -> Result<()> {
    if !ledger::key::revoke(connection, Whose::All, number)? {
        bail!("there is no key {number}; `tidemark key list` shows them");
    }
    Ok(audit::note(connection, COMMAND, "key.revoke", &number.to_string(), now_ms())?)
}

//! `tidemark user`

use anyhow::{Result, anyhow, bail};
use clap::{Subcommand, ValueEnum};
use domain::account;
use domain::window::DAY_MS;
use rusqlite::Connection;
use wire::account::Role;

use super::site_named;
use crate::clock::now_ms;
use crate::config::Config;
use crate::ledger::link::Purpose;
use crate::ledger::user::{Change, USERS_MAX, UserKey};
use crate::ledger::{self, audit};
use crate::secret::{self, SecretHash};

/// How long a link to set a password is valid.
const RESET_DAYS: u64 = 7;

/// Who commands are done by, in the audit log.
pub(super) const COMMAND: &str = "command";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a person and print a link by which they set their password.
    Add {
        /// Their e-mail address.
        email: String,
        /// Their name. Default: the beginning of the address.
        #[arg(long)]
        name: Option<String>,
        /// Let them own the whole installation.
        #[arg(long)]
        owner: bool,
    },
    /// List the people: address, `owner` if they own the installation, name.
    List,
    /// Print a link by which a person sets a new password. The old one is valid until they do.
    Reset {
        /// Their e-mail address.
        email: String,
    },
    /// Give a person a role on a site, or the whole installation.
    Grant {
        /// Their e-mail address.
        email: String,
        /// Tracking id of the site; without it, all that there is.
        #[arg(long, value_name = "TRACKING_ID", requires = "role")]
        site: Option<String>,
        /// What they are there.
        #[arg(long, requires = "site")]
        role: Option<RoleName>,
    },
    /// Take away a person's role on a site, or the installation.
    Revoke {
        /// Their e-mail address.
        email: String,
        /// Tracking id of the site; without it, the whole installation.
        #[arg(long, value_name = "TRACKING_ID")]
        site: Option<String>,
    },
    /// Remove a person, with their sessions and keys.
    Remove {
        /// Their e-mail address.
        email: String,
    },
}

/// [`Role`] on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum RoleName {
    Viewer,
    Editor,
    Owner,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Viewer => Self::Viewer,
            RoleName::Editor => Self::Editor,
            RoleName::Owner => Self::Owner,
        }
    }
}

pub(super) fn run(connection: &mut Connection, config: &Config, command: Command) -> Result<()> {
    let transaction = ledger::begin(connection)?;
    let said = act(&transaction, config, command)?;
    transaction.commit()?;
    print!("{said}");
    Ok(())
}

/// Does it, and answers what to print.
fn act(connection: &Connection, config: &Config, command: Command) -> Result<String> {
    let now_ms = now_ms();
    let note = |action: &str, about: &str| audit::note(connection, COMMAND, action, about, now_ms);
    match command {
        Command::Add { email, name, owner } => {
            let email = account::email(&email)?;
            let name = account::name(name.as_deref().or(email.split('@').next()).unwrap_or_default())?;
            let Some(user) = ledger::user::add(connection, &email, &name, None, owner, now_ms)? else {
                bail!("there is an account of {email} already, or {USERS_MAX} in all");
            };
            note("user.add", &email)?;
            return reset_link(connection, config, user);
        }
        Command::List => {
            let line = |user: wire::account::User| {
                format!("{}\t{}\t{}\n", user.email, if user.is_owner { "owner" } else { "" }, user.name)
            };
            return Ok(ledger::user::list(connection)?.into_iter().map(line).collect());
        }
        Command::Reset { email } => {
            let user = named(connection, &email)?;
            note("password.link", &email)?;
            return reset_link(connection, config, user);
        }
        Command::Grant { email, site, role } => {
            let user = named(connection, &email)?;
            match (site, role) {
                (Some(site), Some(role)) => {
                    let role = Role::from(role);
                    ledger::member::set(connection, site_named(connection, &site)?, user, role)?;
                    note("member.change", &format!("{site} {email} {}", role.name()))?;
                }
                _ => {
                    ledger::user::set_owner(connection, user, true)?;
                    note("user.change", &format!("{email} owner"))?;
                }
            }
        }
        Command::Revoke { email, site: Some(site) } => {
            let user = named(connection, &email)?;
            if !ledger::member::remove(connection, site_named(connection, &site)?, user)? {
                bail!("{email} has no role on {site}");
            }
            note("member.remove", &format!("{site} {email}"))?;
        }
        Command::Revoke { email, site: None } => {
            not_last(ledger::user::set_owner(connection, named(connection, &email)?, false)?)?;
            note("user.change", &format!("{email} no owner"))?;
        }
        Command::Remove { email } => {
            not_last(ledger::user::remove(connection, named(connection, &email)?)?)?;
            note("user.remove", &email)?;
        }
    }
    Ok(String::new())
}

fn named(connection: &Connection, email: &str) -> Result<UserKey> {
    let account = ledger::user::account(connection, &account::email(email)?)?;
    let account = account.ok_or_else(|| anyhow!("there is no account of {email}; `tidemark user list` shows them"))?;
    Ok(account.user)
}

fn not_last(change: Change) -> Result<()> {
    match change {
        Change::LastOwner => bail!("this is the last owner; `tidemark user grant` makes another"),
        Change::Done | Change::Unknown => Ok(()),
    }
}

fn reset_link(connection: &Connection, config: &Config, user: UserKey) -> Result<String> {
    let token = secret::draw()?;
    let now_ms = now_ms();
    let expires_at_ms = now_ms + RESET_DAYS * DAY_MS;
    ledger::link::add(connection, SecretHash::of(&token), Purpose::Reset, Some(user), now_ms, expires_at_ms)?;
    Ok(format!("{}/password#{token}\n", config.public_url().origin()))
}

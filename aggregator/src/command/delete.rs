//! `tidemark delete`

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use rusqlite::Connection;
use wire::Id128;

use super::{site_named, task};
use crate::config::Config;
use crate::deletion::Person;
use crate::task::Request;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Erase a person: all events of the visitors that are found go, everywhere; the days are counted anew.
    Person(PersonArguments),
    /// Delete a site and all that there is of it. There is no way back but a backup.
    Site {
        /// Its tracking id.
        tracking_id: String,
        /// Its tracking id again.
        #[arg(long, value_name = "TRACKING_ID")]
        confirm: String,
    },
}

/// Who is meant.
#[derive(Debug, Args)]
pub(super) struct PersonArguments {
    /// Tracking id of the site.
    #[arg(long, value_name = "TRACKING_ID")]
    site: String,
    /// The visitor, as raw events bear it.
    #[arg(long, value_name = "ID", conflicts_with = "property", required_unless_present = "property")]
    visitor: Option<Id128>,
    /// Everyone of whom an event bears this custom property.
    #[arg(long, value_name = "NAME=VALUE")]
    property: Option<String>,
}

/// Has it done and prints the record.
pub(super) fn run(connection: &Connection, config: &Config, command: Command) -> Result<()> {
    let (site, request) = match command {
        Command::Person(PersonArguments { site, visitor, property }) => {
            let person = match (visitor, property.as_deref().map(|text| text.split_once('='))) {
                (Some(visitor), _) => Person::Visitor(visitor),
                (None, Some(Some((name, value)))) => {
                    Person::Property { name: name.to_owned(), value: value.to_owned() }
                }
                _ => bail!("a property is NAME=VALUE"),
            };
            (site, Request::Erase { person, plan: None })
        }
        Command::Site { tracking_id, confirm } if tracking_id == confirm => (tracking_id, Request::DeleteSite),
        Command::Site { tracking_id, .. } => bail!("--confirm must be {tracking_id}"),
    };
    site_named(connection, &site)?;
    let record = task::run(connection, config, &site, &request)?;
    println!("{}", serde_json::to_string_pretty(&record)?);
    Ok(())
}

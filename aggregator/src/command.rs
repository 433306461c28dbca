//! The command line.

mod backup;
mod check;
mod delete;
mod demo;
mod export;
mod key;
mod link;
mod quarantine;
mod rebuild;
mod restore;
mod segments;
mod settings;
mod site;
mod task;
mod token;
mod user;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use rusqlite::Connection;

use crate::config::{self, Config, Flags};
use crate::ledger::{self, DataFolder};
use crate::{log, serve};

/// Web analytics: the regional aggregator.
#[derive(Debug, Parser)]
#[command(name = "tidemark", version)]
pub struct CommandLine {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Common {
    /// Settings to read, as `config.example.toml` shows them.
    #[arg(long, global = true, value_name = "FILE", env = "TIDEMARK_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the ledger; wins over the settings.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until SIGTERM or SIGINT.
    Serve {
        /// Address and port; wins over the settings.
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<SocketAddr>,
    },
    /// The sites.
    #[command(subcommand)]
    Site(site::Command),
    /// The people who sign in.
    #[command(subcommand)]
    User(user::Command),
    /// Keys for programs.
    #[command(subcommand)]
    Key(key::Command),
    /// Keys that read one site's numbers.
    #[command(subcommand)]
    Token(token::Command),
    /// Print a link that signs a browser in as the operator, who may do everything; once.
    Link {
        /// How long it is valid.
        #[arg(long, default_value_t = 15, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(1..=1440))]
        ttl_minutes: u64,
    },
    /// Print every counted event of a site, one JSON object a line: sealed ones by day, then the others in the order of
    /// counting.
    Export {
        /// Tracking id of the site.
        #[arg(long, value_name = "TRACKING_ID")]
        site: String,
    },
    /// Copy the ledger to a file while the server runs, and check the copy. `tidemark restore` makes a data folder of it.
    Backup {
        /// The file; must not exist.
        file: PathBuf,
    },
    /// Make a data folder from a backup: copied, checked, brought up to date, put in place. The folder must hold no
    /// ledger. Edges then send again what they keep and the backup does not have.
    Restore {
        /// The backup.
        file: PathBuf,
    },
    /// The files of sealed events.
    #[command(subcommand)]
    Segments(segments::Command),
    /// Read the whole ledger: is it whole, do minutes, hours, days and log agree? Prints what it holds, with a digest
    /// that is the same for ledgers that counted the same.
    Check,
    /// Make the rollups of some days anew from single events, and print what differs. By the server that runs, or here.
    Rebuild(rebuild::Days),
    /// Compare what edges delivered, what is kept of it and what is counted, by day. A server does so every night.
    Reconcile {
        /// Tracking id of one site.
        #[arg(long, value_name = "TRACKING_ID")]
        site: Option<String>,
    },
    /// Erase a person or a site.
    #[command(subcommand)]
    Delete(delete::Command),
    /// Make two sites with months of made-up events, for the server that runs to count: a blog and a product, with funnel,
    /// cohorts, revenue and incidents. Once more brings them up to now, and counts nothing twice.
    Demo(demo::Demo),
    /// Frames that were signed but not counted.
    #[command(subcommand)]
    Quarantine(quarantine::Command),
    /// The settings.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Read the settings and print them, secrets hidden.
    Check,
}

/// Does what the command line says.
///
/// # Errors
/// When it cannot be done; the message says why.
pub fn run(line: CommandLine) -> Result<()> {
    let Common { config: file, data: data_dir } = line.common;
    let listen = match &line.command {
        Command::Serve { listen } => *listen,
        _ => None,
    };
    let config = config::load(&Flags { file, data_dir, listen }).map_err(|e| anyhow::anyhow!("settings: {e}"))?;
    match line.command {
        Command::Serve { .. } => {
            let traces = log::start(&config)?;
            let served = serve::serve(config);
            traces.stop();
            served
        }
        Command::Site(command) => site::run(&mut open(&config)?, command),
        Command::User(command) => user::run(&mut open(&config)?, &config, command),
        Command::Key(command) => key::run(&open(&config)?, command),
        Command::Token(command) => token::run(&open(&config)?, command),
        Command::Link { ttl_minutes } => link::run(&open(&config)?, &config, ttl_minutes),
        Command::Export { site } => export::run(&config, &site),
        Command::Segments(command) => segments::run(&config, &command),
        Command::Backup { file } => backup::run(&config, &file),
        Command::Restore { file } => restore::run(&config, &file),
        Command::Check => check::run(&config),
        Command::Rebuild(days) => rebuild::run(&open(&config)?, &config, days),
        Command::Reconcile { site } => rebuild::reconcile(&open(&config)?, &config, site.as_deref()),
        Command::Delete(command) => delete::run(&open(&config)?, &config, command),
        Command::Demo(demo) => demo::run(&mut open(&config)?, &config, &demo),
        Command::Quarantine(command) => quarantine::run(&open(&config)?, &config, command),
        Command::Config(ConfigCommand::Check) => {
            println!("{config:#?}");
            Ok(())
        }
    }
}

fn open(config: &Config) -> Result<Connection> {
    let folder = DataFolder::prepare(&config.data_dir)?;
    Ok(ledger::open(&folder.ledger_file())?)
}

/// The site that a command names.
fn site_named(connection: &Connection, tracking_id: &str) -> Result<ledger::site::SiteKey> {
    let found = ledger::site::find(connection, tracking_id)?;
    found.ok_or_else(|| anyhow::anyhow!("there is no site {tracking_id}; `tidemark site add {tracking_id}` adds it"))
}

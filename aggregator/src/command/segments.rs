//! `tidemark segments`

use anyhow::Result;
use clap::Subcommand;

use crate::clock::now_ms;
use crate::config::Config;
use crate::ledger::{self, DataFolder};
use crate::segments::{Amount, Segments};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the segments that count: path below the data folder's `segments`, events, bytes, level. For programs that
    /// read them.
    List {
        /// Tracking id of the site.
        #[arg(long, value_name = "TRACKING_ID")]
        site: Option<String>,
    },
    /// Seal all events that can be, now; beside a running server too.
    Seal,
    /// Make the bucket of the settings this ledger's, whosever it was: when that ledger is gone for good, or this one was
    /// restored from a backup that did not know its own name yet.
    Claim,
    /// Merge the segments that are due, now, and remove what was replaced long enough ago; beside a running server too.
    Compact,
}

pub(super) fn run(config: &Config, command: &Command) -> Result<()> {
    let folder = DataFolder::prepare(&config.data_dir)?;
    let ledger_file = folder.ledger_file();
    match command {
        Command::List { site } => {
            let connection = ledger::open(&ledger_file)?;
            let site = site.as_deref().map(|site| super::site_named(&connection, site)).transpose()?;
            for segment in ledger::segment::list(&connection, site)? {
                println!("{}\t{}\t{}\t{}", segment.path, segment.events, segment.bytes, segment.level);
            }
        }
        Command::Seal => {
            let sealed = Segments::open(&folder, config)?.work()?.seal(Amount::All)?;
            println!("{sealed} events");
        }
        Command::Claim => {
            let connection = ledger::open(&ledger_file)?;
            match Segments::open(&folder, config)?.take_over(&connection)? {
                Some(bucket) => println!("{bucket}"),
                None => anyhow::bail!("storage.bucket is not set: there is none to claim"),
            }
        }
        Command::Compact => {
            let segments = Segments::open(&folder, config)?;
            let mut work = segments.work()?;
            let replaced = work.compact(now_ms())?;
            work.sweep(now_ms())?;
            println!("{replaced} segments");
        }
    }
    Ok(())
}

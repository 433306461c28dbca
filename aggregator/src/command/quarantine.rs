//! `tidemark quarantine`

use anyhow::{Context, Result, anyhow, ensure};
use clap::Subcommand;
use rusqlite::Connection;
use wire::Id128;
use wire::frame::Frame;

use super::task;
use crate::config::Config;
use crate::ledger;
use crate::task::Request;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the frames that were set aside: hash, time, bytes, why.
    List,
    /// Print what is known of one: why it was set aside, who wrote it, what is in it.
    Show {
        /// Its hash, as listed.
        hash: Id128,
    },
    /// Have frames judged again, as if they came now. What is counted under the same number stays as it is, so nothing
    /// doubles; a frame that is counted, or was before, leaves the quarantine.
    Replay {
        /// Hash of one frame; all of them, if none is given.
        hash: Option<Id128>,
    },
    /// Delete one for good.
    Drop {
        /// Its hash, as listed.
        hash: Id128,
    },
}

pub(super) fn run(connection: &Connection, config: &Config, command: Command) -> Result<()> {
    match command {
        Command::List => {
            for kept in ledger::quarantine::list(connection)? {
                println!("{}\t{}\t{}\t{}", kept.hash, kept.received_at_ms, kept.length, kept.reason);
            }
        }
        Command::Show { hash } => show(connection, hash)?,
        Command::Replay { hash } => {
            let hashes = match hash {
                Some(hash) => vec![hash],
                None => ledger::quarantine::list(connection)?.into_iter().map(|kept| kept.hash).collect(),
            };
            for hash in hashes {
                ensure!(ledger::quarantine::find(connection, hash)?.is_some(), "no frame {hash} is set aside");
                let outcome = task::run(connection, config, "", &Request::Replay { hash });
                match outcome {
                    Ok(outcome) => println!("{hash}\t{outcome}"),
                    Err(e) => println!("{hash}\tstays: {e:#}"),
                }
            }
        }
        Command::Drop { hash } => {
            ensure!(ledger::quarantine::forget(connection, hash)?, "no frame {hash} is set aside");
        }
    }
    Ok(())
}

fn show(connection: &Connection, hash: Id128) -> Result<()> {
    let found = ledger::quarantine::find(connection, hash)?;
    let (bytes, reason) = found.ok_or_else(|| anyhow!("no frame {hash} is set aside"))?;
    println!("reason   {reason}\nbytes    {}", bytes.len());
    let frame = match Frame::decode(&bytes) {
        Ok(frame) => frame,
        Err(e) => {
            println!("content  not readable: {e}");
            return Ok(());
        }
    };
    println!(
        "site     {}, shard {}\nedge     {}, epoch {}, frame {}{}\nevents   {}, of which {} came along\nrows     {}\noutcomes {}",
        frame.site,
        frame.shard,
        frame.edge_id,
        frame.epoch.0,
        frame.seq.0,
        if frame.replayed { ", replayed" } else { "" },
        frame.event_count,
        frame.events.len(),
        frame.rows.len(),
        frame.outcomes.len()
    );
    let edge = ledger::mark::newest(connection, frame.edge_id).context("its edge's mark")?;
    match edge {
        Some(mark) => println!("mark     epoch {}, counted through {}", mark.epoch.0, mark.applied_through.0),
        None => println!("mark     this edge never said hello here"),
    }
    Ok(())
}

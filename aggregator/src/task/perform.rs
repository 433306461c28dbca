//! Doing a task.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use domain::seal;
use domain::window::{DAY_MS, date_of};
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use wire::frame::{Frame, FrameResult, Hello, HelloAnswer, WIRE_VERSION};
use wire::{Id128, Seq};

use super::Request;
use crate::clock::now_ms;
use crate::deletion;
use crate::intake::{CheckedFrame, Job, Writer};
use crate::ledger::hot::Hot;
use crate::ledger::site::SiteKey;
use crate::ledger::task::Task;
use crate::ledger::{self, LedgerError};
use crate::rebuild::{self, Fewer, Wanted, Writing};
use crate::reconcile;
use crate::segments::Segments;

/// What tasks are done with.
pub struct Hands {
    /// A connection of their own that writes.
    pub connection: Connection,
    /// The way into the ledger for what is counted.
    pub writer: Arc<Writer>,
    /// What is counted since the last checkpoint.
    pub hot: Arc<Hot>,
    /// The raw events.
    pub segments: Arc<Segments>,
    /// Where the writer is waited for.
    pub runtime: Handle,
    /// Tells those who look at a site that it changed.
    pub changed: Box<dyn Fn(SiteKey) + Send>,
}

impl Hands {
    /// Says how far a task is. That it could not be said is no reason to end it.
    pub fn say(&self, task: &Task, progress: &str) {
        if let Err(e) = ledger::task::progress(&self.connection, task.id, progress, now_ms()) {
            tracing::warn!("the progress of a task was not noted: {e}");
        }
    }

    /// Whether the blocks hold all frames of a site that were counted by now. If not, they will soon.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn is_checkpointed(&self, site: SiteKey) -> Result<bool, LedgerError> {
        let goal = ledger::rebuild::reach(&self.connection, site)?.log;
        let until = Instant::now() + CHECKPOINT_TIME;
        loop {
            if ledger::rebuild::reach(&self.connection, site)?.blocks >= goal {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
            self.hot.want_checkpoint();
            thread::sleep(CHECKPOINT_PAUSE);
        }
    }

    /// Has everyone who looks at a site see what was changed in the ledger.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn changed(&self, site: SiteKey) -> Result<(), LedgerError> {
        let versions = ledger::site::versions(&self.connection)?;
        if let Some((_, version)) = versions.into_iter().find(|(of, _)| *of == site) {
            self.hot.changed(site, version);
        }
        (self.changed)(site);
        Ok(())
    }

    /// Moves what was deleted out of the log of the ledger's file, as far as nobody reads it now.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn forget_pages(&self) -> Result<(), LedgerError> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}

/// How long a checkpoint is waited for.
const CHECKPOINT_TIME: Duration = Duration::from_secs(30);

/// Between two looks at it.
const CHECKPOINT_PAUSE: Duration = Duration::from_millis(50);

/// What became of a task.
pub enum Done {
    /// It is done.
    Outcome(Value),
    /// It can be done later.
    Later {
        /// When to try again, Unix milliseconds.
        until_ms: u64,
        /// What it waits for.
        why: String,
    },
}

pub(super) fn perform(hands: &mut Hands, task: &Task, request: &Request) -> Result<Done> {
    match request {
        Request::Replay { hash } => replay(hands, *hash).map(Done::Outcome),
        Request::Rebuild { from_ms, to_ms, dry_run } => {
            let writing = if *dry_run { Writing::DryRun } else { Writing::Replace };
            rebuild_days(hands, task, *from_ms..=*to_ms, writing).map(Done::Outcome)
        }
        Request::Reconcile => {
            let only = Some(task.tracking_id.as_str()).filter(|site| !site.is_empty());
            Ok(Done::Outcome(reconcile::reconcile(&mut hands.connection, only)?))
        }
        Request::Erase { person, plan } => deletion::erase(hands, task, person, plan.as_ref()),
        Request::DeleteSite => deletion::delete_site(hands, &task.tracking_id),
    }
}

fn rebuild_days(hands: &mut Hands, task: &Task, days: RangeInclusive<u64>, writing: Writing) -> Result<Value> {
    let tracking_id = task.tracking_id.as_str();
    let site = ledger::site::find(&hands.connection, tracking_id)?;
    let site = site.with_context(|| format!("there is no site {tracking_id}"))?;
    // What is hot is in no block that could be compared; if it stays so, it is left out.
    hands.is_checkpointed(site)?;
    let wanted = Wanted { site, tracking_id, writing, fewer: Fewer::Refuse };
    let count = (days.end() - days.start()) / DAY_MS + 1;
    let mut done = Vec::new();
    for (number, day_ms) in days.step_by(DAY_MS as usize).enumerate() {
        hands.say(task, &format!("{} ({} of {count})", date_of(day_ms), number + 1));
        let day = rebuild::day(&mut hands.connection, &hands.segments, wanted, day_ms)?;
        if day.done == rebuild::Done::Replaced {
            hands.changed(site)?;
        }
        done.push(day.to_json());
    }
    Ok(json!({ "tracking_id": tracking_id, "days": done }))
}

/// Has a frame judged again. Its number is of an epoch that is over, so it comes as a replayed one in a new epoch of its
/// edge, as the edge itself would send it: by its birth and by the ids of its events, what is counted is known. The edge
/// is fenced, says hello, and goes on.
fn replay(hands: &Hands, hash: Id128) -> Result<Value> {
    let found = ledger::quarantine::find(&hands.connection, hash)?;
    let Some((bytes, _)) = found else { return Ok(json!({ "result": "gone" })) };
    let frame = Frame::decode(&bytes).context("it cannot be read by this version either")?;
    let hello = Hello {
        wire_version: WIRE_VERSION,
        edge_id: frame.edge_id,
        site: frame.site.clone(),
        shard: frame.shard,
        epoch: Some(frame.epoch),
    };
    let welcome = hands.runtime.block_on(hands.writer.ask(|reply| Job::Hello(hello, reply)))?;
    let HelloAnswer::Welcome { epoch } = welcome else {
        bail!("there is no site {}; `tidemark site add` adds it", frame.site);
    };
    let sealed = seal::renumber(&bytes, epoch, Seq(1))?;
    let place = hands.writer.reserve(sealed.bytes.len())?;
    let checked = CheckedFrame::check(sealed.bytes, sealed.hash);
    let checked = checked.map_err(|refused| anyhow::anyhow!("it is still refused: {}", refused.detail))?;
    let asking = hands.writer.ask(|reply| Job::Frame(Box::new(checked), reply, place));
    let answer = hands.runtime.block_on(asking)?;
    if answer.result != FrameResult::Applied {
        let why = answer.detail.unwrap_or_default();
        bail!("it was not counted: {:?} {why}", answer.result);
    }
    ledger::quarantine::forget(&hands.connection, hash)?;
    Ok(json!({ "result": "counted", "events": frame.event_count, "tracking_id": frame.site }))
}

//! Doing a task.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use domain::seal;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use wire::frame::{Frame, FrameResult, Hello, HelloAnswer, WIRE_VERSION};
use wire::{Id128, Seq};

use super::Request;
use crate::intake::{CheckedFrame, Job, Writer};
use crate::ledger;
use crate::ledger::hot::Hot;
use crate::ledger::task::Task;

/// What tasks are done with.
pub struct Hands {
    /// A connection of their own that writes.
    pub connection: Connection,
    /// The way into the ledger for what is counted.
    pub writer: Arc<Writer>,
    /// What is counted since the last checkpoint.
    pub hot: Arc<Hot>,
    /// Where the writer is waited for.
    pub runtime: Handle,
}

/// What became of a task.
pub(super) enum Done {
    /// It is done.
    Outcome(Value),
    /// It can be done later.
    #[expect(dead_code, reason = "erasures wait")]
    Later {
        /// When to try again, Unix milliseconds.
        until_ms: u64,
        /// What it waits for.
        why: String,
    },
}

pub(super) fn perform(hands: &mut Hands, _task: &Task, request: &Request) -> Result<Done> {
    match request {
        Request::Replay { hash } => replay(hands, *hash).map(Done::Outcome),
    }
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

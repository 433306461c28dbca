//! Takes accepted events in: who sent them, seen before?, journal, answer.

use std::rc::Rc;

use domain::accept::Accepted;
use domain::hash;
use domain::seal::Writer;
use domain::visitor::{self, Identity, VisitorKey};
use domain::window::DAY_MS;
use wire::Id128;
use wire::frame::{Hello, HelloAnswer, RawEvent, WIRE_VERSION};

use super::Shard;
use super::group_commit::{self, commit};
use super::store::Batch;
use crate::message::{Keep, Kept, Sender};
use crate::{courier, message, random};

/// How long a site that the aggregator does not know is refused without asking again.
const UNKNOWN_SITE_MS: u64 = 10_000;

/// What senders are told when nothing can be kept now.
const BUSY: Kept = Kept::Busy { retry_after_s: 5 };

/// Keeps a batch. The answer leaves when the batch is durable.
pub async fn keep(shard: &Rc<Shard>, keep: Keep) -> worker::Result<Kept> {
    match introduced(shard, keep.received_at_ms).await? {
        Introduced::Yes => {}
        Introduced::UnknownSite => return Ok(Kept::UnknownSite),
        Introduced::NotYet => return Ok(BUSY),
    }
    if let Some(id) = &keep.batch_id {
        if let Some(answer) = shard.store.seen(id)? {
            return Ok(Kept::Durable { refused: message::decode(&answer)? });
        }
        if let Some(waiting) = group_commit::join(shard, id) {
            return answer(waiting.await.ok().flatten());
        }
    }
    if shard.store.is_full() {
        return Ok(BUSY);
    }
    let batch = Batch {
        events: message::encode(&identify(shard, &keep)?)?,
        answer: message::encode(&keep.refused)?,
        received_at_ms: keep.received_at_ms,
        id: keep.batch_id,
    };
    answer(commit(shard, batch).await)
}

fn answer(outcome: group_commit::Outcome) -> worker::Result<Kept> {
    match outcome {
        Some(batch) => Ok(Kept::Durable { refused: message::decode(&batch.answer)? }),
        None => Ok(BUSY),
    }
}

/// Replaces what the sender calls itself by keyed hashes.
fn identify(shard: &Shard, keep: &Keep) -> worker::Result<Vec<RawEvent>> {
    let key = VisitorKey(shard.store.visitor_key(keep.received_at_ms / DAY_MS)?);
    // Ids of events that bring none: repeatable for a batch that can be recognised, else drawn.
    let seed: Vec<u8> = match &keep.batch_id {
        Some(id) => id.as_bytes().to_vec(),
        None => random::bytes::<16>()?.to_vec(),
    };
    let named = |(index, accepted): (usize, &Accepted)| {
        let site = accepted.site.as_str();
        let visitor = visitor_of(&key, site, accepted, &keep.sender);
        let session_id = accepted.session_id.as_deref();
        RawEvent {
            id: accepted.event_id.unwrap_or_else(|| event_id(site, &seed, index)),
            visitor,
            session: visitor.map(|visitor| visitor::session(&key, site, visitor, session_id)),
            ..accepted.event.clone()
        }
    };
    Ok(keep.events.iter().enumerate().map(named).collect())
}

fn visitor_of(key: &VisitorKey, site: &str, accepted: &Accepted, sender: &Sender) -> Option<Id128> {
    match (sender, &accepted.client_id) {
        (Sender::Private, _) => None,
        (Sender::Known { .. }, Some(id)) => Some(visitor::visitor(key, site, Identity::Client(id))),
        (Sender::Known { address, user_agent }, None) => {
            Some(visitor::visitor(key, site, Identity::Network { address, user_agent }))
        }
    }
}

fn event_id(site: &str, seed: &[u8], index: usize) -> Id128 {
    hash::of_fields(&[b"batch", site.as_bytes(), seed, &(index as u64).to_be_bytes()])
}

enum Introduced {
    Yes,
    UnknownSite,
    NotYet,
}

/// Whether this object has an epoch; if not, asks for its first. Until the aggregator has confirmed the site
/// once, nothing is taken in: what could never be delivered is not acknowledged.
async fn introduced(shard: &Shard, now_ms: u64) -> worker::Result<Introduced> {
    if shard.writer.borrow().is_some() {
        return Ok(Introduced::Yes);
    }
    let _one_at_a_time = shard.greeting.lock().await;
    if shard.writer.borrow().is_some() {
        return Ok(Introduced::Yes);
    }
    if now_ms < shard.unknown_until_ms.get() {
        return Ok(Introduced::UnknownSite);
    }
    let edge_id = Id128(random::bytes()?);
    let hello = Hello {
        wire_version: WIRE_VERSION,
        edge_id,
        site: shard.name.site.clone(),
        shard: shard.name.shard,
        epoch: None,
    };
    match courier::hello(&shard.settings, &hello).await {
        Ok(HelloAnswer::Welcome { epoch }) => {
            let writer = Writer { edge_id, epoch, site: hello.site, shard: hello.shard };
            shard.store.begin(&writer)?;
            shard.writer.replace(Some(writer));
            Ok(Introduced::Yes)
        }
        Ok(HelloAnswer::UnknownSite) => {
            shard.unknown_until_ms.set(now_ms + UNKNOWN_SITE_MS);
            Ok(Introduced::UnknownSite)
        }
        Err(error) => {
            worker::console_error!("{}: hello failed: {error}", shard.name);
            Ok(Introduced::NotYet)
        }
    }
}

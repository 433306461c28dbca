//! A site's number of objects may change while senders repeat what they sent before. Whoever keeps an event now asks
//! whoever kept it then. With the question come the settings that changed it, so what was not taken there until then
//! will not be any more; and whoever asked may fail and ask again.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use domain::route::former_shards;
use futures_util::future::join_all;
use wire::Id128;
use wire::outcome::Outcome;
use wire::site::Settings;

use super::{Name, Shard, group_commit, site};
use crate::message::{self, CLAIM, Claim, Claimed, Incoming, Keep};

/// What a batch is recognised by. An object may see the same batch again under another number of objects, with
/// other events of it.
pub fn batch_key(batch_id: &str, shards: u16) -> String {
    format!("{batch_id}/{shards}")
}

/// What became of an event when it came before.
pub enum Before {
    /// It came in the same batch: its sender is told the same, which is nothing if it was accepted.
    Answered(Option<Outcome>),
    /// It came in another batch, and was accepted.
    Accepted,
}

/// What became of events that were taken elsewhere before, by their position in the request.
pub async fn taken_before(
    shard: &Rc<Shard>,
    keep: &Keep,
    settings: &Settings,
) -> worker::Result<BTreeMap<usize, Before>> {
    let mut taken = BTreeMap::new();
    for shards in former_shards(settings, keep.received_at_ms) {
        let mut by_owner: BTreeMap<u16, Vec<&Incoming>> = BTreeMap::new();
        for event in &keep.events {
            by_owner.entry(event.point.shard(shards)).or_default().push(event);
        }
        let claims = by_owner.into_iter().map(async |(owner, events)| {
            let claim = Claim {
                settings: settings.clone(),
                shards,
                batch_id: keep.batch_id.clone(),
                event_ids: events.iter().filter_map(|event| event.event_id).collect(),
            };
            let claimed: Claimed = if owner == shard.name.shard {
                taken_here(shard, &claim).await?
            } else {
                let owner = Name { shard: owner, ..shard.name.clone() };
                message::ask(&shard.env, &owner, CLAIM, &claim).await?
            };
            Ok::<_, worker::Error>((events, claim, claimed))
        });
        for answered in join_all(claims).await {
            let (events, claim, claimed) = answered?;
            let known: BTreeSet<Id128> =
                claim.event_ids.iter().zip(claimed.has_event).filter(|(_, has)| *has).map(|(id, _)| *id).collect();
            for event in events {
                if let Some(answer) = &claimed.batch {
                    let outcome = answer.iter().find(|outcome| outcome.index == event.index).cloned();
                    taken.insert(event.index, Before::Answered(outcome));
                } else if event.event_id.is_some_and(|id| known.contains(&id)) {
                    taken.entry(event.index).or_insert(Before::Accepted);
                }
            }
        }
    }
    Ok(taken)
}

/// Whether this object was told of a batch under an earlier number of objects.
pub fn knew(shard: &Shard, keep: &Keep, settings: &Settings) -> worker::Result<bool> {
    let Some(id) = &keep.batch_id else { return Ok(false) };
    for shards in former_shards(settings, keep.received_at_ms) {
        if shard.store.seen(&batch_key(id, shards))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Answers a claim on what was or would be this object's.
pub async fn answer(shard: &Rc<Shard>, claim: Claim) -> worker::Result<Claimed> {
    if shard.writer.borrow().is_none() {
        // It never took anything, and asks how the site is counted before it does.
        return Ok(Claimed { batch: None, has_event: vec![false; claim.event_ids.len()] });
    }
    site::adopt(shard, &claim.settings)?;
    taken_here(shard, &claim).await
}

async fn taken_here(shard: &Shard, claim: &Claim) -> worker::Result<Claimed> {
    let key = claim.batch_id.as_deref().map(|id| batch_key(id, claim.shards));
    let is_known = shard.with_recent(|recent| claim.event_ids.iter().any(|id| recent.knows(*id)))?;
    if is_known || key.as_deref().is_some_and(|key| group_commit::holds(shard, key)) {
        // It is durable, or about to be, or to fail.
        group_commit::settled(shard).await;
    }
    let answer = key.map(|key| shard.store.seen(&key)).transpose()?.flatten();
    let batch = answer.map(|answer| message::decode(&answer)).transpose()?;
    let has_event = shard.with_recent(|recent| claim.event_ids.iter().map(|id| recent.knows(*id)).collect())?;
    Ok(Claimed { batch, has_event })
}

//! A site's number of objects may change while senders repeat what they sent before. Whoever keeps an event now asks
//! whoever kept it then; what was not taken there will not be any more.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use domain::route::former_shards;
use wire::Id128;
use wire::site::Settings;

use super::store::Seen;
use super::{Name, Shard, group_commit};
use crate::message::{self, CLAIM, Claim, Claimed, Keep};

/// Events whose senders know them that another object takes, by the version of the settings that say so. They matter
/// for as long as a worker may believe older ones, which is seconds: in memory, and bounded.
#[derive(Default)]
pub struct Left(BTreeMap<Id128, u64>);

impl Left {
    /// Ids that are remembered; more, and all are forgotten.
    const MAX: usize = 100_000;

    fn add(&mut self, ids: impl Iterator<Item = Id128>, version: u64) {
        if self.0.len() > Self::MAX {
            self.0.clear();
        }
        self.0.extend(ids.map(|id| (id, version)));
    }

    /// The version by which another object takes one of these events, if it is newer than `version`.
    pub fn newer(&self, mut ids: impl Iterator<Item = Id128>, version: u64) -> Option<u64> {
        if self.0.is_empty() {
            return None;
        }
        ids.find_map(|id| self.0.get(&id).copied().filter(|newer| *newer > version))
    }
}

/// What a batch is recognised by. An object may see the same batch again under another number of objects, with
/// other events of it.
pub fn batch_key(batch_id: &str, shards: u16) -> String {
    format!("{batch_id}/{shards}")
}

/// Positions in the request of the events that were taken elsewhere before.
pub async fn taken_before(shard: &Rc<Shard>, keep: &Keep, settings: &Settings) -> worker::Result<BTreeSet<usize>> {
    let mut taken = BTreeSet::new();
    for shards in former_shards(settings, keep.received_at_ms) {
        let mut by_owner: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
        for (position, event) in keep.events.iter().enumerate() {
            by_owner.entry(event.point.shard(shards)).or_default().push(position);
        }
        for (owner, positions) in by_owner {
            let events: Vec<_> = positions.into_iter().filter_map(|position| keep.events.get(position)).collect();
            let claim = Claim {
                shards,
                batch_id: keep.batch_id.clone(),
                event_ids: events.iter().filter_map(|event| event.event_id).collect(),
                settings_version: settings.version,
                received_at_ms: keep.received_at_ms,
            };
            let claimed = if owner == shard.name.shard {
                // Its own events are looked up with all others later.
                let key = claim.batch_id.as_deref().map(|id| batch_key(id, shards));
                let has_batch = key.map(|key| shard.store.seen(&key)).transpose()?.flatten();
                Claimed { has_batch: matches!(has_batch, Some(Seen::Here(_))), has_event: Vec::new() }
            } else {
                let owner = Name { shard: owner, ..shard.name.clone() };
                message::ask(&shard.env, &owner, CLAIM, &claim).await?
            };
            let known: BTreeSet<Id128> =
                claim.event_ids.iter().zip(claimed.has_event).filter(|(_, has)| *has).map(|(id, _)| *id).collect();
            for event in events {
                if claimed.has_batch || event.event_id.is_some_and(|id| known.contains(&id)) {
                    taken.insert(event.index);
                }
            }
        }
    }
    Ok(taken)
}

/// Answers a claim on what was or would be this object's.
pub async fn answer(shard: &Rc<Shard>, claim: Claim) -> worker::Result<Claimed> {
    if shard.writer.borrow().is_none() {
        // It never took anything, and there is nothing to note that in.
        return Ok(Claimed { has_batch: false, has_event: vec![false; claim.event_ids.len()] });
    }
    let key = claim.batch_id.as_deref().map(|id| batch_key(id, claim.shards));
    if let Some(waiting) = key.as_deref().and_then(|key| group_commit::join(shard, key)) {
        // It is about to become durable, or to fail.
        let _ = waiting.await;
    }
    let seen = key.as_deref().map(|key| shard.store.seen(key)).transpose()?.flatten();
    let has_batch = matches!(seen, Some(Seen::Here(_)));
    let has_event: Vec<bool> =
        shard.with_recent(|recent| claim.event_ids.iter().map(|id| recent.knows(*id)).collect())?;
    if !has_batch {
        if let Some(key) = &key {
            shard.store.leave(key, claim.settings_version, claim.received_at_ms)?;
        }
        let new = claim.event_ids.iter().zip(&has_event).filter(|(_, has)| !**has).map(|(id, _)| *id);
        shard.left.borrow_mut().add(new, claim.settings_version);
    }
    Ok(Claimed { has_batch, has_event })
}

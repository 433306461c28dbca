//! Takes accepted events in: how is the site counted, taken before?, too many?, who sent them, journal, answer.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use domain::bot::Filtered;
use domain::delta::edge::SEAL_DELAY_MS;
use domain::limit::Arrival;
use domain::seal::Writer;
use domain::visitor::VisitorKey;
use domain::window::DAY_MS;
use domain::{hash, outcome};
use wire::Id128;
use wire::frame::{Hello, HelloAnswer, WIRE_VERSION};
use wire::outcome::{Outcome, Status};
use wire::site::{Settings, VisitorMode};

use super::claim::{Before, batch_key, knew, taken_before};
use super::group_commit::{self, commit};
use super::identify::{Ids, Keys, identified};
use super::store::keys::LASTING;
use super::store::{Batch, Journaled};
use super::{Shard, keys, site};
use crate::message::{AskSettings, Incoming, Keep, Kept, SiteAnswer};
use crate::{courier, message, random};

/// How long a site that the aggregator does not know is refused without asking again.
const UNKNOWN_SITE_MS: u64 = 10_000;

/// What senders are told when nothing can be kept now.
const BUSY: Kept = Kept::Busy { retry_after_s: 5 };

/// What becomes of an event that was accepted in another batch.
const DUPLICATE: (Status, &str, &str) = (Status::Duplicate, outcome::DUPLICATE, "event_id");

/// Keeps a batch. The answer leaves when the batch is durable.
pub async fn keep(shard: &Rc<Shard>, mut keep: Keep) -> worker::Result<Kept> {
    match introduced(shard, keep.received_at_ms).await? {
        Introduced::Yes => {}
        Introduced::UnknownSite => return Ok(Kept::UnknownSite),
        Introduced::NotYet => return Ok(BUSY),
    }
    let Some(settings) = site::settings(shard, keep.settings_version).await else { return Ok(BUSY) };
    if settings.version < keep.settings_version {
        // It cannot tell who kept these events before.
        return Ok(BUSY);
    }
    if keep.shards != settings.shards {
        return Ok(Kept::Moved(settings.version));
    }
    let key = keep.batch_id.as_deref().map(|id| batch_key(id, keep.shards));
    if let Some(kept) = seen(shard, key.as_deref(), &settings).await? {
        return Ok(kept);
    }
    let taken = taken_before(shard, &keep, &settings).await?;
    let today = keep.received_at_ms / DAY_MS;
    let keys = Keys {
        daily: VisitorKey(keys::key(shard, today).await?),
        lasting: match settings.visitors {
            VisitorMode::Persistent => Some(VisitorKey(keys::key(shard, LASTING).await?)),
            VisitorMode::Cookieless => None,
        },
    };
    // From here to the group commit nothing is awaited, so nothing comes between.
    if let Some(version) = moved_since(shard, &settings) {
        return Ok(Kept::Moved(version));
    }
    if let Some(kept) = seen(shard, key.as_deref(), &settings).await? {
        return Ok(kept);
    }
    if shard.store.is_full() {
        return Ok(BUSY);
    }
    let visitors: Vec<Option<Id128>> =
        keep.events.iter().map(|event| keys.visitor(&shard.name.site, event, &keep.sender)).collect();
    let too_many = match admit(shard, &keep, &visitors, &settings) {
        Ok(too_many) => too_many,
        Err(refused) => {
            // Their number is not written at once, which would cost as much as taking them.
            shard.wake_within(SEAL_DELAY_MS).await;
            return Ok(refused);
        }
    };
    if knew(shard, &keep, &settings)? {
        // Counted then.
        keep.not_accepted.clear();
    }
    let batch = sort_out(shard, keep, key, &Told { keys, visitors, too_many, taken })?;
    answer(commit(shard, batch).await, &settings)
}

/// What is known of the events of a batch; of each in its order, unless it says otherwise.
struct Told {
    keys: Keys,
    /// Who sent it.
    visitors: Vec<Option<Id128>>,
    /// Whether it is a page view too many.
    too_many: Vec<bool>,
    /// Those taken before by other objects, by position in the request.
    taken: BTreeMap<usize, Before>,
}

/// Parts what is counted from what is not. Nothing is awaited, and what is counted is known as accepted from now on.
fn sort_out(shard: &Shard, mut keep: Keep, key: Option<String>, told: &Told) -> worker::Result<Batch> {
    let site = shard.name.site.as_str();
    let made_up = match &keep.batch_id {
        Some(id) => Ids::new(site, id.as_bytes()),
        None => Ids::new(site, &random::bytes::<16>()?),
    };
    let incoming = std::mem::take(&mut keep.events);
    let mut here = BTreeSet::new();
    let known: Vec<bool> = shard.with_recent(|recent| {
        let is_known = |event: &Incoming| event.event_id.is_some_and(|id| recent.knows(id) || !here.insert(id));
        incoming.iter().map(is_known).collect()
    })?;
    let (mut events, mut ids): (Vec<Journaled>, Vec<Id128>) = (Vec::with_capacity(incoming.len()), Vec::new());
    for (((event, visitor), is_too_many), is_known) in
        incoming.into_iter().zip(&told.visitors).zip(&told.too_many).zip(known)
    {
        let before = told.taken.get(&event.index);
        let (status, outcome, reason) = match before {
            Some(Before::Answered(outcome)) => {
                keep.refused.extend(outcome.clone());
                continue;
            }
            Some(Before::Accepted) => DUPLICATE,
            None if is_known => DUPLICATE,
            None if *is_too_many => (Status::Filtered, outcome::FILTERED, Filtered::VisitorRate.name()),
            None => {
                ids.extend(event.event_id);
                events.push(identified(site, event, &told.keys, *visitor, &made_up));
                continue;
            }
        };
        let detail = Some(reason.to_owned());
        keep.refused.push(Outcome { index: event.index, status, detail, field: None });
        keep.not_accepted.push((outcome.to_owned(), reason.to_owned(), 1));
    }
    let batch = Batch {
        events: if events.is_empty() && keep.not_accepted.is_empty() { Vec::new() } else { message::encode(&events)? },
        outcomes: if keep.not_accepted.is_empty() { Vec::new() } else { message::encode(&keep.not_accepted)? },
        answer: message::encode(&keep.refused)?,
        received_at_ms: keep.received_at_ms,
        ids,
        key,
    };
    shard.with_recent(|recent| recent.add(batch.received_at_ms, batch.ids.iter().copied()))?;
    Ok(batch)
}

/// The version of settings believed since `settings` by which other objects keep events, or kept them.
fn moved_since(shard: &Shard, settings: &Settings) -> Option<u64> {
    let now = shard.site.borrow().clone()?;
    let is_same = now.shards == settings.shards && now.earlier_shards == settings.earlier_shards;
    (!is_same).then_some(now.version)
}

/// The answer to a batch that came before, if it did; to one that is about to become durable, when it is.
async fn seen(shard: &Shard, key: Option<&str>, settings: &Settings) -> worker::Result<Option<Kept>> {
    let Some(key) = key else { return Ok(None) };
    if let Some(answer) = shard.store.seen(key)? {
        return durable(&answer, settings).map(Some);
    }
    match group_commit::join(shard, key) {
        Some(waiting) => answer(waiting.await.ok().flatten(), settings).map(Some),
        None => Ok(None),
    }
}

fn answer(outcome: group_commit::Outcome, settings: &Settings) -> worker::Result<Kept> {
    outcome.map_or(Ok(BUSY), |batch| durable(&batch.answer, settings))
}

fn durable(answer: &[u8], settings: &Settings) -> worker::Result<Kept> {
    Ok(Kept::Durable { refused: message::decode(answer)?, settings_version: settings.version })
}

/// Takes the events' tokens, and says of each whether it is a page view too many; or that there are too few tokens.
fn admit(shard: &Shard, keep: &Keep, visitors: &[Option<Id128>], settings: &Settings) -> Result<Vec<bool>, Kept> {
    let of_event = |(event, visitor): (&Incoming, &Option<Id128>)| Arrival {
        visitor: visitor.map(Id128::high_bits),
        is_pageview: event.is_pageview,
    };
    // Events that are not counted cost as much as others.
    let refused: u64 = keep.not_accepted.iter().map(|(.., count)| *count).sum();
    let arrivals = keep.events.iter().zip(visitors).map(of_event);
    let others = (0..refused).map(|_| Arrival { visitor: None, is_pageview: false });
    let arrivals: Vec<Arrival> = arrivals.chain(others).collect();
    let block = keep.block.map(|block| hash::of_bytes(&block).high_bits());
    let admitted = shard.limits.borrow_mut().admit(&site::limits(settings), &arrivals, block, keep.received_at_ms);
    admitted.map_err(|limited| {
        let (scope, count) = (limited.scope.name().to_owned(), arrivals.len() as u64);
        shard.limited.borrow_mut().add(keep.received_at_ms, outcome::LIMITED, &scope, count);
        Kept::Limited { scope, retry_after_s: limited.retry_after_ms.div_ceil(1000).min(3600) as u32 }
    })
}

/// Answers a worker that asks how the site is counted.
pub async fn settings(shard: &Rc<Shard>, asked: &AskSettings, now_ms: u64) -> worker::Result<SiteAnswer> {
    Ok(match introduced(shard, now_ms).await? {
        Introduced::UnknownSite => SiteAnswer::Unknown,
        Introduced::NotYet => SiteAnswer::Busy,
        Introduced::Yes => {
            let settings = site::settings(shard, asked.at_least).await;
            settings.map_or(SiteAnswer::Busy, |settings| SiteAnswer::Known(Box::new(Settings::clone(&settings))))
        }
    })
}

/// Whether this object may count.
#[derive(PartialEq, Eq)]
pub enum Introduced {
    /// It has an epoch.
    Yes,
    /// There is no such site.
    UnknownSite,
    /// The aggregator cannot be asked now.
    NotYet,
}

/// Whether this object has an epoch; if not, asks for its first. Until the aggregator has confirmed the site
/// once, nothing is taken in: what could never be delivered is not acknowledged.
pub async fn introduced(shard: &Shard, now_ms: u64) -> worker::Result<Introduced> {
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
        Ok(HelloAnswer::UnknownSite { .. }) => {
            shard.unknown_until_ms.set(now_ms + UNKNOWN_SITE_MS);
            Ok(Introduced::UnknownSite)
        }
        Err(error) => {
            worker::console_error!("{}: hello failed: {error}", shard.name);
            Ok(Introduced::NotYet)
        }
    }
}

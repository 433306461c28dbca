//! Hands one site's events to the objects that keep them: filtered, routed, and routed anew where the site's
//! settings changed on the way.

use std::collections::BTreeMap;

use domain::accept::Accepted;
use domain::outcome;
use domain::route::Point;
use futures_util::future::join_all;
use wire::batch::Malformed;
use wire::outcome::{Outcome, Status};
use wire::site::Settings;
use worker::Env;

use crate::failure::Failure;
use crate::message::{self, Incoming, KEEP, Keep, Kept};
use crate::origin::Origin;
use crate::shard::Name;
use crate::{ingest, settings, site};

/// When to try again after an object failed: restarting one takes milliseconds.
const RETRY_AFTER_FAILURE_S: u32 = 2;

/// When to try again while the aggregator never told how the site is counted, and cannot now.
const RETRY_AFTER_ABSENCE_S: u32 = 5;

/// How often events are routed before their sender has to try again.
const ROUTES_MAX: usize = 4;

/// What the parts of a request share.
pub struct Batch {
    /// Its id, if its sender can recognise it.
    pub id: Option<String>,
    /// Whether the SDK in a browser sent it: then its user agent is the visitor's.
    pub is_of_browser: bool,
    /// Outcomes of its events that were not accepted.
    pub refused: Vec<Outcome>,
}

/// One site's part of a request.
#[derive(Default)]
pub struct Part {
    /// Its accepted events and their positions in the request.
    pub events: Vec<(usize, Accepted)>,
    /// Those of them that are on their way to an object.
    incoming: Vec<Incoming>,
    /// How many were not accepted, by outcome and reason.
    not_accepted: BTreeMap<(String, String), u64>,
}

impl Part {
    /// Counts an event that was not accepted.
    pub fn note(&mut self, outcome: &str, reason: &str) {
        *self.not_accepted.entry((outcome.to_owned(), reason.to_owned())).or_default() += 1;
    }
}

/// Keeps a site's part. Answers the outcomes of events that are not accepted; all others are durable.
pub async fn keep(
    site: String,
    mut part: Part,
    batch: &Batch,
    origin: &Origin,
    env: &Env,
) -> Result<Vec<Outcome>, Failure> {
    let mut outcomes = Vec::new();
    let mut at_least = 0;
    for _ in 0..ROUTES_MAX {
        let Some(settings) = site::settings(&site, at_least, env).await.map_err(away)? else {
            outcomes.extend(part.events.iter().map(|(index, _)| unknown_site(*index)));
            outcomes.extend(part.incoming.iter().map(|event| unknown_site(event.index)));
            return Ok(outcomes);
        };
        filter(&mut part, &settings, batch, origin, &mut outcomes)?;
        let region = settings::region(env)?;
        let calls = route(&mut part, &settings, batch, origin, &outcomes).into_iter().map(|(shard, keep)| {
            let name = Name { region: region.clone(), site: site.clone(), shard };
            async move {
                let kept: worker::Result<Kept> = message::ask(env, &name, KEEP, &keep).await;
                (keep, kept)
            }
        });
        for (keep, kept) in join_all(calls).await {
            // An object that fails may have committed; under the same batch id the retry is safe.
            match kept.map_err(busy)? {
                Kept::Durable { refused, settings_version } => {
                    outcomes.extend(refused);
                    at_least = at_least.max(settings_version);
                }
                Kept::UnknownSite => outcomes.extend(keep.events.iter().map(|event| unknown_site(event.index))),
                Kept::Moved(version) => {
                    at_least = at_least.max(version);
                    part.not_accepted
                        .extend(keep.not_accepted.into_iter().map(|(outcome, why, n)| ((outcome, why), n)));
                    part.incoming.extend(keep.events);
                }
                Kept::Limited { scope, retry_after_s } => return Err(Failure::Limited { scope, retry_after_s }),
                Kept::Busy { retry_after_s } => return Err(Failure::Busy { retry_after_s }),
            }
        }
        if part.incoming.is_empty() && part.not_accepted.is_empty() {
            if at_least > settings.version {
                // Asked for now, so that the next request need not.
                site::settings(&site, at_least, env).await.map_err(busy)?;
            }
            return Ok(outcomes);
        }
    }
    Err(Failure::Busy { retry_after_s: RETRY_AFTER_FAILURE_S })
}

fn busy(error: worker::Error) -> Failure {
    worker::console_error!("an object failed: {error}");
    Failure::Busy { retry_after_s: RETRY_AFTER_FAILURE_S }
}

fn away(error: worker::Error) -> Failure {
    worker::console_error!("how the site is counted is not known: {error}");
    Failure::Busy { retry_after_s: RETRY_AFTER_ABSENCE_S }
}

fn unknown_site(index: usize) -> Outcome {
    let detail = "there is no such site here".to_owned();
    ingest::rejected(index, Malformed { field: "tracking_id".to_owned(), detail })
}

/// Takes out what programs sent, and packs the rest. Who names a client and is no browser speaks for others: a server,
/// whose own user agent and address say nothing of them.
fn filter(
    part: &mut Part,
    settings: &Settings,
    batch: &Batch,
    origin: &Origin,
    outcomes: &mut Vec<Outcome>,
) -> worker::Result<()> {
    let of_request = if settings.filters_bots { origin.filtered(false) } else { None };
    for (index, accepted) in std::mem::take(&mut part.events) {
        let is_own = batch.is_of_browser || accepted.client_id.is_none();
        let filtered = match (is_own, accepted.is_automated) {
            _ if !settings.filters_bots => None,
            (_, true) => origin.filtered(true),
            (true, false) => of_request,
            (false, false) => None,
        };
        if let Some(filtered) = filtered {
            part.note(outcome::FILTERED, filtered.name());
            let detail = Some(filtered.name().to_owned());
            outcomes.push(Outcome { index, status: Status::Filtered, detail, field: None });
            continue;
        }
        let point = Point::of(origin.identity(accepted.client_id.as_deref()));
        part.incoming.push(Incoming::new(index, point, accepted)?);
    }
    Ok(())
}

/// Empties a part into a message for each object that keeps some of it.
fn route(
    part: &mut Part,
    settings: &Settings,
    batch: &Batch,
    origin: &Origin,
    outcomes: &[Outcome],
) -> BTreeMap<u16, Keep> {
    let message = || Keep {
        batch_id: batch.id.clone(),
        shards: settings.shards,
        settings_version: settings.version,
        received_at_ms: origin.receipt.received_at_ms,
        sender: origin.sender(settings.honours_dnt),
        block: origin.block(),
        events: Vec::new(),
        refused: batch.refused.iter().chain(outcomes).cloned().collect(),
        not_accepted: Vec::new(),
    };
    let mut messages: BTreeMap<u16, Keep> = BTreeMap::new();
    for event in part.incoming.drain(..) {
        messages.entry(event.point.shard(settings.shards)).or_insert_with(message).events.push(event);
    }
    let not_accepted = std::mem::take(&mut part.not_accepted);
    if !not_accepted.is_empty() {
        // Under a batch id that comes again, the same object has to be told of them.
        let keep = messages.entry(0).or_insert_with(message);
        keep.not_accepted =
            not_accepted.into_iter().map(|((outcome, reason), count)| (outcome, reason, count)).collect();
    }
    messages
}

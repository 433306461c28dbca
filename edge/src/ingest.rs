//! From a request to durable events: decode, accept, hand each site's events to the objects that keep them.

use std::collections::BTreeMap;

use domain::{accept, outcome};
use futures_util::future::join_all;
use serde::Serialize;
use wire::batch::{self, Batch, BatchError, Malformed};
use wire::outcome::{Outcome, Outcomes, Status};
use wire::problem::Problem;
use worker::{Env, Request, Response};

use crate::dispatch::{self, Part};
use crate::failure::Failure;
use crate::origin::Origin;
use crate::{body, reply};

/// Sites whose events one request may hold. Each costs calls to other objects, of which the runtime lets one
/// request make six at a time.
const SITES_PER_BATCH_MAX: usize = 6;

/// `POST /api/v1/events` and `POST /api/v1/beacon`.
pub async fn events(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let body = body::read(&mut request).await?;
    let batch = batch::decode(&body).map_err(|e| unreadable(&e))?;
    let outcomes = keep(batch, &request, env).await?;
    Ok(answer(&outcomes)?)
}

/// Keeps the events of a batch. All that the answer calls accepted is durable.
pub async fn keep(batch: Batch, request: &Request, env: &Env) -> Result<Outcomes, Failure> {
    let batch_id = accept::batch_id(&batch.envelope).map_err(at_fault)?.map(str::to_owned);
    let origin = Origin::of(request, env)?;
    let count = batch.events.len();
    let mut refused = BTreeMap::new();
    let mut by_site: BTreeMap<String, Part> = BTreeMap::new();
    for (index, event) in batch.events.into_iter().enumerate() {
        // Most name their site in the envelope alone.
        let own_site = event.as_ref().ok().and_then(|event| event.tracking_id.clone());
        let accepted =
            event.and_then(|event| accept::accept(event, &batch.envelope, &origin.receipt)).and_then(|accepted| {
                if by_site.len() < SITES_PER_BATCH_MAX || by_site.contains_key(&accepted.site) {
                    return Ok(accepted);
                }
                let detail = format!("the batch holds events of more than {SITES_PER_BATCH_MAX} sites");
                Err(Malformed { field: "tracking_id".to_owned(), detail })
            });
        match accepted {
            Ok(accepted) => by_site.entry(accepted.site.clone()).or_default().events.push((index, accepted)),
            Err(malformed) => {
                let site = own_site.as_deref().or(batch.envelope.tracking_id.as_deref());
                let site = accept::tracking_id(site).ok();
                let known = site.filter(|site| by_site.len() < SITES_PER_BATCH_MAX || by_site.contains_key(site));
                if let Some(part) = known.map(|site| by_site.entry(site).or_default()) {
                    part.note(outcome::REJECTED, outcome::reason(&malformed.field));
                }
                refused.insert(index, rejected(index, malformed));
            }
        }
    }
    let batch = dispatch::Batch {
        id: batch_id,
        is_of_browser: batch.envelope.sdk.is_some(),
        refused: refused.values().cloned().collect(),
    };
    let parts = by_site.into_iter().map(|(site, part)| dispatch::keep(site, part, &batch, &origin, env));
    // Parts that are durable already answer the retry as before, if the batch has an id.
    for kept in join_all(parts).await {
        refused.extend(kept?.into_iter().map(|outcome| (outcome.index, outcome)));
    }
    Ok(outcomes(count, refused))
}

/// The outcome of an event that cannot be counted.
pub fn rejected(index: usize, malformed: Malformed) -> Outcome {
    Outcome { index, status: Status::Rejected, detail: Some(malformed.detail), field: Some(malformed.field) }
}

fn outcomes(count: usize, mut refused: BTreeMap<usize, Outcome>) -> Outcomes {
    let accepted = |index| Outcome { index, status: Status::Accepted, detail: None, field: None };
    let outcomes: Vec<Outcome> =
        (0..count).map(|index| refused.remove(&index).unwrap_or_else(|| accepted(index))).collect();
    let accepted = outcomes.iter().filter(|outcome| outcome.status == Status::Accepted).count();
    Outcomes { accepted, outcomes }
}

fn answer(outcomes: &Outcomes) -> worker::Result<Response> {
    match refusal(outcomes) {
        Some(refusal) => reply::problem_with(refusal.problem.status, &refusal),
        None if outcomes.accepted == outcomes.outcomes.len() => reply::accepted(),
        None => reply::json(200, outcomes),
    }
}

/// A request all of whose events were rejected.
#[derive(Serialize)]
pub struct Refusal<'a> {
    /// The first event's problem, with its field and limit.
    #[serde(flatten)]
    pub problem: Problem,
    outcomes: &'a [Outcome],
}

/// The error that a request ends in when all of its events were rejected.
pub fn refusal(outcomes: &Outcomes) -> Option<Refusal<'_>> {
    let first = outcomes.outcomes.first()?;
    if outcomes.outcomes.iter().any(|outcome| outcome.status != Status::Rejected) {
        return None;
    }
    Some(Refusal { problem: at_fault_of(first), outcomes: &outcomes.outcomes })
}

/// What is wrong with an event that was rejected.
pub fn at_fault_of(rejected: &Outcome) -> Problem {
    let field = rejected.field.clone().unwrap_or_default();
    let detail = format!("{field}: {}", rejected.detail.clone().unwrap_or_default());
    Problem::new(400, "no_event_accepted", detail).with_field(field)
}

/// The same, with fields called as their sender calls them.
pub fn renamed(mut outcomes: Outcomes, name: impl Fn(&str) -> String) -> Outcomes {
    for outcome in &mut outcomes.outcomes {
        outcome.field = outcome.field.as_deref().map(&name);
    }
    outcomes
}

/// The error that a body ends in when nothing can be read from it.
pub fn unreadable(error: &BatchError) -> Problem {
    match error {
        BatchError::TooLong => Problem::new(413, "body_too_large", error.to_string()),
        BatchError::Envelope(malformed) => at_fault(malformed.clone()),
        BatchError::TooManyEvents(_) => Problem::new(400, "too_many_events", error.to_string()).with_field("events"),
        _ => Problem::new(400, "unreadable_body", error.to_string()),
    }
}

fn at_fault(malformed: Malformed) -> Problem {
    let detail = format!("{}: {}", malformed.field, malformed.detail);
    Problem::new(400, "invalid_field", detail).with_field(malformed.field)
}

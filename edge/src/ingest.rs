//! From a request to durable events: decode, accept, hand each site's events to the object that keeps them.

use std::collections::BTreeMap;

use domain::accept::{self, Accepted, Receipt};
use domain::user_agent::{self, Hints};
use futures_util::future::join_all;
use serde::Serialize;
use wire::batch::{self, Batch, BatchError, Malformed};
use wire::outcome::{Outcome, Outcomes, Status};
use wire::problem::Problem;
use worker::js_sys::Reflect;
use worker::{Date, Env, Request, Response};

use crate::failure::Failure;
use crate::message::{self, Keep, Kept, Sender};
use crate::{body, reply, settings, shard};

/// Sites whose events one request may hold. Each costs a call to another object, of which the runtime lets
/// one request make six at a time.
const SITES_PER_BATCH_MAX: usize = 6;

/// When to try again after an object failed: restarting one takes milliseconds.
const RETRY_AFTER_FAILURE_S: u32 = 2;

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
    let receipt = receipt(request);
    let count = batch.events.len();
    let mut refused = BTreeMap::new();
    let mut by_site: BTreeMap<String, Vec<(usize, Accepted)>> = BTreeMap::new();
    for (index, event) in batch.events.into_iter().enumerate() {
        let accepted = event.and_then(|event| accept::accept(event, &batch.envelope, &receipt)).and_then(|accepted| {
            if by_site.len() < SITES_PER_BATCH_MAX || by_site.contains_key(&accepted.site) {
                return Ok(accepted);
            }
            let detail = format!("the batch holds events of more than {SITES_PER_BATCH_MAX} sites");
            Err(Malformed { field: "tracking_id".to_owned(), detail })
        });
        match accepted {
            Ok(accepted) => by_site.entry(accepted.site.clone()).or_default().push((index, accepted)),
            Err(malformed) => {
                refused.insert(index, rejected(index, malformed));
            }
        }
    }
    let own_refusals: Vec<Outcome> = refused.values().cloned().collect();
    let calls = by_site.into_iter().map(|(site, events)| {
        let (indices, events): (Vec<usize>, Vec<Accepted>) = events.into_iter().unzip();
        let keep = Keep {
            batch_id: batch_id.clone(),
            received_at_ms: receipt.received_at_ms,
            sender: sender(request),
            events,
            refused: own_refusals.clone(),
        };
        async move { (indices, call(&site, &keep, env).await) }
    });
    for (indices, kept) in join_all(calls).await {
        // An object that fails may have committed; under the same batch id the retry is safe.
        let kept = kept.unwrap_or_else(|error| {
            worker::console_error!("an object failed: {error}");
            Kept::Busy { retry_after_s: RETRY_AFTER_FAILURE_S }
        });
        match kept {
            Kept::Durable { refused: first_answer } => {
                refused.extend(first_answer.into_iter().map(|outcome| (outcome.index, outcome)));
            }
            Kept::UnknownSite => refused.extend(indices.into_iter().map(|index| {
                let malformed =
                    Malformed { field: "tracking_id".to_owned(), detail: "there is no such site here".to_owned() };
                (index, rejected(index, malformed))
            })),
            // Parts that are durable already answer the retry as before, if the batch has an id.
            Kept::Busy { retry_after_s } => return Err(Failure::Busy { retry_after_s }),
        }
    }
    Ok(outcomes(count, refused))
}

async fn call(site: &str, keep: &Keep, env: &Env) -> worker::Result<Kept> {
    // Every event of a site goes to one object for now; the name leaves room for more.
    let name = shard::Name { region: settings::region(env)?, site: site.to_owned(), shard: 0 };
    let stub = env.durable_object("SITE_SHARD")?.get_by_name(&name.to_string())?;
    let request = message::post("https://shard/keep", &message::encode(keep)?)?;
    let mut response = stub.fetch_with_request(request).await?;
    if response.status_code() != 200 {
        let reason = response.text().await.unwrap_or_default();
        return Err(worker::Error::RustError(format!("{}: {reason}", response.status_code())));
    }
    message::decode(&response.bytes().await?)
}

/// What the runtime says of a request. `request.cf` is read by hand: its typed form panics on a field that
/// is missing.
fn receipt(request: &Request) -> Receipt {
    let cf = Reflect::get(request.inner(), &"cf".into()).ok().filter(|cf| cf.is_object());
    let place = |name: &str| {
        let value = cf.as_ref().and_then(|cf| Reflect::get(cf, &name.into()).ok());
        value.and_then(|value| value.as_string()).unwrap_or_default()
    };
    let [user_agent, brands, mobile, platform, platform_version] =
        ["user-agent", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-ch-ua-platform-version"]
            .map(|name| header(request, name));
    let hints = Hints { brands: &brands, mobile: &mobile, platform: &platform, platform_version: &platform_version };
    Receipt {
        received_at_ms: Date::now().as_millis(),
        // `T1` is Tor, `XX` is unknown: neither is a country.
        country: Some(place("country")).filter(|c| c != "XX" && c != "T1" && c.len() == 2).unwrap_or_default(),
        region: place("regionCode"),
        city: place("city"),
        client: user_agent::read(&user_agent, &hints),
    }
}

fn sender(request: &Request) -> Sender {
    if header(request, "sec-gpc") == "1" {
        return Sender::Private;
    }
    Sender::Known { address: header(request, "cf-connecting-ip"), user_agent: header(request, "user-agent") }
}

/// A header of the request; empty where missing.
fn header(request: &Request, name: &str) -> String {
    request.headers().get(name).ok().flatten().unwrap_or_default()
}

fn rejected(index: usize, malformed: Malformed) -> Outcome {
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

/// A request of which no event was accepted.
#[derive(Serialize)]
pub struct Refusal<'a> {
    /// The first event's problem, with its field and limit.
    #[serde(flatten)]
    pub problem: Problem,
    outcomes: &'a [Outcome],
}

/// The error that a request ends in when none of its events was accepted.
pub fn refusal(outcomes: &Outcomes) -> Option<Refusal<'_>> {
    let first = outcomes.outcomes.first().filter(|_| outcomes.accepted == 0)?;
    let field = first.field.clone().unwrap_or_default();
    let detail = format!("{field}: {}", first.detail.clone().unwrap_or_default());
    let problem = Problem::new(400, "no_event_accepted", detail).with_field(field);
    Some(Refusal { problem, outcomes: &outcomes.outcomes })
}

fn unreadable(error: &BatchError) -> Problem {
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

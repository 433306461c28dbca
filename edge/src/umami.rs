//! `POST /api/send` and `POST /api/batch`: events as Umami's tracker and its servers send them.

use domain::foreign::umami::{self, Answer, CACHE_HEADER};
use serde::Serialize;
use wire::Id128;
use wire::outcome::{Outcome, Status};
use wire::problem::Problem;
use worker::{Date, Env, Request, Response};

use crate::failure::Failure;
use crate::{body, ingest, random, reply};

/// What Umami says to programs.
#[derive(Serialize)]
struct Beep {
    beep: &'static str,
}

/// What Umami says of a list.
#[derive(Serialize)]
struct Processed {
    size: usize,
    processed: usize,
    errors: usize,
    details: Vec<Detail>,
    cache: String,
}

/// One event of a list that was refused.
#[derive(Serialize)]
struct Detail {
    index: usize,
    response: Problem,
}

/// Counts one event.
pub async fn send(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let body = body::read(&mut request).await?;
    let batch = umami::decode(&body).map_err(|e| ingest::unreadable(&e))?;
    let outcomes = ingest::keep(batch, &request, env).await?;
    let response = match outcomes.outcomes.first().map(|outcome| outcome.status) {
        Some(Status::Filtered) => reply::json(200, &Beep { beep: "boop" })?,
        _ => match ingest::refusal(&ingest::renamed(outcomes.clone(), umami::field)) {
            Some(refusal) => reply::problem_with(refusal.problem.status, &refusal)?,
            None => reply::json(200, &answer(&request)?)?,
        },
    };
    Ok(reply::with_dropped(response, &outcomes.outcomes)?)
}

/// Counts a list.
pub async fn batch(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let body = body::read(&mut request).await?;
    let batch = umami::decode_list(&body).map_err(|e| ingest::unreadable(&e))?;
    let outcomes = ingest::keep(batch, &request, env).await?;
    let named = ingest::renamed(outcomes.clone(), umami::field);
    let details: Vec<Detail> = named.outcomes.iter().filter_map(detail).collect();
    let (size, errors) = (outcomes.outcomes.len(), details.len());
    let processed = Processed { size, processed: size - errors, errors, details, cache: answer(&request)?.cache };
    Ok(reply::with_dropped(reply::json(200, &processed)?, &outcomes.outcomes)?)
}

fn answer(request: &Request) -> worker::Result<Answer> {
    let sent = request.headers().get(CACHE_HEADER)?.unwrap_or_default();
    let drawn = [Id128(random::bytes()?), Id128(random::bytes()?)];
    Ok(Answer::to(&sent, drawn, Date::now().as_millis()))
}

fn detail(outcome: &Outcome) -> Option<Detail> {
    let response = (outcome.status == Status::Rejected).then(|| ingest::at_fault_of(outcome))?;
    Some(Detail { index: outcome.index, response })
}

//! `POST /api/event`: an event as Plausible's trackers send it.

use domain::foreign::plausible;
use worker::{Env, Request, Response};

use crate::failure::Failure;
use crate::{body, ingest, reply};

/// Counts the event of every site that it names. What is not counted is told by headers; the answer is the same, as
/// Plausible's is, unless nothing of it can be counted.
pub async fn event(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let body = body::read(&mut request).await?;
    let batch = plausible::decode(&body).map_err(|e| ingest::unreadable(&e))?;
    let outcomes = ingest::keep(batch, &request, env).await?;
    let named = ingest::renamed(outcomes.clone(), plausible::field);
    let response = match ingest::refusal(&named) {
        Some(refusal) => reply::problem_with(refusal.problem.status, &refusal),
        None => reply::plausible(),
    }?;
    Ok(reply::with_dropped(response, &outcomes.outcomes)?)
}

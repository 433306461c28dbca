//! `GET /api/v1/beacon`: one event in a query string, answered by a picture of one pixel. For pages without
//! scripts and for e-mail.

use std::collections::BTreeMap;

use wire::batch::{Batch, Envelope};
use wire::event::{Event, Page};
use wire::limits::BEACON_QUERY_BYTES_MAX;
use wire::problem::Problem;
use worker::{Env, Request, Response};

use crate::failure::Failure;
use crate::ingest;
use crate::reply;

const PARAMETERS: &str = "tracking_id, event_type, url, title, referrer, client_id, session_id, event_id, batch_id";

/// Counts the event that the query describes. `event_type` defaults to `pageview`, `url` to the page that
/// shows the picture.
pub async fn pixel(request: Request, env: &Env) -> Result<Response, Failure> {
    let url = request.url()?;
    if url.query().is_some_and(|query| query.len() > BEACON_QUERY_BYTES_MAX) {
        let detail = format!("the query is longer than {BEACON_QUERY_BYTES_MAX} bytes");
        return Err(Problem::new(414, "query_too_long", detail).into());
    }
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in url.query_pairs() {
        if given.insert(name.to_string(), value.into_owned()).is_some() {
            return Err(refused(&name, "is given twice"));
        }
    }
    let embedding_page = request.headers().get("referer")?;
    let event = Event {
        event_id: given.remove("event_id"),
        event_type: Some(given.remove("event_type").unwrap_or_else(|| domain::rollup::PAGEVIEW.to_owned())),
        page: Some(Page {
            url: given.remove("url").or(embedding_page),
            title: given.remove("title"),
            referrer: given.remove("referrer"),
        }),
        ..Event::default()
    };
    let envelope = Envelope {
        batch_id: given.remove("batch_id"),
        tracking_id: given.remove("tracking_id"),
        client_id: given.remove("client_id"),
        session_id: given.remove("session_id"),
        ..Envelope::default()
    };
    if let Some(unknown) = given.keys().next() {
        return Err(refused(unknown, &format!("is not known; known are {PARAMETERS}")));
    }
    let outcomes = ingest::keep(Batch { envelope, events: vec![Ok(event)] }, &request, env).await?;
    match ingest::refusal(&outcomes) {
        Some(refusal) => Err(refusal.problem.into()),
        None => Ok(reply::pixel()?),
    }
}

fn refused(parameter: &str, detail: &str) -> Failure {
    let parameter = domain::page::cut(parameter, 64);
    Problem::new(400, "invalid_parameter", format!("{parameter}: {detail}")).with_field(parameter).into()
}

//! The edges' end of the delta protocol. A request is believed by its signature before its body is read.

use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use domain::{hash, signature};
use rusqlite::Connection;
use wire::Id128;
use wire::frame::{
    Acknowledgement, FRAMES_PATH, Frame, FrameResult, HASH_HEADER, HELLO_PATH, HelloAnswer, KEY_ID_HEADER,
    SIGNATURE_HEADER, TIMESTAMP_HEADER,
};
use wire::limits::FRAME_BYTES_MAX;
use wire::site::SETTINGS_PATH;

use super::refusal::Refusal;
use super::{Shared, body, parameters};
use crate::clock::now_ms;
use crate::intake::check::{self, HELLO_BYTES_MAX};
use crate::intake::{CheckedFrame, Job};
use crate::{ledger, metrics};

/// `POST /edge/v1/frames`
pub async fn frames(State(service): State<Shared>, headers: HeaderMap, body: Body) -> Result<Response, Refusal> {
    let since = Instant::now();
    let hash = match signed(&service, FRAMES_PATH, &headers) {
        Ok(signed) => signed.hash,
        Err(refusal) => return Err(body::refuse(body, refusal).await),
    };
    let bytes = body::read(&headers, body, FRAME_BYTES_MAX).await?;
    let place = service.writer.reserve(bytes.len())?;
    let frame_bytes = bytes.len();
    let waiting = metrics::waiting(frame_bytes);
    let checking = tokio::task::spawn_blocking(move || CheckedFrame::check(bytes, hash));
    let checked = checking.await.map_err(|_| Refusal::Internal("a frame could not be checked"))?;
    let brought = checked.as_ref().ok().map(|checked| Brought::of(&checked.frame));
    let acknowledgement = match checked {
        Ok(frame) => service.writer.ask(|reply| Job::Frame(Box::new(frame), reply, place)).await,
        Err(refused) => service.writer.ask(|reply| Job::Refuse(refused, reply, place)).await,
    }?;
    drop(waiting);
    metrics::frame(acknowledgement.result, since.elapsed());
    if let (FrameResult::Applied, Some(Brought { edge, events, sealed_through_ms })) = (acknowledgement.result, brought)
    {
        metrics::applied(edge, events, frame_bytes, sealed_through_ms, now_ms());
    }
    Ok(acknowledged(acknowledgement))
}

/// What the metrics say of an applied frame.
struct Brought {
    edge: Id128,
    /// Unknown of a replayed frame: some are counted already.
    events: Option<u32>,
    /// Unknown where a later frame has the rest of what was sealed at once.
    sealed_through_ms: Option<u64>,
}

impl Brought {
    fn of(frame: &Frame) -> Self {
        let sealed_through_ms = Some(frame.sealed_through_ms).filter(|at_ms| *at_ms > 0);
        let events = (!frame.replayed).then_some(frame.event_count);
        Self { edge: frame.edge_id, events, sealed_through_ms }
    }
}

/// `POST /edge/v1/hello`
pub async fn hello(
    State(service): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<HelloAnswer>, Refusal> {
    let hash = match signed(&service, HELLO_PATH, &headers) {
        Ok(signed) => signed.hash,
        Err(refusal) => return Err(body::refuse(body, refusal).await),
    };
    let bytes = body::read(&headers, body, HELLO_BYTES_MAX).await?;
    let hello = check::hello(&bytes, hash).map_err(Refusal::Hello)?;
    Ok(Json(service.writer.ask(|reply| Job::Hello(hello, reply)).await?))
}

/// `GET /edge/v1/settings`: the answer is signed as the request is, over the same path, so that the edge can believe it.
pub async fn settings(State(service): State<Shared>, uri: Uri, headers: HeaderMap) -> Result<Response, Refusal> {
    let path = uri.path_and_query().map_or(SETTINGS_PATH, PathAndQuery::as_str);
    let signed = signed(&service, path, &headers)?;
    if signed.hash != hash::of_bytes(b"") {
        return Err(Refusal::SignatureHeader(HASH_HEADER));
    }
    let tracking_id = parameters::only("site", uri.query())?;
    let read = move |connection: &Connection| {
        let site = ledger::site::find(connection, &tracking_id)?;
        site.map(|site| ledger::settings::read(connection, site)).transpose()
    };
    let settings = service.lookups.read(read).await?.ok_or(Refusal::NoSuchSite)?;
    let json = serde_json::to_vec(&settings).map_err(|_| Refusal::Internal("the settings make no JSON"))?;
    let (timestamp_ms, hash) = (now_ms(), hash::of_bytes(&json));
    let signature = signature::sign(signed.key, path, timestamp_ms, hash);
    let headers = [
        (HASH_HEADER, hash.to_string()),
        (TIMESTAMP_HEADER, timestamp_ms.to_string()),
        (SIGNATURE_HEADER, signature),
        ("content-type", "application/json".to_owned()),
    ];
    Ok((headers, json).into_response())
}

fn acknowledged(acknowledgement: Acknowledgement) -> Response {
    let status = match acknowledgement.result {
        FrameResult::Forked => StatusCode::CONFLICT,
        FrameResult::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
        FrameResult::Applied
        | FrameResult::Duplicate
        | FrameResult::Gap
        | FrameResult::Fenced
        | FrameResult::UnknownEdge => StatusCode::OK,
    };
    (status, Json(acknowledgement)).into_response()
}

/// What an edge signed, and with what.
struct Signed<'a> {
    hash: Id128,
    key: &'a [u8],
}

/// What an edge signed for this path, just now.
fn signed<'a>(service: &'a Shared, path: &str, headers: &HeaderMap) -> Result<Signed<'a>, Refusal> {
    let text = |name: &'static str| {
        headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Refusal::SignatureHeader(name))
    };
    let timestamp_ms = text(TIMESTAMP_HEADER)?.parse().map_err(|_| Refusal::SignatureHeader(TIMESTAMP_HEADER))?;
    let hash = text(HASH_HEADER)?.parse().map_err(|_| Refusal::SignatureHeader(HASH_HEADER))?;
    let signature = text(SIGNATURE_HEADER)?;
    let key = service.config.edge_key(text(KEY_ID_HEADER)?).ok_or(Refusal::UnknownKey)?;
    signature::verify(key, path, timestamp_ms, hash, signature, now_ms()).map_err(Refusal::Signature)?;
    Ok(Signed { hash, key })
}

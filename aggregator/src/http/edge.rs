//! The edges' end of the delta protocol. A request is believed by its signature before its body is read.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::signature;
use wire::Id128;
use wire::frame::{
    Acknowledgement, FRAMES_PATH, FrameResult, HASH_HEADER, HELLO_PATH, HelloAnswer, KEY_ID_HEADER, SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
};
use wire::limits::FRAME_BYTES_MAX;

use super::refusal::Refusal;
use super::{Shared, body};
use crate::clock::now_ms;
use crate::intake::check::{self, HELLO_BYTES_MAX};
use crate::intake::{CheckedFrame, Job};

/// `POST /edge/v1/frames`
pub async fn frames(State(service): State<Shared>, headers: HeaderMap, body: Body) -> Result<Response, Refusal> {
    let hash = match signed_hash(&service, FRAMES_PATH, &headers) {
        Ok(hash) => hash,
        Err(refusal) => return Err(body::refuse(body, refusal).await),
    };
    let bytes = body::read(&headers, body, FRAME_BYTES_MAX).await?;
    let place = service.writer.reserve(bytes.len())?;
    let checking = tokio::task::spawn_blocking(move || CheckedFrame::check(bytes, hash));
    let checked = checking.await.map_err(|_| Refusal::Internal("a frame could not be checked"))?;
    let acknowledgement = match checked {
        Ok(frame) => service.writer.ask(|reply| Job::Frame(Box::new(frame), reply, place)).await,
        Err(refused) => service.writer.ask(|reply| Job::Refuse(refused, reply, place)).await,
    }?;
    Ok(acknowledged(acknowledgement))
}

/// `POST /edge/v1/hello`
pub async fn hello(
    State(service): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<HelloAnswer>, Refusal> {
    let hash = match signed_hash(&service, HELLO_PATH, &headers) {
        Ok(hash) => hash,
        Err(refusal) => return Err(body::refuse(body, refusal).await),
    };
    let bytes = body::read(&headers, body, HELLO_BYTES_MAX).await?;
    let hello = check::hello(&bytes, hash).map_err(Refusal::Hello)?;
    Ok(Json(service.writer.ask(|reply| Job::Hello(hello, reply)).await?))
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

/// The hash that an edge signed for this path, just now.
fn signed_hash(service: &Shared, path: &str, headers: &HeaderMap) -> Result<Id128, Refusal> {
    let text = |name: &'static str| {
        headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Refusal::SignatureHeader(name))
    };
    let timestamp_ms = text(TIMESTAMP_HEADER)?.parse().map_err(|_| Refusal::SignatureHeader(TIMESTAMP_HEADER))?;
    let hash = text(HASH_HEADER)?.parse().map_err(|_| Refusal::SignatureHeader(HASH_HEADER))?;
    let signature = text(SIGNATURE_HEADER)?;
    let key = service.config.edge_key(text(KEY_ID_HEADER)?).ok_or(Refusal::UnknownKey)?;
    signature::verify(key, path, timestamp_ms, hash, signature, now_ms()).map_err(Refusal::Signature)?;
    Ok(hash)
}

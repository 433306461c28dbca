//! Reading a body: bounded in bytes and in time.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use wire::limits::FRAME_BYTES_MAX;

use super::refusal::Refusal;

/// Longest from the head of a request to the end of its body.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);

/// Bytes of a refused body that are read and dropped, so that its sender hears the answer instead of a broken
/// connection: four times the largest body that is taken.
const DISCARDED_BYTES_MAX: usize = 4 * FRAME_BYTES_MAX;

/// Bytes of a field's name or of a detail that are sent back: both may quote what was sent.
const QUOTED_BYTES_MAX: usize = 300;

/// Reads a body of at most `bytes_max` bytes.
///
/// # Errors
/// [`Refusal`] when it is longer, breaks off or takes too long.
pub async fn read(headers: &HeaderMap, body: Body, bytes_max: usize) -> Result<Vec<u8>, Refusal> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|declared: usize| declared > bytes_max) {
        return Err(refuse(body, Refusal::BodyTooLarge(bytes_max)).await);
    }
    let reading = collect(body, declared.unwrap_or_default(), bytes_max);
    tokio::time::timeout(BODY_TIME_MAX, reading).await.unwrap_or(Err(Refusal::BodyIncomplete))
}

async fn collect(body: Body, declared: usize, bytes_max: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::with_capacity(declared);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk: Bytes = chunk.map_err(|_| Refusal::BodyIncomplete)?;
        if bytes.len() + chunk.len() > bytes_max {
            discard(&mut chunks).await;
            return Err(Refusal::BodyTooLarge(bytes_max));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Refuses a request whose body is not wanted: drops the body, then answers.
pub async fn refuse(body: Body, refusal: Refusal) -> Refusal {
    // What does not arrive in time is not waited for.
    let _ = tokio::time::timeout(BODY_TIME_MAX, discard(&mut body.into_data_stream())).await;
    refusal
}

async fn discard(chunks: &mut BodyDataStream) {
    let mut discarded = 0;
    while let Some(Ok(chunk)) = chunks.next().await {
        discarded += chunk.len();
        if discarded > DISCARDED_BYTES_MAX {
            break;
        }
    }
}

/// Reads a JSON object.
///
/// # Errors
/// [`Refusal::Body`] names the field at fault, or `body` where it is not such an object at all.
pub fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    // Lists would be taken for the fields in order.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(wrong("body", "must be a JSON object"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|e| {
        let path = e.path().to_string();
        let is_whole = path == "." || !e.inner().is_data();
        wrong(if is_whole { "body" } else { &path }, &e.inner().to_string())
    })?;
    deserializer.end().map_err(|e| wrong("body", &e.to_string()))?;
    Ok(value)
}

/// A field of one line of text, without the spaces around it.
///
/// # Errors
/// [`Refusal::Body`] when nothing is left, it has more than `bytes_max` bytes, or control characters.
pub fn line(field: &str, text: &str, bytes_max: usize) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.len() > bytes_max || text.chars().any(char::is_control) {
        return Err(wrong(field, &format!("must be 1 to {bytes_max} bytes without control characters")));
    }
    Ok(text.to_owned())
}

/// A body that is not what it should be.
pub fn wrong(field: &str, detail: &str) -> Refusal {
    let quoted = |text| domain::page::cut(text, QUOTED_BYTES_MAX).to_owned();
    Refusal::Body { field: quoted(field), detail: quoted(detail) }
}

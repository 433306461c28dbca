//! Answers that the client has already: weak entity tags (RFC 9110, section 8.8.3) for everything that can be read.
//!
//! A handler that knows a tag without reading sets it itself. For all others the tag is a hash of the answer: nothing
//! is saved here then but the bytes on the way.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::hash;

use super::assets::knows;

/// Paths of data that people read begin with this.
const TAGGED: &str = "/api/";

/// Largest answer that is hashed; larger ones are streamed, and have no tag.
const TAGGED_BYTES_MAX: u64 = 1024 * 1024;

/// Browsers may keep what has a tag, for this user, and ask each time whether it still holds.
const CACHE_CONTROL: (HeaderName, &str) = (header::CACHE_CONTROL, "private, no-cache");

/// Gives answers tags, and leaves out what the client has.
pub async fn conditional(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD) && request.uri().path().starts_with(TAGGED);
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    if !is_read || response.status() != StatusCode::OK || response.headers().contains_key(header::ETAG) {
        return response;
    }
    let is_data = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.as_bytes();
        kind.starts_with(b"application/json") || kind.starts_with(b"application/yaml")
    });
    if !is_data || response.body().size_hint().upper().is_none_or(|bytes| bytes > TAGGED_BYTES_MAX) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, TAGGED_BYTES_MAX as usize).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let known: HeaderMap = known.map(|known| (header::IF_NONE_MATCH, known)).into_iter().collect();
    let tag = hash::of_bytes(&bytes).to_string();
    if has(&known, &tag) {
        return not_modified(&tag);
    }
    head.headers.extend(headers(&tag));
    Response::from_parts(head, Body::from(bytes))
}

/// JSON with a tag.
pub fn tagged(tag: &str, json: Bytes) -> Response {
    let mut response = ([(header::CONTENT_TYPE, "application/json")], json).into_response();
    response.headers_mut().extend(headers(tag));
    response
}

/// Nothing: the client has it.
pub fn not_modified(tag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    response.headers_mut().extend(headers(tag));
    response
}

/// Whether the client has what a tag names.
pub fn has(request: &HeaderMap, tag: &str) -> bool {
    knows(request, &format!("\"{tag}\""))
}

fn headers(tag: &str) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let tag = HeaderValue::try_from(format!("W/\"{tag}\"")).ok().map(|tag| (header::ETAG, tag));
    tag.into_iter().chain([(CACHE_CONTROL.0, HeaderValue::from_static(CACHE_CONTROL.1))])
}

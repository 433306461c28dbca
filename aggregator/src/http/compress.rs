//! What is compressed on its way, and what is not.

use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};

/// Smallest answer that is compressed: what fits a packet arrives no sooner for being smaller.
const COMPRESSED_BYTES_MIN: u64 = 1024;

/// Types that shrink. Streams of events are not among them: a compressor would hold them back.
const SHRINK: [&str; 9] = [
    "application/json",
    "application/problem+json",
    "application/x-ndjson",
    "application/yaml",
    "application/openmetrics-text",
    "text/csv",
    "text/html",
    "text/plain",
    "application/wasm",
];

/// Whether an answer is worth compressing. What has an encoding already is left alone by the layer.
pub fn shrinks(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let is_long = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let kind = text(header::CONTENT_TYPE).unwrap_or_default();
    // What says nothing of its length is streamed, because it is long.
    is_long.is_none_or(|bytes: u64| bytes >= COMPRESSED_BYTES_MIN) && SHRINK.iter().any(|known| kind.starts_with(known))
}

//! What is compressed on its way, and what is not.

use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header};
use tower_http::compression::Predicate;
use tower_http::compression::predicate::SizeAbove;

/// Smallest answer that is compressed: what fits a packet arrives no sooner for being smaller.
const COMPRESSED_BYTES_MIN: u16 = 1024;

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
pub fn worth() -> impl Predicate {
    SizeAbove::new(COMPRESSED_BYTES_MIN).and(shrinks)
}

fn shrinks(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    SHRINK.iter().any(|known| kind.starts_with(known.as_bytes()))
}

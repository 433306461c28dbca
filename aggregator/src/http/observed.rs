//! What all answers have in common: a line in the log, a count in the metrics, a span in the trace, and headers that are
//! right unless a handler said otherwise.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::metrics;
use crate::telemetry::span;

/// Stands for the route of a request that has none: a file or page of the dashboard, or nothing.
const NO_ROUTE: &str = "-";

/// Route by which people sign in.
const SIGN_IN: &str = "/api/v1/session";

/// Answers, and notes that it did.
pub async fn common(request: Request, next: Next) -> Response {
    let since = Instant::now();
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let span = span!(
        "request",
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        http.response.status_code = tracing::field::Empty
    );
    let mut response = next.run(request).instrument(span.clone()).await;
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    let (status, took) = (response.status(), since.elapsed());
    span.record("http.response.status_code", status.as_u16());
    let took_ms = took.as_secs_f64() * 1e3;
    tracing::debug!(method, route, status = status.as_u16(), took_ms, "answered");
    count(route, method, status, took);
    response
}

fn count(route: String, method: &'static str, status: StatusCode, took: Duration) {
    if route == SIGN_IN && method == "POST" && (status.is_success() || status == StatusCode::UNAUTHORIZED) {
        metrics::signed_in(status.is_success());
    }
    metrics::request(route, method, status.as_u16(), took);
}

/// The method as a word of this program: a request may name any.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

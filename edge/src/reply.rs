//! Answers. Every one may be read by any page: ingest takes no credentials and sets no cookies.

use serde::Serialize;
use wire::outcome::{Outcome, Status};
use wire::problem::{self, Problem};
use worker::{Response, ResponseBuilder};

/// A transparent GIF of one pixel.
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\
\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// Headers of answers that pages may read beside the usual ones.
const EXPOSED: &str = "retry-after, x-plausible-dropped, x-tidemark-dropped";

/// Headers that pages may send beside the usual ones. Trackers of other products have some of their own; the star is
/// for those that they will have.
const ALLOWED: &str = "content-type, x-umami-cache, x-umami-website-id, x-umami-hostname, *";

/// Names of why events are not counted, separated by commas.
const DROPPED: &str = "x-tidemark-dropped";

/// How many events are not counted, as Plausible says it.
const PLAUSIBLE_DROPPED: &str = "x-plausible-dropped";

fn readable() -> worker::Result<ResponseBuilder> {
    Response::builder()
        .with_header("access-control-allow-origin", "*")?
        .with_header("access-control-expose-headers", EXPOSED)?
        .with_header("cross-origin-resource-policy", "cross-origin")?
        .with_header("cache-control", "no-store")?
        .with_header("x-content-type-options", "nosniff")
}

/// Every event of the request is durable.
pub fn accepted() -> worker::Result<Response> {
    Ok(readable()?.with_status(204).empty())
}

/// Plausible's answer to an event.
pub fn plausible() -> worker::Result<Response> {
    Ok(text("ok")?.with_status(202))
}

/// Says of an answer which events are not counted, and why.
pub fn with_dropped(mut response: Response, outcomes: &[Outcome]) -> worker::Result<Response> {
    let reasons = domain::outcome::reasons(outcomes);
    if !reasons.is_empty() {
        let dropped = outcomes.iter().filter(|outcome| outcome.status != Status::Accepted).count();
        let headers = response.headers_mut();
        headers.set(PLAUSIBLE_DROPPED, &dropped.to_string())?;
        headers.set(DROPPED, &reasons.into_iter().collect::<Vec<_>>().join(", "))?;
    }
    Ok(response)
}

/// The beacon's picture; the event is durable.
pub fn pixel() -> worker::Result<Response> {
    Ok(readable()?.with_header("content-type", "image/gif")?.fixed(PIXEL.to_vec()))
}

/// A JSON body.
pub fn json<T: Serialize>(status: u16, body: &T) -> worker::Result<Response> {
    body_of(status, "application/json", body)
}

/// An error.
pub fn problem(problem: &Problem) -> worker::Result<Response> {
    body_of(problem.status, problem::CONTENT_TYPE, problem)
}

/// An error with members of its own beside those of [`Problem`].
pub fn problem_with<T: Serialize>(status: u16, body: &T) -> worker::Result<Response> {
    body_of(status, problem::CONTENT_TYPE, body)
}

fn body_of<T: Serialize>(status: u16, content_type: &str, body: &T) -> worker::Result<Response> {
    let bytes = serde_json::to_vec(body)?;
    Ok(readable()?.with_status(status).with_header("content-type", content_type)?.fixed(bytes))
}

/// Nothing was counted; the same request may pass later.
pub fn busy(retry_after_s: u32) -> worker::Result<Response> {
    let mut response = problem(&Problem::new(
        503,
        "unavailable",
        format!("the events cannot be stored now; send them again in {retry_after_s} s, under the same batch_id"),
    ))?;
    response.headers_mut().set("retry-after", &retry_after_s.to_string())?;
    Ok(response)
}

/// Nothing was counted: the site, the visitor or the network sent too much.
pub fn limited(scope: &str, retry_after_s: u32) -> worker::Result<Response> {
    let detail =
        format!("too many events of this {scope}; send them again in {retry_after_s} s, under the same batch_id");
    let mut response = problem(&Problem::new(429, "rate_limited", detail).with_field(scope))?;
    response.headers_mut().set("retry-after", &retry_after_s.to_string())?;
    Ok(response)
}

/// The path exists, but not for this method.
pub fn wrong_method(allow: &str) -> worker::Result<Response> {
    let mut response = problem(&Problem::new(405, "method_not_allowed", format!("allowed here: {allow}")))?;
    response.headers_mut().set("allow", allow)?;
    Ok(response)
}

/// Answer to a browser that asks before it sends. The SDK's requests need none.
pub fn preflight() -> worker::Result<Response> {
    Ok(readable()?
        .with_status(204)
        .with_header("access-control-allow-methods", "GET, POST, OPTIONS")?
        .with_header("access-control-allow-headers", ALLOWED)?
        .with_header("access-control-max-age", "86400")?
        .empty())
}

/// Plain text.
pub fn text(text: &str) -> worker::Result<Response> {
    Ok(readable()?.with_header("content-type", "text/plain; charset=utf-8")?.fixed(text.as_bytes().to_vec()))
}

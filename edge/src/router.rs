//! Which path is answered by what, and how failures look from outside.

use wire::problem::Problem;
use worker::{Env, Method, Request, Response};

use crate::failure::Failure;
use crate::{beacon, ingest, reply};

const EVENTS: &str = "/api/v1/events";
const BEACON: &str = "/api/v1/beacon";
const HEALTH: &str = "/healthz";

/// Answers a request. Whatever happens inside, the answer is one that a page may read.
pub async fn route(request: Request, env: &Env) -> worker::Result<Response> {
    let method = request.method();
    let answer = match (request.path().as_str(), &method) {
        (EVENTS | BEACON, Method::Options) => return reply::preflight(),
        (EVENTS | BEACON, Method::Post) => ingest::events(request, env).await,
        (BEACON, Method::Get) => beacon::pixel(request, env).await,
        (HEALTH, Method::Get) => return reply::text("ok\n"),
        (EVENTS, _) => return reply::wrong_method("POST, OPTIONS"),
        (BEACON, _) => return reply::wrong_method("GET, POST, OPTIONS"),
        (HEALTH, _) => return reply::wrong_method("GET"),
        (path, _) => {
            let detail = format!("no such path: {}", domain::page::cut(path, 200));
            return reply::problem(&Problem::new(404, "not_found", detail));
        }
    };
    match answer {
        Ok(response) => Ok(response),
        Err(Failure::Refused(problem)) => reply::problem(&problem),
        Err(Failure::Busy { retry_after_s }) => reply::busy(retry_after_s),
        Err(Failure::Limited { scope, retry_after_s }) => reply::limited(&scope, retry_after_s),
        Err(Failure::Runtime(error)) => {
            worker::console_error!("request failed: {error}");
            reply::problem(&Problem::new(
                500,
                "internal",
                "something failed here; send the events again, under the same batch_id",
            ))
        }
    }
}

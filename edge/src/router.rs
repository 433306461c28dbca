//! Which path is answered by what, and how failures look from outside.

use wire::problem::Problem;
use worker::{Env, Method, Request, Response};

use crate::failure::Failure;
use crate::{beacon, ingest, plausible, reply, sdk, umami};

/// What is found under a path.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// Our own events.
    Events,
    /// The same; and a picture.
    Beacon,
    /// Events of Plausible's trackers.
    Plausible,
    /// Events of Umami's tracker.
    UmamiSend,
    /// Lists of them.
    UmamiBatch,
    /// The picture, under a short name.
    Pixel,
    /// A file of the SDK.
    Sdk(&'a str),
    /// Whether the worker runs.
    Health,
}

impl<'a> Place<'a> {
    /// The place that a path ends in. Whatever comes before is a path of the customer's own domain, at which it hands
    /// requests on: `/stats/api/v1/events`.
    fn of(path: &'a str) -> Option<Self> {
        const PATHS: [(&str, Place<'static>); 7] = [
            ("/api/v1/events", Place::Events),
            ("/api/v1/beacon", Place::Beacon),
            ("/api/event", Place::Plausible),
            ("/api/send", Place::UmamiSend),
            ("/api/batch", Place::UmamiBatch),
            ("/p.gif", Place::Pixel),
            ("/healthz", Place::Health),
        ];
        let known = PATHS.into_iter().find(|(known, _)| path.ends_with(known)).map(|(_, place)| place);
        let of_sdk = || path.rsplit_once("/sdk/").filter(|(_, name)| !name.contains('/'));
        known.or_else(|| of_sdk().map(|(_, name)| Self::Sdk(name)))
    }

    /// The methods that it takes.
    fn methods(self) -> &'static str {
        match self {
            Self::Events | Self::Plausible | Self::UmamiSend | Self::UmamiBatch => "POST, OPTIONS",
            Self::Beacon => "GET, POST, OPTIONS",
            Self::Pixel | Self::Health => "GET",
            Self::Sdk(_) => "GET, HEAD, OPTIONS",
        }
    }
}

/// Answers a request. Whatever happens inside, the answer is one that a page may read.
pub async fn route(request: Request, env: &Env) -> worker::Result<Response> {
    let path = request.path();
    let Some(place) = Place::of(&path) else { return nowhere(&path) };
    let answer = match (place, request.method()) {
        (Place::Pixel | Place::Health, Method::Options) => return reply::wrong_method(place.methods()),
        (_, Method::Options) => return reply::preflight(),
        (Place::Events | Place::Beacon, Method::Post) => ingest::events(request, env).await,
        (Place::Beacon | Place::Pixel, Method::Get) => beacon::pixel(request, env).await,
        (Place::Plausible, Method::Post) => plausible::event(request, env).await,
        (Place::UmamiSend, Method::Post) => umami::send(request, env).await,
        (Place::UmamiBatch, Method::Post) => umami::batch(request, env).await,
        (Place::Sdk(name), Method::Get | Method::Head) => match sdk::file(name, &request)? {
            Some(response) => return Ok(response),
            None => return nowhere(&path),
        },
        (Place::Health, Method::Get) => return reply::text("ok\n"),
        _ => return reply::wrong_method(place.methods()),
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

fn nowhere(path: &str) -> worker::Result<Response> {
    let detail = format!("no such path: {}", domain::page::cut(path, 200));
    reply::problem(&Problem::new(404, "not_found", detail))
}

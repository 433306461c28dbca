//! The HTTP interface: every route, and what all answers have in common.
//!
//! A handler decodes, asks once, and encodes. All errors become HTTP in [`refusal`].

pub mod access;
pub mod assets;
pub mod body;
mod compress;
mod conditional;
pub mod connections;
mod counters;
mod edge;
mod health;
mod live;
mod metrics;
mod observed;
mod openapi;
mod outcomes;
pub mod parameters;
pub mod peer;
mod query;
pub mod read_limits;
mod realtime;
pub mod refusal;
mod session;
mod sites;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::middleware;
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, post};
use refusal::Refusal;
use tower_http::compression::CompressionLayer;
use wire::frame::{FRAMES_PATH, HELLO_PATH};
use wire::site::SETTINGS_PATH;

use crate::service::Service;

/// What the handlers share.
pub type Shared = Arc<Service>;

/// A route's handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// The process is up.
    Alive,
    /// The ledger can be written.
    Ready,
    /// A sealed frame.
    Frames,
    /// An edge asks for an epoch.
    Hello,
    /// An edge asks what the owner decided about its site.
    Settings,
    /// Questions about history.
    Query,
    /// Events that were not counted, and why.
    Outcomes,
    /// A site, now.
    Realtime,
    /// A site, from now on.
    Live,
    /// How often something happened lately.
    Counters,
    /// For operators.
    Metrics,
    /// The sites of the caller.
    Sites,
    /// Sign in.
    SignIn,
    /// Sign out.
    SignOut,
    /// This interface's description.
    OpenApi,
    /// The tracking SDK.
    Sdk,
}

/// Every route but the dashboard's pages. `docs/openapi.yaml` describes each; a test compares.
pub const ROUTES: [(&str, &str, Endpoint); 16] = [
    ("get", "/healthz", Endpoint::Alive),
    ("get", "/readyz", Endpoint::Ready),
    ("post", FRAMES_PATH, Endpoint::Frames),
    ("post", HELLO_PATH, Endpoint::Hello),
    ("get", SETTINGS_PATH, Endpoint::Settings),
    ("post", "/api/v1/query", Endpoint::Query),
    ("get", "/api/v1/outcomes", Endpoint::Outcomes),
    ("get", "/api/v1/realtime", Endpoint::Realtime),
    ("get", "/api/v1/live", Endpoint::Live),
    ("get", "/api/v1/live/counters", Endpoint::Counters),
    ("get", "/metrics", Endpoint::Metrics),
    ("get", "/api/v1/sites", Endpoint::Sites),
    ("post", "/api/v1/session", Endpoint::SignIn),
    ("delete", "/api/v1/session", Endpoint::SignOut),
    ("get", "/api/openapi.yaml", Endpoint::OpenApi),
    ("get", "/sdk/{file}", Endpoint::Sdk),
];

/// Beginnings of paths that are never a page of the dashboard.
const NOT_PAGES: [&str; 4] = ["/api", "/edge", "/sdk", "/assets"];

fn handler(endpoint: Endpoint) -> MethodRouter<Shared> {
    match endpoint {
        Endpoint::Alive => get(health::alive),
        Endpoint::Ready => get(health::ready),
        Endpoint::Frames => post(edge::frames),
        Endpoint::Hello => post(edge::hello),
        Endpoint::Settings => get(edge::settings),
        Endpoint::Query => post(query::query),
        Endpoint::Outcomes => get(outcomes::outcomes),
        Endpoint::Realtime => get(realtime::realtime),
        Endpoint::Live => get(live::live),
        Endpoint::Counters => get(counters::counters),
        Endpoint::Metrics => get(metrics::metrics),
        Endpoint::Sites => get(sites::sites),
        Endpoint::SignIn => post(session::sign_in),
        Endpoint::SignOut => delete(session::sign_out),
        Endpoint::OpenApi => get(openapi::openapi),
        Endpoint::Sdk => get(assets::sdk),
    }
}

/// All routes.
pub fn router(service: Shared) -> Router {
    let routes =
        ROUTES.iter().fold(Router::new(), |router, (_, path, endpoint)| router.route(path, handler(*endpoint)));
    routes
        .method_not_allowed_fallback(|| async { Refusal::MethodNotAllowed { allow: None } })
        .fallback(unrouted)
        .layer(middleware::from_fn(conditional::conditional))
        .layer(CompressionLayer::new().compress_when(compress::worth()))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), read_limits::limit))
        .layer(middleware::from_fn(observed::common))
        .with_state(service)
}

/// A path without a route: a file or page of the dashboard, or nothing.
async fn unrouted(request: Request) -> Result<Response, Refusal> {
    let path = request.uri().path();
    let is_page = !NOT_PAGES
        .iter()
        .any(|start| path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    match *request.method() {
        Method::GET | Method::HEAD => assets::dashboard(path, is_page, request.headers()),
        _ if is_page => Err(Refusal::MethodNotAllowed { allow: Some("GET, HEAD") }),
        _ => Err(Refusal::NoSuchPath),
    }
}

//! The HTTP interface: every route, and what all answers have in common.
//!
//! A handler decodes, asks once, and encodes. All errors become HTTP in [`refusal`].

pub mod access;
pub mod assets;
pub mod body;
pub mod connections;
mod deletion;
mod edge;
mod health;
mod live;
mod openapi;
mod outcomes;
pub mod parameters;
mod query;
mod realtime;
pub mod refusal;
mod session;
mod sites;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, post};
use refusal::Refusal;
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
    /// The sites of the caller.
    Sites,
    /// Sign in.
    SignIn,
    /// Sign out.
    SignOut,
    /// This interface's description.
    OpenApi,
    /// Erase a person.
    Delete,
    /// What became of a person's deletion.
    Deletion,
    /// What became of all deletions.
    Deletions,
    /// What is kept of a person.
    Person,
    /// Whether what was delivered, kept and counted agreed.
    Reconciliations,
    /// The tracking SDK.
    Sdk,
}

/// Every route but the dashboard's pages. `docs/openapi.yaml` describes each; a test compares.
pub const ROUTES: [(&str, &str, Endpoint); 19] = [
    ("get", "/healthz", Endpoint::Alive),
    ("get", "/readyz", Endpoint::Ready),
    ("post", FRAMES_PATH, Endpoint::Frames),
    ("post", HELLO_PATH, Endpoint::Hello),
    ("get", SETTINGS_PATH, Endpoint::Settings),
    ("post", "/api/v1/query", Endpoint::Query),
    ("get", "/api/v1/outcomes", Endpoint::Outcomes),
    ("get", "/api/v1/realtime", Endpoint::Realtime),
    ("get", "/api/v1/live", Endpoint::Live),
    ("get", "/api/v1/sites", Endpoint::Sites),
    ("post", "/api/v1/session", Endpoint::SignIn),
    ("delete", "/api/v1/session", Endpoint::SignOut),
    ("post", "/api/v1/deletions", Endpoint::Delete),
    ("get", "/api/v1/deletions", Endpoint::Deletions),
    ("get", "/api/v1/deletions/{id}", Endpoint::Deletion),
    ("post", "/api/v1/person", Endpoint::Person),
    ("get", "/api/v1/reconciliations", Endpoint::Reconciliations),
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
        Endpoint::Sites => get(sites::sites),
        Endpoint::SignIn => post(session::sign_in),
        Endpoint::SignOut => delete(session::sign_out),
        Endpoint::Delete => post(deletion::delete),
        Endpoint::Deletion => get(deletion::deletion),
        Endpoint::Deletions => get(deletion::deletions),
        Endpoint::Person => post(deletion::person),
        Endpoint::Reconciliations => get(deletion::reconciliations),
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
        .layer(middleware::from_fn(common))
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

/// What all answers have in common: a line in the log, and headers that are right unless a handler said otherwise.
async fn common(request: Request, next: Next) -> Response {
    let since = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    let took_ms = since.elapsed().as_secs_f64() * 1e3;
    tracing::debug!(%method, route = route.as_deref().unwrap_or("-"), status = response.status().as_u16(), took_ms, "answered");
    response
}

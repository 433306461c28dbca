//! The HTTP interface: every route, and what all answers have in common.
//!
//! A handler decodes, asks once, and encodes. All errors become HTTP in [`refusal`].

pub mod access;
mod address;
pub mod assets;
mod audit;
pub mod body;
mod compress;
mod conditional;
pub mod connections;
mod counters;
mod edge;
mod entrance;
mod health;
mod keys;
mod live;
mod metrics;
mod observed;
mod openapi;
mod origin;
mod outcomes;
pub mod parameters;
mod peer;
mod people;
mod query;
pub mod read_limits;
mod realtime;
pub mod refusal;
mod session;
mod shares;
mod sites;

use std::sync::Arc;

use access::{Needs, admit};
use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::middleware;
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use refusal::Refusal;
use tower_http::compression::CompressionLayer;
use wire::account::Permission::{PeopleWrite, SharesWrite, SitesDelete, SitesRead, SitesWrite, StatsRead};
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
    /// A new site.
    AddSite,
    /// A site and its settings.
    Site,
    /// Other settings.
    ChangeSite,
    /// No such site any more.
    DeleteSite,
    /// Sign in.
    SignIn,
    /// Who asks.
    Whoami,
    /// Sign out.
    SignOut,
    /// Browsers that are signed in.
    Sessions,
    /// Sign out everywhere else.
    EndSessions,
    /// Sign out one of them.
    EndSession,
    /// The first owner.
    SetUp,
    /// A newcomer with an invitation.
    AcceptInvitation,
    /// A new password by a link.
    ResetPassword,
    /// Another password.
    ChangePassword,
    /// Everybody.
    Users,
    /// An owner, or one no more.
    ChangeUser,
    /// Somebody less.
    RemoveUser,
    /// The people of a site.
    Members,
    /// Another role.
    SetMember,
    /// A member less.
    RemoveMember,
    /// Who is invited.
    Invitations,
    /// Somebody more to invite.
    Invite,
    /// An invitation less.
    WithdrawInvitation,
    /// Keys for programs.
    Keys,
    /// A new key.
    MakeKey,
    /// A key less.
    RevokeKey,
    /// The shared links of a site.
    Shares,
    /// A new shared link.
    MakeShare,
    /// A shared link less.
    RevokeShare,
    /// A shared link, as those see it who have it.
    Share,
    /// A browser that comes by a shared link.
    OpenShare,
    /// A browser that leaves.
    LeaveShare,
    /// Who did what.
    Audit,
    /// This interface's description.
    OpenApi,
    /// The tracking SDK.
    Sdk,
}

/// Every route but the dashboard's pages, with what it needs to be granted. `docs/openapi.yaml` describes each, and
/// `http/tests.rs` tries each with every kind of credentials.
pub const ROUTES: &[(&str, &str, Endpoint, Needs)] = &[
    ("get", "/healthz", Endpoint::Alive, Needs::Nothing),
    ("get", "/readyz", Endpoint::Ready, Needs::Nothing),
    ("post", FRAMES_PATH, Endpoint::Frames, Needs::Signature),
    ("post", HELLO_PATH, Endpoint::Hello, Needs::Signature),
    ("get", SETTINGS_PATH, Endpoint::Settings, Needs::Signature),
    ("post", "/api/v1/query", Endpoint::Query, Needs::Site(StatsRead)),
    ("get", "/api/v1/outcomes", Endpoint::Outcomes, Needs::Site(StatsRead)),
    ("get", "/api/v1/realtime", Endpoint::Realtime, Needs::Site(StatsRead)),
    ("get", "/api/v1/live", Endpoint::Live, Needs::Site(StatsRead)),
    ("get", "/api/v1/live/counters", Endpoint::Counters, Needs::Site(StatsRead)),
    ("get", "/metrics", Endpoint::Metrics, Needs::Nothing),
    ("get", "/api/v1/sites", Endpoint::Sites, Needs::Credentials),
    ("post", "/api/v1/sites", Endpoint::AddSite, Needs::Everywhere(SitesWrite)),
    ("get", "/api/v1/sites/{tracking_id}", Endpoint::Site, Needs::Site(SitesRead)),
    ("patch", "/api/v1/sites/{tracking_id}", Endpoint::ChangeSite, Needs::Site(SitesWrite)),
    ("delete", "/api/v1/sites/{tracking_id}", Endpoint::DeleteSite, Needs::Site(SitesDelete)),
    ("post", "/api/v1/session", Endpoint::SignIn, Needs::Nothing),
    ("get", "/api/v1/session", Endpoint::Whoami, Needs::Credentials),
    ("delete", "/api/v1/session", Endpoint::SignOut, Needs::Person),
    ("get", "/api/v1/sessions", Endpoint::Sessions, Needs::Person),
    ("delete", "/api/v1/sessions", Endpoint::EndSessions, Needs::Person),
    ("delete", "/api/v1/sessions/{session}", Endpoint::EndSession, Needs::Person),
    ("post", "/api/v1/setup", Endpoint::SetUp, Needs::Nothing),
    ("post", "/api/v1/invitations/accept", Endpoint::AcceptInvitation, Needs::Nothing),
    ("post", "/api/v1/password/reset", Endpoint::ResetPassword, Needs::Nothing),
    ("put", "/api/v1/password", Endpoint::ChangePassword, Needs::Person),
    ("get", "/api/v1/users", Endpoint::Users, Needs::Everywhere(PeopleWrite)),
    ("patch", "/api/v1/users/{user}", Endpoint::ChangeUser, Needs::Everywhere(PeopleWrite)),
    ("delete", "/api/v1/users/{user}", Endpoint::RemoveUser, Needs::Everywhere(PeopleWrite)),
    ("get", "/api/v1/sites/{tracking_id}/members", Endpoint::Members, Needs::Site(PeopleWrite)),
    ("put", "/api/v1/sites/{tracking_id}/members/{user}", Endpoint::SetMember, Needs::Site(PeopleWrite)),
    ("delete", "/api/v1/sites/{tracking_id}/members/{user}", Endpoint::RemoveMember, Needs::Site(PeopleWrite)),
    ("get", "/api/v1/sites/{tracking_id}/invitations", Endpoint::Invitations, Needs::Site(PeopleWrite)),
    ("post", "/api/v1/sites/{tracking_id}/invitations", Endpoint::Invite, Needs::Site(PeopleWrite)),
    (
        "delete",
        "/api/v1/sites/{tracking_id}/invitations/{invitation}",
        Endpoint::WithdrawInvitation,
        Needs::Site(PeopleWrite),
    ),
    ("get", "/api/v1/keys", Endpoint::Keys, Needs::Person),
    ("post", "/api/v1/keys", Endpoint::MakeKey, Needs::Person),
    ("delete", "/api/v1/keys/{key}", Endpoint::RevokeKey, Needs::Person),
    ("get", "/api/v1/sites/{tracking_id}/shares", Endpoint::Shares, Needs::Site(SharesWrite)),
    ("post", "/api/v1/sites/{tracking_id}/shares", Endpoint::MakeShare, Needs::Site(SharesWrite)),
    ("delete", "/api/v1/sites/{tracking_id}/shares/{slug}", Endpoint::RevokeShare, Needs::Site(SharesWrite)),
    ("get", "/api/v1/shares/{slug}", Endpoint::Share, Needs::Nothing),
    ("post", "/api/v1/shares/{slug}/session", Endpoint::OpenShare, Needs::Nothing),
    ("delete", "/api/v1/shares/{slug}/session", Endpoint::LeaveShare, Needs::Nothing),
    ("get", "/api/v1/audit", Endpoint::Audit, Needs::Everywhere(PeopleWrite)),
    ("get", "/api/openapi.yaml", Endpoint::OpenApi, Needs::Nothing),
    ("get", "/sdk/{file}", Endpoint::Sdk, Needs::Nothing),
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
        Endpoint::AddSite => post(sites::add),
        Endpoint::Site => get(sites::site),
        Endpoint::ChangeSite => patch(sites::patch),
        Endpoint::DeleteSite => delete(sites::delete),
        Endpoint::Whoami => get(session::whoami),
        Endpoint::Sessions => get(session::list),
        Endpoint::EndSessions => delete(session::end_others),
        Endpoint::EndSession => delete(session::end),
        Endpoint::SignIn => post(session::sign_in),
        Endpoint::SignOut => delete(session::sign_out),
        Endpoint::SetUp => post(entrance::set_up),
        Endpoint::AcceptInvitation => post(entrance::accept),
        Endpoint::ResetPassword => post(entrance::reset),
        Endpoint::ChangePassword => put(entrance::change_password),
        Endpoint::Users => get(people::users),
        Endpoint::ChangeUser => patch(people::change_user),
        Endpoint::RemoveUser => delete(people::remove_user),
        Endpoint::Members => get(people::members),
        Endpoint::SetMember => put(people::set_member),
        Endpoint::RemoveMember => delete(people::remove_member),
        Endpoint::Invitations => get(people::invitations),
        Endpoint::Invite => post(people::invite),
        Endpoint::WithdrawInvitation => delete(people::withdraw),
        Endpoint::Keys => get(keys::list),
        Endpoint::MakeKey => post(keys::make),
        Endpoint::RevokeKey => delete(keys::revoke),
        Endpoint::Shares => get(shares::list),
        Endpoint::MakeShare => post(shares::make),
        Endpoint::RevokeShare => delete(shares::revoke),
        Endpoint::Share => get(shares::look),
        Endpoint::OpenShare => post(shares::open),
        Endpoint::LeaveShare => delete(shares::leave),
        Endpoint::Audit => get(audit::list),
        Endpoint::OpenApi => get(openapi::openapi),
        Endpoint::Sdk => get(assets::sdk),
    }
}

/// All routes.
pub fn router(service: Shared) -> Router {
    let routes = ROUTES.iter().fold(Router::new(), |router, (_, path, endpoint, needs)| {
        let handler = match needs {
            Needs::Nothing | Needs::Signature => handler(*endpoint),
            needs => handler(*endpoint).route_layer(middleware::from_fn_with_state((service.clone(), *needs), admit)),
        };
        router.route(path, handler)
    });
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

//! The HTTP interface: the handler of every route in [`routes`], and what all answers have in common.
//!
//! A handler decodes, asks once, and encodes. All errors become HTTP in [`refusal`].

pub mod access;
mod address;
mod alerts;
mod analyses;
pub mod assets;
mod audit;
pub mod body;
mod compress;
mod conditional;
pub mod connections;
mod counters;
mod dashboards;
mod deletion;
mod digests;
mod edge;
mod entrance;
mod experiments;
mod export;
mod feed;
mod funnels;
mod health;
mod kept;
mod keys;
mod live;
mod metrics;
mod notes;
mod observed;
mod openapi;
mod origin;
mod outcomes;
pub mod parameters;
mod peer;
mod people;
mod plausible;
mod query;
pub mod read_limits;
mod realtime;
pub mod refusal;
mod reports;
pub mod routes;
mod saved_segments;
mod session;
mod shares;
mod sites;
mod table;

use std::sync::Arc;

use access::admit;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware;
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use refusal::Refusal;
use routes::{Endpoint, Needs, ROUTES};
use tower_http::compression::CompressionLayer;
use wire::analysis::Experiment;
use wire::dashboard::Dashboard;
use wire::report::Report;
use wire::saved_segment::SavedSegment;

use crate::service::Service;

/// What the handlers share.
pub type Shared = Arc<Service>;

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
        Endpoint::AskFunnel => post(analyses::funnel),
        Endpoint::AskRetention => post(analyses::retention),
        Endpoint::AskPaths => post(analyses::paths),
        Endpoint::AskLifecycle => post(analyses::lifecycle),
        Endpoint::AskExperiment => post(analyses::experiment),
        Endpoint::AskAttribution => post(analyses::attribution),
        Endpoint::Funnels => get(funnels::list),
        Endpoint::MakeFunnel => post(funnels::make),
        Endpoint::ChangeFunnel => put(funnels::change),
        Endpoint::RemoveFunnel => delete(funnels::remove),
        Endpoint::AnalyzeFunnel => get(funnels::analysis),
        Endpoint::Experiments => get(kept::all::<Experiment>),
        Endpoint::MakeExperiment => post(kept::make::<Experiment>),
        Endpoint::Experiment => get(kept::one::<Experiment>),
        Endpoint::ChangeExperiment => put(kept::alter::<Experiment>),
        Endpoint::RemoveExperiment => delete(kept::discard::<Experiment>),
        Endpoint::AnalyzeExperiment => get(experiments::analysis),
        Endpoint::Export => get(export::export),
        Endpoint::Plausible => post(plausible::query),
        Endpoint::Outcomes => get(outcomes::outcomes),
        Endpoint::Realtime => get(realtime::realtime),
        Endpoint::Live => get(live::live),
        Endpoint::Counters => get(counters::counters),
        Endpoint::Feed => get(feed::feed),
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
        Endpoint::Reports => get(kept::all::<Report>),
        Endpoint::MakeReport => post(kept::make::<Report>),
        Endpoint::ChangeReport => patch(kept::alter::<Report>),
        Endpoint::RemoveReport => delete(kept::discard::<Report>),
        Endpoint::Dashboards => get(kept::all::<Dashboard>),
        Endpoint::MakeDashboard => post(kept::make::<Dashboard>),
        Endpoint::Dashboard => get(kept::one::<Dashboard>),
        Endpoint::ChangeDashboard => patch(kept::alter::<Dashboard>),
        Endpoint::RemoveDashboard => delete(kept::discard::<Dashboard>),
        Endpoint::Notes => get(notes::list),
        Endpoint::MakeNote => post(notes::make),
        Endpoint::ChangeNote => patch(notes::change),
        Endpoint::RemoveNote => delete(notes::remove),
        Endpoint::SavedSegments => get(kept::all::<SavedSegment>),
        Endpoint::MakeSavedSegment => post(kept::make::<SavedSegment>),
        Endpoint::ChangeSavedSegment => patch(kept::alter::<SavedSegment>),
        Endpoint::RemoveSavedSegment => delete(kept::discard::<SavedSegment>),
        Endpoint::Alerts => get(alerts::list),
        Endpoint::MakeAlert => post(alerts::make),
        Endpoint::ChangeAlert => patch(alerts::change),
        Endpoint::RemoveAlert => delete(alerts::remove),
        Endpoint::AlertHistory => get(alerts::history),
        Endpoint::TestAlert => post(alerts::test),
        Endpoint::PreviewAlert => post(alerts::preview),
        Endpoint::Digests => get(digests::list),
        Endpoint::ChooseDigests => put(digests::choose),
        Endpoint::TestDigest => post(digests::test),
        Endpoint::AddSubscriber => post(digests::add),
        Endpoint::RemoveSubscriber => delete(digests::remove),
        Endpoint::Unsubscribing => get(digests::unsubscribing),
        Endpoint::Unsubscribe => post(digests::unsubscribe),
        Endpoint::OpenShare => post(shares::open),
        Endpoint::LeaveShare => delete(shares::leave),
        Endpoint::Audit => get(audit::list),
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
    let routes = ROUTES.iter().fold(Router::new(), |router, (_, path, endpoint, needs)| {
        let handler = match needs {
            Needs::Nothing | Needs::Signature => handler(*endpoint),
            needs => handler(*endpoint).route_layer(middleware::from_fn_with_state((service.clone(), *needs), admit)),
        };
        let handler = match endpoint {
            Endpoint::Plausible => handler.route_layer(middleware::map_response(plausible::worded)),
            _ => handler,
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
async fn unrouted(State(service): State<Shared>, request: Request) -> Result<Response, Refusal> {
    let path = request.uri().path();
    let edge = service.config.edge_url.as_ref().map(|url| url.origin());
    let is_page = !NOT_PAGES
        .iter()
        .any(|start| path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    match *request.method() {
        Method::GET | Method::HEAD => assets::dashboard(path, is_page, request.headers(), edge),
        _ if is_page => Err(Refusal::MethodNotAllowed { allow: Some("GET, HEAD") }),
        _ => Err(Refusal::NoSuchPath),
    }
}

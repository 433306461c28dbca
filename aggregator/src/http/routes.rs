//! Every route but the dashboard's pages, and what each needs to be granted: plain data, which the tests read too.

use wire::account::Permission::{
    self, EventsRead, PeopleWrite, SharesWrite, SitesDelete, SitesRead, SitesWrite, StatsRead,
};
use wire::frame::{FRAMES_PATH, HELLO_PATH};
use wire::site::SETTINGS_PATH;

/// What a route needs to be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing; or the handler asks for a secret of its own.
    Nothing,
    /// An edge's signature, which the handler checks.
    Signature,
    /// Any valid credentials; the answer is about what they allow.
    Credentials,
    /// A signed-in person, or the operator.
    Person,
    /// This, on the site that the request names; the handler opens it by `Access::site`.
    Site(Permission),
    /// The same, to change what is the caller's own there.
    Own(Permission),
    /// This, on every site there is or will be.
    Everywhere(Permission),
}

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
    /// How far people get, one step after the other.
    AskFunnel,
    /// Who comes back.
    AskRetention,
    /// Which ways people take.
    AskPaths,
    /// Who is new, returns, comes back after a break or stays away.
    AskLifecycle,
    /// Whether who saw one variant does other than who saw another.
    AskExperiment,
    /// Which visits conversions are owed to.
    AskAttribution,
    /// A site's single events.
    Export,
    /// Questions about history, as Plausible's API asks and is answered.
    Plausible,
    /// Events that were not counted, and why.
    Outcomes,
    /// A site, now.
    Realtime,
    /// A site, from now on.
    Live,
    /// How often something happened lately.
    Counters,
    /// Single events, from now on.
    Feed,
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
    /// The questions that are kept of a site.
    Reports,
    /// One more to keep.
    MakeReport,
    /// Another name or question.
    ChangeReport,
    /// One less to keep.
    RemoveReport,
    /// What people put together of a site's questions.
    Dashboards,
    /// One more to keep.
    MakeDashboard,
    /// One of them.
    Dashboard,
    /// Another name or other widgets.
    ChangeDashboard,
    /// One less to keep.
    RemoveDashboard,
    /// What was noted about moments.
    Notes,
    /// One more to note.
    MakeNote,
    /// Another moment or text.
    ChangeNote,
    /// One less to note.
    RemoveNote,
    /// Filters that are kept.
    SavedSegments,
    /// One more to keep.
    MakeSavedSegment,
    /// Another name or other filters.
    ChangeSavedSegment,
    /// One less to keep.
    RemoveSavedSegment,
    /// The funnels that are kept of a site.
    Funnels,
    /// One more to keep.
    MakeFunnel,
    /// Another name or definition.
    ChangeFunnel,
    /// One less to keep.
    RemoveFunnel,
    /// How far people get in one that is kept.
    AnalyzeFunnel,
    /// The experiments that are kept of a site.
    Experiments,
    /// One more to keep.
    MakeExperiment,
    /// One of them.
    Experiment,
    /// Another name and definition.
    ChangeExperiment,
    /// One less to keep.
    RemoveExperiment,
    /// Whether variants of one that is kept differ.
    AnalyzeExperiment,
    /// What is watched of a site.
    Alerts,
    /// One more to watch.
    MakeAlert,
    /// Another name, definition or channels.
    ChangeAlert,
    /// One less to watch.
    RemoveAlert,
    /// What it told.
    AlertHistory,
    /// Who is sent a site's week and month by mail.
    Digests,
    /// What one wants to be sent oneself.
    ChooseDigests,
    /// The latest at once.
    TestDigest,
    /// An address more to send them to.
    AddSubscriber,
    /// An address less.
    RemoveSubscriber,
    /// What the link in a letter ends.
    Unsubscribing,
    /// No more letters.
    Unsubscribe,
    /// Something to tell, to try its channels.
    TestAlert,
    /// What it would have told.
    PreviewAlert,
    /// A browser that comes by a shared link.
    OpenShare,
    /// A browser that leaves.
    LeaveShare,
    /// Who did what.
    Audit,
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
    /// This interface's description.
    OpenApi,
    /// The tracking SDK.
    Sdk,
}

/// Every route, with what it needs to be granted. `docs/openapi.yaml` describes each, and `tests/over_http/isolation.rs`
/// tries each with every kind of credentials.
pub const ROUTES: &[(&str, &str, Endpoint, Needs)] = &[
    ("get", "/healthz", Endpoint::Alive, Needs::Nothing),
    ("get", "/readyz", Endpoint::Ready, Needs::Nothing),
    ("post", FRAMES_PATH, Endpoint::Frames, Needs::Signature),
    ("post", HELLO_PATH, Endpoint::Hello, Needs::Signature),
    ("get", SETTINGS_PATH, Endpoint::Settings, Needs::Signature),
    ("post", "/api/v1/query", Endpoint::Query, Needs::Site(StatsRead)),
    ("post", "/api/v1/funnel", Endpoint::AskFunnel, Needs::Site(StatsRead)),
    ("post", "/api/v1/retention", Endpoint::AskRetention, Needs::Site(StatsRead)),
    ("post", "/api/v1/paths", Endpoint::AskPaths, Needs::Site(StatsRead)),
    ("post", "/api/v1/lifecycle", Endpoint::AskLifecycle, Needs::Site(StatsRead)),
    ("post", "/api/v1/experiment", Endpoint::AskExperiment, Needs::Site(StatsRead)),
    ("post", "/api/v1/attribution", Endpoint::AskAttribution, Needs::Site(StatsRead)),
    ("get", "/api/v1/funnels", Endpoint::Funnels, Needs::Site(StatsRead)),
    ("post", "/api/v1/funnels", Endpoint::MakeFunnel, Needs::Site(SitesWrite)),
    ("put", "/api/v1/funnels/{funnel_id}", Endpoint::ChangeFunnel, Needs::Site(SitesWrite)),
    ("delete", "/api/v1/funnels/{funnel_id}", Endpoint::RemoveFunnel, Needs::Site(SitesWrite)),
    ("get", "/api/v1/funnels/{funnel_id}/analysis", Endpoint::AnalyzeFunnel, Needs::Site(StatsRead)),
    ("post", "/api/v2/query", Endpoint::Plausible, Needs::Site(StatsRead)),
    ("get", "/api/v1/export", Endpoint::Export, Needs::Site(EventsRead)),
    ("get", "/api/v1/outcomes", Endpoint::Outcomes, Needs::Site(StatsRead)),
    ("get", "/api/v1/realtime", Endpoint::Realtime, Needs::Site(StatsRead)),
    ("get", "/api/v1/live", Endpoint::Live, Needs::Site(StatsRead)),
    ("get", "/api/v1/live/counters", Endpoint::Counters, Needs::Site(StatsRead)),
    ("get", "/api/v1/live/events", Endpoint::Feed, Needs::Site(EventsRead)),
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
    ("get", "/api/v1/sites/{tracking_id}/reports", Endpoint::Reports, Needs::Site(StatsRead)),
    ("post", "/api/v1/sites/{tracking_id}/reports", Endpoint::MakeReport, Needs::Site(SitesWrite)),
    ("patch", "/api/v1/sites/{tracking_id}/reports/{report}", Endpoint::ChangeReport, Needs::Site(SitesWrite)),
    ("delete", "/api/v1/sites/{tracking_id}/reports/{report}", Endpoint::RemoveReport, Needs::Site(SitesWrite)),
    ("get", "/api/v1/sites/{tracking_id}/dashboards", Endpoint::Dashboards, Needs::Site(StatsRead)),
    ("post", "/api/v1/sites/{tracking_id}/dashboards", Endpoint::MakeDashboard, Needs::Site(SitesWrite)),
    ("get", "/api/v1/sites/{tracking_id}/dashboards/{dashboard}", Endpoint::Dashboard, Needs::Site(StatsRead)),
    ("patch", "/api/v1/sites/{tracking_id}/dashboards/{dashboard}", Endpoint::ChangeDashboard, Needs::Site(SitesWrite)),
    (
        "delete",
        "/api/v1/sites/{tracking_id}/dashboards/{dashboard}",
        Endpoint::RemoveDashboard,
        Needs::Site(SitesWrite),
    ),
    ("get", "/api/v1/sites/{tracking_id}/notes", Endpoint::Notes, Needs::Site(StatsRead)),
    ("post", "/api/v1/sites/{tracking_id}/notes", Endpoint::MakeNote, Needs::Site(SitesWrite)),
    ("patch", "/api/v1/sites/{tracking_id}/notes/{note}", Endpoint::ChangeNote, Needs::Site(SitesWrite)),
    ("delete", "/api/v1/sites/{tracking_id}/notes/{note}", Endpoint::RemoveNote, Needs::Site(SitesWrite)),
    ("get", "/api/v1/sites/{tracking_id}/segments", Endpoint::SavedSegments, Needs::Site(StatsRead)),
    ("post", "/api/v1/sites/{tracking_id}/segments", Endpoint::MakeSavedSegment, Needs::Site(SitesWrite)),
    ("patch", "/api/v1/sites/{tracking_id}/segments/{segment}", Endpoint::ChangeSavedSegment, Needs::Site(SitesWrite)),
    ("delete", "/api/v1/sites/{tracking_id}/segments/{segment}", Endpoint::RemoveSavedSegment, Needs::Site(SitesWrite)),
    ("get", "/api/v1/sites/{tracking_id}/experiments", Endpoint::Experiments, Needs::Site(StatsRead)),
    ("post", "/api/v1/sites/{tracking_id}/experiments", Endpoint::MakeExperiment, Needs::Site(SitesWrite)),
    ("get", "/api/v1/sites/{tracking_id}/experiments/{experiment}", Endpoint::Experiment, Needs::Site(StatsRead)),
    (
        "put",
        "/api/v1/sites/{tracking_id}/experiments/{experiment}",
        Endpoint::ChangeExperiment,
        Needs::Site(SitesWrite),
    ),
    (
        "delete",
        "/api/v1/sites/{tracking_id}/experiments/{experiment}",
        Endpoint::RemoveExperiment,
        Needs::Site(SitesWrite),
    ),
    (
        "get",
        "/api/v1/sites/{tracking_id}/experiments/{experiment}/analysis",
        Endpoint::AnalyzeExperiment,
        Needs::Site(StatsRead),
    ),
    ("get", "/api/v1/sites/{tracking_id}/alerts", Endpoint::Alerts, Needs::Site(SitesRead)),
    ("post", "/api/v1/sites/{tracking_id}/alerts", Endpoint::MakeAlert, Needs::Site(SitesWrite)),
    ("post", "/api/v1/sites/{tracking_id}/alerts/preview", Endpoint::PreviewAlert, Needs::Site(StatsRead)),
    ("patch", "/api/v1/sites/{tracking_id}/alerts/{alert}", Endpoint::ChangeAlert, Needs::Site(SitesWrite)),
    ("delete", "/api/v1/sites/{tracking_id}/alerts/{alert}", Endpoint::RemoveAlert, Needs::Site(SitesWrite)),
    ("get", "/api/v1/sites/{tracking_id}/alerts/{alert}/history", Endpoint::AlertHistory, Needs::Site(SitesRead)),
    ("post", "/api/v1/sites/{tracking_id}/alerts/{alert}/test", Endpoint::TestAlert, Needs::Site(SitesWrite)),
    ("get", "/api/v1/sites/{tracking_id}/digests", Endpoint::Digests, Needs::Site(SitesRead)),
    ("post", "/api/v1/sites/{tracking_id}/digests", Endpoint::AddSubscriber, Needs::Site(SitesWrite)),
    ("put", "/api/v1/sites/{tracking_id}/digests/own", Endpoint::ChooseDigests, Needs::Own(SitesRead)),
    ("post", "/api/v1/sites/{tracking_id}/digests/own/test", Endpoint::TestDigest, Needs::Own(SitesRead)),
    ("delete", "/api/v1/sites/{tracking_id}/digests/{subscriber}", Endpoint::RemoveSubscriber, Needs::Site(SitesWrite)),
    ("get", "/api/v1/unsubscribe/{token}", Endpoint::Unsubscribing, Needs::Nothing),
    ("post", "/api/v1/unsubscribe/{token}", Endpoint::Unsubscribe, Needs::Nothing),
    ("get", "/api/v1/audit", Endpoint::Audit, Needs::Everywhere(PeopleWrite)),
    ("post", "/api/v1/deletions", Endpoint::Delete, Needs::Site(SitesDelete)),
    ("get", "/api/v1/deletions", Endpoint::Deletions, Needs::Everywhere(SitesDelete)),
    ("get", "/api/v1/deletions/{id}", Endpoint::Deletion, Needs::Everywhere(SitesDelete)),
    ("post", "/api/v1/person", Endpoint::Person, Needs::Site(SitesDelete)),
    ("get", "/api/v1/reconciliations", Endpoint::Reconciliations, Needs::Everywhere(SitesDelete)),
    ("get", "/api/openapi.yaml", Endpoint::OpenApi, Needs::Nothing),
    ("get", "/sdk/{file}", Endpoint::Sdk, Needs::Nothing),
];

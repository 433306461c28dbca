//! The aggregator's API, typed: one function a request.

use std::sync::atomic::{AtomicBool, Ordering};

use gloo_net::http::{Request, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Error as JsonError, Value};
use wire::counters::Counters;
use wire::feed::Feed;
use wire::grant::SharedLink;
use wire::problem::Problem;
use wire::query::{Answer, Query};
use wire::realtime::Realtime;
use wire::report::{NewReport, ReportChange};
use wire::session::Sites;

/// Whether a request of this page ever succeeded.
static ANSWERED: AtomicBool = AtomicBool::new(false);

/// What is read of [`wire::account::Whoami`]: permissions and filters are the server's business.
#[derive(Deserialize)]
struct Granted {
    sites: Vec<GrantedSite>,
}

/// What is read of [`wire::account::SiteAccess`].
#[derive(Deserialize)]
pub struct GrantedSite {
    /// Its tracking id.
    pub tracking_id: String,
    /// There where a part of the site is shown.
    pub lock: Option<IgnoredAny>,
}

/// What is read of [`wire::change::SiteDetails`].
#[derive(Deserialize)]
struct DeclaringSite {
    settings: Declared,
}

/// What is read of [`wire::site::Settings`].
#[derive(Deserialize)]
struct Declared {
    #[serde(default)]
    properties: Vec<String>,
}

/// What is read of [`wire::report::Reports`].
#[derive(Deserialize)]
struct KeptReports {
    reports: Vec<KeptReport>,
}

/// What is read of [`wire::report::Report`]. Its question as it came: to read it by its type would cost 20 KB.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct KeptReport {
    /// Number to change it by.
    pub report: i64,
    /// What it is called.
    pub name: String,
    /// The question.
    pub query: Value,
}

/// Why a request brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nobody is signed in, or no longer.
    SignedOut,
    /// The server said what is wrong.
    Problem(Problem),
    /// The server could not be reached, or what came back was not an answer.
    Unreachable,
}

impl Failure {
    /// What the server calls it.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Problem(problem) => Some(&problem.code),
            _ => None,
        }
    }

    /// The field that it is about.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Problem(problem) => problem.field.as_deref(),
            _ => None,
        }
    }

    /// One sentence for people.
    pub fn sentence(&self) -> String {
        match self {
            Self::SignedOut => "You are signed out.".to_owned(),
            Self::Problem(problem) => sentence(&problem.detail),
            Self::Unreachable => "The server cannot be reached.".to_owned(),
        }
    }
}

/// Details are written lower case and without a stop; people read sentences.
fn sentence(detail: &str) -> String {
    let mut letters = detail.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(letters).chain(".".chars()).collect()
}

impl From<gloo_net::Error> for Failure {
    fn from(_: gloo_net::Error) -> Self {
        Self::Unreachable
    }
}

impl From<JsonError> for Failure {
    fn from(_: JsonError) -> Self {
        Self::Unreachable
    }
}

/// Asks to be let in: what comes back, besides the cookie, says nothing.
pub async fn knock(path: &str, body: Result<String, JsonError>) -> Result<(), Failure> {
    ask(post(path, body?)).await.map(|_| ())
}

/// Ends the session.
pub async fn sign_out() -> Result<(), Failure> {
    ask(Request::delete("/api/v1/session").build()).await.map(|_| ())
}

/// What a shared link asks for.
pub async fn shared_link(slug: &str) -> Result<SharedLink, Failure> {
    Ok(serde_json::from_str(&ask(Request::get(&share_path(slug)).build()).await?)?)
}

/// The sites that this browser was granted, a shared link's last.
pub async fn granted() -> Result<Vec<GrantedSite>, Failure> {
    let granted: Granted = serde_json::from_str(&ask(Request::get("/api/v1/session").build()).await?)?;
    Ok(granted.sites)
}

/// The sites this person may read.
pub async fn sites() -> Result<Sites, Failure> {
    Ok(serde_json::from_str(&ask(Request::get("/api/v1/sites").build()).await?)?)
}

/// Answers a question about a site's history.
pub async fn query(query: &Query) -> Result<Answer, Failure> {
    let body = serde_json::to_string(query)?;
    Ok(serde_json::from_str(&ask(post("/api/v1/query", body)).await?)?)
}

/// The rows of an answer as CSV.
pub async fn csv(query: &Query) -> Result<String, Failure> {
    let body = serde_json::to_string(query)?;
    let request =
        Request::post("/api/v1/query").header("content-type", "application/json").header("accept", "text/csv");
    ask(request.body(body)).await
}

/// What is happening on a site now.
pub async fn realtime(tracking_id: &str) -> Result<Realtime, Failure> {
    let path = with_tracking_id("/api/v1/realtime", tracking_id);
    Ok(serde_json::from_str(&ask(Request::get(&path).build()).await?)?)
}

/// What a site took in since a position, or its newest events.
pub async fn feed(tracking_id: &str, after: Option<u64>) -> Result<Feed, Failure> {
    let request = Request::get(&feed_path(tracking_id, after)).header("accept", "application/json");
    Ok(serde_json::from_str(&ask(request.build()).await?)?)
}

/// Where a site's events are streamed.
pub fn feed_path(tracking_id: &str, after: Option<u64>) -> String {
    let path = with_tracking_id("/api/v1/live/events", tracking_id);
    after.map_or_else(|| path.clone(), |after| format!("{path}&after={after}"))
}

/// How often something happened within 24 hours: told apart by a dimension, of one type of event or of all.
pub async fn counters(tracking_id: &str, by: &str, event_type: &str) -> Result<Counters, Failure> {
    let mut path = format!("{}&by={}", with_tracking_id("/api/v1/live/counters", tracking_id), encoded(by));
    if !event_type.is_empty() {
        path += &format!("&event_type={}", encoded(event_type));
    }
    Ok(serde_json::from_str(&ask(Request::get(&path).build()).await?)?)
}

/// The properties that a site declares.
pub async fn properties(tracking_id: &str) -> Result<Vec<String>, Failure> {
    let path = format!("/api/v1/sites/{}", encoded(tracking_id));
    let site: DeclaringSite = serde_json::from_str(&ask(Request::get(&path).build()).await?)?;
    Ok(site.settings.properties)
}

/// Where a site's live stream is.
pub fn live_path(tracking_id: &str) -> String {
    with_tracking_id("/api/v1/live", tracking_id)
}

fn with_tracking_id(path: &str, tracking_id: &str) -> String {
    format!("{path}?tracking_id={}", encoded(tracking_id))
}

/// Answers a question as a table of a media type: its bytes.
pub async fn table(query: &Query, kind: &str) -> Result<Vec<u8>, Failure> {
    let request = Request::post("/api/v1/query").header("content-type", "application/json").header("accept", kind);
    let response = answer(request.body(serde_json::to_string(query)?)).await?;
    Ok(response.binary().await?)
}

/// The reports that are kept of a site.
pub async fn reports(tracking_id: &str) -> Result<Vec<KeptReport>, Failure> {
    let kept: KeptReports = serde_json::from_str(&ask(Request::get(&reports_path(tracking_id)).build()).await?)?;
    Ok(kept.reports)
}

/// Keeps a report.
pub async fn keep_report(tracking_id: &str, new: &NewReport) -> Result<KeptReport, Failure> {
    let body = serde_json::to_string(new)?;
    Ok(serde_json::from_str(&ask(post(&reports_path(tracking_id), body)).await?)?)
}

/// Changes a report.
pub async fn change_report(tracking_id: &str, report: i64, change: &ReportChange) -> Result<KeptReport, Failure> {
    let path = format!("{}/{report}", reports_path(tracking_id));
    let request = Request::patch(&path).header("content-type", "application/json").body(serde_json::to_string(change)?);
    Ok(serde_json::from_str(&ask(request).await?)?)
}

/// Keeps a report no longer.
pub async fn remove_report(tracking_id: &str, report: i64) -> Result<(), Failure> {
    let path = format!("{}/{report}", reports_path(tracking_id));
    ask(Request::delete(&path).build()).await.map(|_| ())
}

fn reports_path(tracking_id: &str) -> String {
    format!("/api/v1/sites/{}/reports", encoded(tracking_id))
}

/// Where a shared link lets in.
pub fn share_session_path(slug: &str) -> String {
    format!("{}/session", share_path(slug))
}

fn share_path(slug: &str) -> String {
    format!("/api/v1/shares/{}", encoded(slug))
}

/// A text as a part of a path.
pub fn encoded(text: &str) -> String {
    String::from(js_sys::encode_uri_component(text))
}

fn post(path: &str, body: String) -> Result<Request, gloo_net::Error> {
    Request::post(path).header("content-type", "application/json").body(body)
}

/// The shared link of a page that another site embeds. It is said with every request: browsers give no cookies there.
pub fn embedded() -> Option<String> {
    let path = web_sys::window()?.location().pathname().ok()?;
    path.strip_prefix("/embed/").map(str::to_owned)
}

/// Whether the server answered anything yet, so that there is something on the screen.
pub fn has_answered() -> bool {
    ANSWERED.load(Ordering::Relaxed)
}

/// The body of a success; anything else as a [`Failure`].
async fn ask(request: Result<Request, gloo_net::Error>) -> Result<String, Failure> {
    Ok(answer(request).await?.text().await?)
}

/// The answer of a success; anything else as a [`Failure`].
///
/// # Errors
/// [`Failure`], with what the server says is wrong.
pub async fn answer(request: Result<Request, gloo_net::Error>) -> Result<Response, Failure> {
    let request = request?;
    if let Some(slug) = embedded() {
        request.headers().set("tidemark-share", &slug);
    }
    let response = request.send().await?;
    if response.ok() {
        ANSWERED.store(true, Ordering::Relaxed);
        return Ok(response);
    }
    let text = response.text().await?;
    let status = response.status();
    let mut problem: Problem = serde_json::from_str(&text)
        .unwrap_or_else(|_| Problem::new(status, "unreadable", format!("the server answered {status}")));
    match problem.code.as_str() {
        "unauthenticated" => return Err(Failure::SignedOut),
        "too_many_tries" => {
            let seconds = response.headers().get("retry-after").unwrap_or_else(|| "some".to_owned());
            problem.detail = format!("too many tries; the next is taken in {seconds} s");
        }
        _ => {}
    }
    Err(Failure::Problem(problem))
}

//! The aggregator's API, typed: one function a request.

use gloo_net::http::Request;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Error as JsonError;
use wire::grant::SharedLink;
use wire::problem::Problem;
use wire::query::{Answer, Query};
use wire::realtime::Realtime;
use wire::session::Sites;

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

/// What is happening on a site now.
pub async fn realtime(tracking_id: &str) -> Result<Realtime, Failure> {
    let path = with_tracking_id("/api/v1/realtime", tracking_id);
    Ok(serde_json::from_str(&ask(Request::get(&path).build()).await?)?)
}

/// Where a site's live stream is.
pub fn live_path(tracking_id: &str) -> String {
    with_tracking_id("/api/v1/live", tracking_id)
}

fn with_tracking_id(path: &str, tracking_id: &str) -> String {
    format!("{path}?tracking_id={}", encoded(tracking_id))
}

/// Where a shared link lets in.
pub fn share_session_path(slug: &str) -> String {
    format!("{}/session", share_path(slug))
}

fn share_path(slug: &str) -> String {
    format!("/api/v1/shares/{}", encoded(slug))
}

fn encoded(text: &str) -> String {
    String::from(js_sys::encode_uri_component(text))
}

fn post(path: &str, body: String) -> Result<Request, gloo_net::Error> {
    Request::post(path).header("content-type", "application/json").body(body)
}

/// The body of a success; anything else as a [`Failure`].
async fn ask(request: Result<Request, gloo_net::Error>) -> Result<String, Failure> {
    let response = request?.send().await?;
    let text = response.text().await?;
    if response.ok() {
        return Ok(text);
    }
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

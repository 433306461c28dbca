//! The aggregator's API, typed: one function a request.

use gloo_net::http::{Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Error as JsonError;
use wire::account::{Entry, Newcomer, PasswordReset, Whoami};
use wire::grant::{ShareEntry, SharedLink};
use wire::problem::Problem;
use wire::query::{Answer, Query};
use wire::realtime::Realtime;
use wire::session::Sites;

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

/// Trades the token of a one-time link, or an address and a password, for a session.
pub async fn sign_in(entry: &Entry) -> Result<(), Failure> {
    send("/api/v1/session", entry).await
}

/// Makes the first owner.
pub async fn set_up(newcomer: &Newcomer) -> Result<(), Failure> {
    send("/api/v1/setup", newcomer).await
}

/// Takes up an invitation.
pub async fn accept_invitation(newcomer: &Newcomer) -> Result<(), Failure> {
    send("/api/v1/invitations/accept", newcomer).await
}

/// Sets a new password by a link.
pub async fn reset_password(reset: &PasswordReset) -> Result<(), Failure> {
    send("/api/v1/password/reset", reset).await
}

/// What a shared link asks for.
pub async fn shared_link(slug: &str) -> Result<SharedLink, Failure> {
    fetch(&share_path(slug)).await
}

/// Comes in by a shared link.
pub async fn open_share(slug: &str, password: Option<String>) -> Result<(), Failure> {
    send(&format!("{}/session", share_path(slug)), &ShareEntry { password }).await
}

/// Who this browser is to the server, and what it may see.
pub async fn whoami() -> Result<Whoami, Failure> {
    fetch("/api/v1/session").await
}

/// Ends the session.
pub async fn sign_out() -> Result<(), Failure> {
    checked(Request::delete("/api/v1/session").send().await?).await.map(|_| ())
}

/// The sites this person may read.
pub async fn sites() -> Result<Sites, Failure> {
    fetch("/api/v1/sites").await
}

/// Answers a question about a site's history.
pub async fn query(query: &Query) -> Result<Answer, Failure> {
    Ok(serde_json::from_str(&post("/api/v1/query", query).await?)?)
}

/// What is happening on a site now.
pub async fn realtime(tracking_id: &str) -> Result<Realtime, Failure> {
    fetch(&with_tracking_id("/api/v1/realtime", tracking_id)).await
}

/// Where a site's live stream is.
pub fn live_path(tracking_id: &str) -> String {
    with_tracking_id("/api/v1/live", tracking_id)
}

fn with_tracking_id(path: &str, tracking_id: &str) -> String {
    format!("{path}?tracking_id={}", encoded(tracking_id))
}

fn share_path(slug: &str) -> String {
    format!("/api/v1/shares/{}", encoded(slug))
}

fn encoded(text: &str) -> String {
    String::from(js_sys::encode_uri_component(text))
}

async fn fetch<Body: DeserializeOwned>(path: &str) -> Result<Body, Failure> {
    Ok(serde_json::from_str(&checked(Request::get(path).send().await?).await?)?)
}

/// A request whose success says nothing more.
async fn send(path: &str, body: &impl Serialize) -> Result<(), Failure> {
    post(path, body).await.map(|_| ())
}

async fn post(path: &str, body: &impl Serialize) -> Result<String, Failure> {
    let body = serde_json::to_string(body)?;
    checked(Request::post(path).header("content-type", "application/json").body(body)?.send().await?).await
}

/// The body of a success; anything else as a [`Failure`].
async fn checked(response: Response) -> Result<String, Failure> {
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

//! The aggregator's API, typed: one function a request.

use gloo_net::http::{Request, RequestBuilder, Response};
use serde_json::Error as JsonError;
use wire::problem::Problem;
use wire::query::{Answer, Query};
use wire::realtime::Realtime;
use wire::session::{SignIn, Sites};

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

/// Trades the token of a one-time link for a session cookie.
pub async fn sign_in(token: String) -> Result<(), Failure> {
    let body = serde_json::to_string(&SignIn { token })?;
    checked(json(Request::post("/api/v1/session"), body)?.send().await?).await.map(|_| ())
}

/// Ends the session.
pub async fn sign_out() -> Result<(), Failure> {
    checked(Request::delete("/api/v1/session").send().await?).await.map(|_| ())
}

/// The sites this person may read.
pub async fn sites() -> Result<Sites, Failure> {
    let text = checked(Request::get("/api/v1/sites").send().await?).await?;
    Ok(serde_json::from_str(&text)?)
}

/// Answers a question about a site's history.
pub async fn query(query: &Query) -> Result<Answer, Failure> {
    let body = serde_json::to_string(query)?;
    let text = checked(json(Request::post("/api/v1/query"), body)?.send().await?).await?;
    Ok(serde_json::from_str(&text)?)
}

/// What is happening on a site now.
pub async fn realtime(tracking_id: &str) -> Result<Realtime, Failure> {
    let path = with_tracking_id("/api/v1/realtime", tracking_id);
    let text = checked(Request::get(&path).send().await?).await?;
    Ok(serde_json::from_str(&text)?)
}

/// Where a site's live stream is.
pub fn live_path(tracking_id: &str) -> String {
    with_tracking_id("/api/v1/live", tracking_id)
}

fn with_tracking_id(path: &str, tracking_id: &str) -> String {
    format!("{path}?tracking_id={}", String::from(js_sys::encode_uri_component(tracking_id)))
}

fn json(request: RequestBuilder, body: String) -> Result<Request, gloo_net::Error> {
    request.header("content-type", "application/json").body(body)
}

/// The body of a success; anything else as a [`Failure`].
async fn checked(response: Response) -> Result<String, Failure> {
    let text = response.text().await?;
    if response.ok() {
        return Ok(text);
    }
    if response.status() == 401 {
        return Err(Failure::SignedOut);
    }
    let status = response.status();
    Err(Failure::Problem(
        serde_json::from_str(&text)
            .unwrap_or_else(|_| Problem::new(status, "unreadable", format!("the server answered {status}"))),
    ))
}

//! A small HTTP client: every status is an answer, only a broken connection is an error.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
pub use ureq::Agent;

/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(15);

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers by lower-case name.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Body as JSON.
    ///
    /// # Errors
    /// When it is not, with the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).with_context(|| format!("{}: {}", self.status, self.text()))
    }
}

/// Headers of a request.
pub type Headers<'a> = &'a [(&'a str, &'a str)];

/// A client that keeps its connections.
pub fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).timeout_global(Some(DEADLINE)).max_redirects(0).build().into()
}

/// `GET`.
///
/// # Errors
/// When there is no answer.
pub fn get(url: &str) -> Result<Answer> {
    get_with(url, &[])
}

/// `GET` with headers.
///
/// # Errors
/// When there is no answer.
pub fn get_with(url: &str, headers: Headers<'_>) -> Result<Answer> {
    get_by(&agent(), url, headers)
}

/// `GET` by a client of one's own.
///
/// # Errors
/// When there is no answer.
pub fn get_by(agent: &Agent, url: &str, headers: Headers<'_>) -> Result<Answer> {
    let request = headers.iter().fold(agent.get(url), |request, (name, value)| request.header(*name, *value));
    read(request.call()?)
}

/// `POST`.
///
/// # Errors
/// When there is no answer.
pub fn post(url: &str, headers: Headers<'_>, body: &[u8]) -> Result<Answer> {
    post_by(&agent(), url, headers, body)
}

/// `POST` by a client of one's own.
///
/// # Errors
/// When there is no answer.
pub fn post_by(agent: &Agent, url: &str, headers: Headers<'_>, body: &[u8]) -> Result<Answer> {
    let request = headers.iter().fold(agent.post(url), |request, (name, value)| request.header(*name, *value));
    read(request.send(body)?)
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> Result<Answer> {
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    Ok(Answer { status: response.status().as_u16(), headers, body: response.body_mut().read_to_vec()? })
}

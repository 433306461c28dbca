//! What owners ask of the aggregator: settings, people, keys, links. One function a kind of request; what is asked
//! for stands where it is shown.

use gloo_net::http::{Method, RequestBuilder};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use wire::account::Permission;

use crate::api::{self, Failure};
use crate::kept::Segment;

/// Answer of a request, with the name of its state where the server gave one.
pub struct Answered {
    /// The body.
    pub text: String,
    /// The `ETag`.
    pub tag: Option<String>,
}

/// Path of what belongs to a site: `/api/v1/sites/ID` and `rest`.
pub fn of_site(tracking_id: &str, rest: &str) -> String {
    format!("/api/v1/sites/{}{rest}", api::encoded(tracking_id))
}

/// Asks for something.
///
/// # Errors
/// [`Failure`].
pub async fn read<T: DeserializeOwned>(path: &str) -> Result<T, Failure> {
    parsed(&request(Method::GET, path, None, None).await?)
}

/// Reads an answer.
///
/// # Errors
/// [`Failure::Unreachable`] when it is not what it should be.
pub fn parsed<T: DeserializeOwned>(answered: &Answered) -> Result<T, Failure> {
    Ok(serde_json::from_str(&answered.text)?)
}

/// Sends something.
///
/// # Errors
/// [`Failure`].
pub async fn send<T: Serialize>(method: Method, path: &str, body: &T) -> Result<Answered, Failure> {
    request(method, path, Some(serde_json::to_string(body)?), None).await
}

/// Takes something away.
///
/// # Errors
/// [`Failure`].
pub async fn remove(path: String) -> Result<(), Failure> {
    request(Method::DELETE, &path, None, None).await.map(|_| ())
}

/// A request, with the state that it is about.
///
/// # Errors
/// [`Failure`].
pub async fn request(
    method: Method,
    path: &str,
    body: Option<String>,
    seen: Option<String>,
) -> Result<Answered, Failure> {
    let mut builder = RequestBuilder::new(path).method(method);
    if let Some(seen) = &seen {
        builder = builder.header("if-match", seen);
    }
    let request = match body {
        Some(body) => builder.header("content-type", "application/json").body(body),
        None => builder.build(),
    };
    let response = api::answer(request).await?;
    let tag = response.headers().get("etag");
    Ok(Answered { text: response.text().await?, tag })
}

/// What is read of [`wire::account::Whoami`].
#[derive(Deserialize)]
pub struct Granted {
    /// Of a person.
    pub email: Option<String>,
    /// Of a person.
    pub name: Option<String>,
    /// What is allowed on every site.
    pub everywhere: Vec<Permission>,
    sites: Vec<GrantedSite>,
}

#[derive(Deserialize)]
struct GrantedSite {
    tracking_id: String,
    permissions: Vec<Permission>,
    lock: Option<IgnoredAny>,
}

impl Granted {
    /// Asks who this is.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn ask() -> Result<Self, Failure> {
        read("/api/v1/session").await
    }

    /// Whether something is allowed on a site.
    pub fn may(&self, tracking_id: &str, permission: Permission) -> bool {
        let here = |site: &GrantedSite| {
            site.lock.is_none() && site.tracking_id == tracking_id && site.permissions.contains(&permission)
        };
        self.everywhere.contains(&permission) || self.sites.iter().any(here)
    }
}

/// The segments of a site, by name.
///
/// # Errors
/// [`Failure`].
pub async fn segments(tracking_id: &str) -> Result<Vec<Segment>, Failure> {
    let found: SegmentNames = read(&of_site(tracking_id, "/segments")).await?;
    Ok(found.segments.into_iter().map(|segment| (segment.segment.to_string(), segment.name)).collect())
}

/// What is read of [`wire::saved_segment::SavedSegments`]. To read filters by their type would cost some KB.
#[derive(Deserialize)]
pub struct SegmentNames {
    /// By name.
    pub segments: Vec<SegmentName>,
}

/// What is read of [`wire::saved_segment::SavedSegment`].
#[derive(Deserialize)]
pub struct SegmentName {
    /// Number to name and to change it by.
    pub segment: i64,
    /// What it is called.
    pub name: String,
}

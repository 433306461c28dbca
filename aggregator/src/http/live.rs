//! `GET /api/v1/live`: a site from now on, as server-sent events (WHATWG HTML, section 9.2); and what all such streams have
//! in common.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::access::{Access, Granted};
use super::refusal::Refusal;
use super::{Shared, access, feed};
use crate::ledger::site::SiteKey;
use crate::live::{FeedFollower, Follower, Full, Live, Moment, Place};

/// Begins a stream: when a browser connects again after it broke off, milliseconds.
const BEGIN: Bytes = Bytes::from_static(b"retry: 2000\n\n");

/// How long a stream goes on without its credentials being looked at again.
const CREDENTIALS_AGE_MAX: Duration = Duration::from_secs(60);

/// What all streams have in common. Proxies are told to pass events on at once.
const HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_TYPE, "text/event-stream"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("x-accel-buffering"), "no"),
];

/// Header by which a client says what it has seen.
pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Streams a site.
pub async fn live(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let granted = access::named_site(&service, query.as_deref(), &access).await?;
    let (site, tracking_id) = (granted.whole()?, granted.tracking_id().to_owned());
    let seen = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.parse::<Moment>().ok());
    stream(service, granted, access, |live| Told::Looks(live.follow(site, &tracking_id, seen)))
}

/// What a stream tells.
pub(super) enum Told {
    /// A site's numbers.
    Looks(Follower),
    /// Its single events.
    Events(FeedFollower),
}

/// Begins a stream about a site, if there is a place for it.
///
/// # Errors
/// [`Refusal`] when all places are taken, or the caller is to see a part of the site.
pub(super) fn stream(
    service: Shared,
    granted: Granted,
    access: Access,
    follow: impl FnOnce(&Arc<Live>) -> Told,
) -> Result<Response, Refusal> {
    let site = granted.whole()?;
    let place = service.live.place(site).map_err(|full| match full {
        Full::Server => Refusal::TooManyStreams(service.config.live_clients_max),
        Full::Site => Refusal::TooManyStreamsOfSite(service.config.live_clients_per_site_max),
    })?;
    let told = follow(&service.live);
    let checked = Instant::now();
    let client = Client { told, site, granted, access, checked, service, has_begun: false, _place: place };
    let messages = stream::unfold(client, |mut client| async move {
        let bytes = client.next().await?;
        Some((Ok::<_, Infallible>(bytes), client))
    });
    Ok((HEADERS, Body::from_stream(messages)).into_response())
}

/// One client of a stream.
struct Client {
    told: Told,
    site: SiteKey,
    granted: Granted,
    access: Access,
    checked: Instant,
    service: Shared,
    has_begun: bool,
    _place: Place,
}

impl Client {
    /// What to send next; none when the stream ends.
    async fn next(&mut self) -> Option<Bytes> {
        if !std::mem::replace(&mut self.has_begun, true) {
            return Some(BEGIN);
        }
        let (service, tracking_id) = (&self.service, self.granted.tracking_id());
        let next = async {
            match &mut self.told {
                Told::Looks(follower) => follower.next().await,
                // A client whose stream ends connects again, and is told then what it has not seen.
                Told::Events(follower) => {
                    feed::message(&follower.next(&service.live, self.site, tracking_id).await.ok()?)
                }
            }
        };
        let message = tokio::select! {
            message = next => message?,
            () = service.stopping() => return None,
        };
        if self.checked.elapsed() > CREDENTIALS_AGE_MAX {
            self.check().await?;
        }
        Some(message)
    }

    /// Whether the credentials are still good; none when not.
    async fn check(&mut self) -> Option<()> {
        let is_open = self.access.still_opens(&self.service, &self.granted).await;
        self.checked = Instant::now();
        is_open.then_some(())
    }
}

//! `GET /api/v1/live`: a site from now on, as server-sent events.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::HeaderName;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use tokio::sync::OwnedSemaphorePermit;

use super::access::{Access, Granted};
use super::refusal::Refusal;
use super::{Shared, access};
use crate::ledger::site::SiteKey;
use crate::live::{Freshness, Look};

/// Name of the events; their data is [`wire::realtime::Realtime`], their id its version.
const EVENT: &str = "realtime";

/// When a browser connects again after a stream broke off.
const RECONNECT: Duration = Duration::from_secs(2);

/// How long a stream goes on without its credentials being looked at again.
const CREDENTIALS_AGE_MAX: Duration = Duration::from_secs(60);

/// Tells proxies to pass events on at once.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// Streams a site.
pub async fn live(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Response, Refusal> {
    let granted = access::named_site(&service, query.as_deref(), &access).await?;
    let site = granted.whole()?;
    let place = service.live.stream_place().ok_or(Refusal::TooManyStreams(service.config.live_clients_max))?;
    let follower = Follower {
        service: service.clone(),
        site,
        granted,
        access,
        checked: Instant::now(),
        seen: None,
        _place: place,
    };
    let stopping = async move { service.stopping().await };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    Ok(([UNBUFFERED], Sse::new(events.take_until(Box::pin(stopping)))).into_response())
}

/// One client of a stream.
struct Follower {
    service: Shared,
    site: SiteKey,
    granted: Granted,
    access: Access,
    checked: Instant,
    seen: Option<Look>,
    _place: OwnedSemaphorePermit,
}

impl Follower {
    /// The next event; none when the stream ends.
    async fn next(&mut self) -> Option<Event> {
        let mut event = Event::default().event(EVENT);
        match &self.seen {
            Some(seen) => self.service.live.news(self.site, seen).await,
            None => event = event.retry(RECONNECT),
        }
        if self.checked.elapsed() > CREDENTIALS_AGE_MAX {
            self.check().await?;
        }
        let look = self.service.live.look(self.site, self.granted.tracking_id(), Freshness::Stream).await;
        let look = look.inspect_err(|e| tracing::warn!("a live stream ends: {e}")).ok()?;
        event = event.id(look.version.to_string()).data(&*look.json);
        self.seen = Some(look);
        Some(event)
    }

    async fn check(&mut self) -> Option<()> {
        let is_open = self.access.still_opens(&self.service, &self.granted).await;
        self.checked = Instant::now();
        is_open.then_some(())
    }
}

//! `GET /api/v1/live/events`: single events as they are taken in, as server-sent events, or once as JSON.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use wire::feed::{FEED_EVENTS_MAX, Feed};

use super::access::Access;
use super::live::{self, LAST_EVENT_ID, Told};
use super::refusal::Refusal;
use super::{Shared, parameters};
use crate::ledger;
use crate::questions::RawError;

/// Streams a site's events, or answers with [`Feed`] where JSON is asked for.
pub async fn feed(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let [tracking_id, after] = parameters::named(["tracking_id", "after"], query.as_deref())?;
    let tracking_id = domain::accept::tracking_id(tracking_id.as_deref());
    let tracking_id = tracking_id.map_err(|e| parameters::wrong("tracking_id", &e.detail))?;
    let granted = access.site(&service, &tracking_id).await?;
    let site = granted.whole()?;
    let number = |text: String| text.parse::<u64>().map_err(|_| parameters::wrong("after", "must be a position"));
    let after = after.map(number).transpose()?;
    // What a browser has seen last counts, where it connects again by itself.
    let last = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.parse().ok());
    let seen = last.or(after);
    let settings = service.lookups.read(move |connection| ledger::settings::read(connection, site)).await?;
    if !settings.keeps_events {
        return Err(RawError::None.into());
    }
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.contains("application/json") {
        return Ok(Json(service.live.feed(site, &tracking_id, seen, FEED_EVENTS_MAX).await?).into_response());
    }
    live::stream(service, granted, access, |live| Told::Events(live.watch_feed(site, seen)))
}

/// A message of the stream. JSON of plain data has no line breaks, so it is one line.
pub(super) fn message(feed: &Feed) -> Option<Bytes> {
    let json = serde_json::to_string(feed).ok()?;
    Some(format!("event: feed\nid: {}\ndata: {json}\n\n", feed.position).into())
}

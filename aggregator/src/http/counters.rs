//! `GET /api/v1/live/counters`: how often something happened lately, told apart by a dimension or declared property.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::counters::Asked;
use domain::query::QueryError;

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, conditional, parameters};
use crate::live::CountError;

/// The parameters.
const NAMES: [&str; 5] = ["tracking_id", "event_type", "by", "minutes", "interval"];

/// Answers with [`wire::counters::Counters`].
pub async fn counters(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let [tracking_id, event_type, by, minutes, interval] = parameters::named(NAMES, query.as_deref())?;
    let tracking_id = domain::accept::tracking_id(tracking_id.as_deref());
    let tracking_id = tracking_id.map_err(|e| parameters::wrong("tracking_id", &e.detail))?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let wrong = |e: QueryError| parameters::wrong(&e.field, &e.detail);
    let asked = Asked::of(event_type, by.as_deref(), minutes.as_deref(), interval.as_deref()).map_err(wrong)?;
    let counting = service.live.count(&service.queries, site, &tracking_id, asked);
    let counted = counting.await.map_err(|e| match e {
        CountError::Query(e) => wrong(e),
        CountError::Read(e) => e.into(),
    })?;
    let tag = counted.moment.to_string();
    if conditional::has(&headers, &tag) {
        return Ok(conditional::not_modified(&tag));
    }
    Ok(conditional::tagged(&tag, counted.json))
}

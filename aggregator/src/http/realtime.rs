//! `GET /api/v1/realtime`: a site, now.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;
use super::{Shared, access, parameters};
use crate::live::Freshness;

/// Answers with [`wire::realtime::Realtime`].
pub async fn realtime(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let scope = access::scope(&service, &headers).await?;
    let tracking_id = parameters::tracking_id(query.as_deref())?;
    let site = access::site(&service, scope, &tracking_id).await?;
    let look = service.live.look(site, &tracking_id, Freshness::Exact).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], look.json.to_string()).into_response())
}

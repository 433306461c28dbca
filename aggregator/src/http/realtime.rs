//! `GET /api/v1/realtime`: a site, now.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;
use super::{Shared, access};
use crate::live::Freshness;

/// Answers with [`wire::realtime::Realtime`].
pub async fn realtime(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (site, tracking_id) = access::named_site(&service, query.as_deref(), &headers).await?;
    let look = service.live.look(site, &tracking_id, Freshness::Exact).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], look.json.to_string()).into_response())
}

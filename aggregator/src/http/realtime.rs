//! `GET /api/v1/realtime`: a site, now.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, access};
use crate::live::Freshness;

/// Answers with [`wire::realtime::Realtime`].
pub async fn realtime(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Response, Refusal> {
    let granted = access::named_site(&service, query.as_deref(), &access).await?;
    let look = service.live.look(granted.whole()?, granted.tracking_id(), Freshness::Exact).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], look.json.to_string()).into_response())
}

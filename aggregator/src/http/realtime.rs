//! `GET /api/v1/realtime`: a site, now.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, access, conditional};

/// Answers with [`wire::realtime::Realtime`]. Its tag is the moment it is of: who has that asks at no cost.
pub async fn realtime(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let granted = access::named_site(&service, query.as_deref(), &access).await?;
    let site = granted.whole()?;
    if let Some(moment) = service.live.moment(site).await
        && conditional::has(&headers, &moment.to_string())
    {
        return Ok(conditional::not_modified(&moment.to_string()));
    }
    let look = service.live.look(site, granted.tracking_id()).await?;
    Ok(conditional::tagged(&look.moment.to_string(), look.json))
}

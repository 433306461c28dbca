//! `/api/v1/sites/{tracking_id}/segments`: filters that are kept under a name, for all who read the site.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use domain::query::Named;
use domain::{account, query};
use wire::filter::Filters;
use wire::saved_segment::{
    NewSavedSegment, SAVED_SEGMENT_BYTES_MAX, SAVED_SEGMENT_NAME_BYTES_MAX, SavedSegment, SavedSegmentChange,
    SavedSegments,
};

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, body, kept, parameters};
use crate::ledger::saved_segment::{Definition, SAVED_SEGMENTS};
use crate::ledger::site::SiteKey;
use crate::questions::named;

/// Bytes of a body: filters and a name.
const BYTES_MAX: usize = SAVED_SEGMENT_BYTES_MAX + 1024;

/// `GET /api/v1/sites/{tracking_id}/segments`
pub async fn list(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<SavedSegments>, Refusal> {
    parameters::none(query.as_deref())?;
    // What people look for in all of a site is not for who is to see a part.
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let segments = kept::list::<Definition>(&service, site, &SAVED_SEGMENTS).await?;
    Ok(Json(SavedSegments { segments: segments.into_iter().map(SavedSegment::from).collect() }))
}

/// `POST /api/v1/sites/{tracking_id}/segments`
pub async fn make(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<SavedSegment>), Refusal> {
    let wanted: NewSavedSegment = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let (name, filters) = (name(&wanted.name)?, checked(&service, site, wanted.filters).await?);
    let segment = kept::add::<Definition>(&service, site, &SAVED_SEGMENTS, name, filters).await?;
    Ok((StatusCode::CREATED, Json(segment.into())))
}

/// `PATCH /api/v1/sites/{tracking_id}/segments/{segment}`
pub async fn change(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<SavedSegment>, Refusal> {
    let wanted: SavedSegmentChange = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "segment")?;
    let name = wanted.name.as_deref().map(name).transpose()?;
    let filters = match wanted.filters {
        Some(filters) => Some(checked(&service, site, filters).await?),
        None => None,
    };
    Ok(Json(kept::change::<Definition>(&service, site, &SAVED_SEGMENTS, number, (name, filters)).await?.into()))
}

/// `DELETE /api/v1/sites/{tracking_id}/segments/{segment}`
pub async fn remove(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "segment")?;
    kept::remove(&service, site, &SAVED_SEGMENTS, number).await
}

/// Filters with the segments of a site in them written out as they are now. `field` names them in refusals.
///
/// # Errors
/// [`Refusal::Query`] when one is not there.
pub async fn written_out(service: &Shared, site: SiteKey, filters: Filters, field: &str) -> Result<Filters, Refusal> {
    let mut named = Named::default();
    named.add(&filters);
    if named.is_empty() {
        return Ok(filters);
    }
    let kept = service.lookups.read(move |connection| named::read(connection, site, &named)).await?;
    Ok(query::written_out(&filters, field, &kept)?)
}

/// Filters as they are kept.
async fn checked(service: &Shared, site: SiteKey, filters: Filters) -> Result<String, Refusal> {
    let filters = written_out(service, site, filters, "filters").await?;
    account::segment(&filters)?;
    let unwritten = |_| Refusal::Internal("filters could not be written");
    if serde_json::to_vec(&filters).map_err(unwritten)?.len() > SAVED_SEGMENT_BYTES_MAX {
        return Err(body::wrong("filters", &format!("must be at most {SAVED_SEGMENT_BYTES_MAX} bytes as JSON")));
    }
    serde_json::to_string(&Definition { filters }).map_err(unwritten)
}

fn name(text: &str) -> Result<String, Refusal> {
    body::line("name", text, SAVED_SEGMENT_NAME_BYTES_MAX)
}

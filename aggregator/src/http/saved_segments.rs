//! `/api/v1/sites/{tracking_id}/segments`: filters that are kept under a name, for all who read the site.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::{account, query};
use wire::filter::Filters;
use wire::saved_segment::{
    NewSavedSegment, SAVED_SEGMENT_BYTES_MAX, SAVED_SEGMENT_NAME_BYTES_MAX, SAVED_SEGMENTS_MAX, SavedSegmentChange,
    SavedSegments,
};

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, body, parameters};
use crate::ledger::report::Change;
use crate::ledger::saved_segment;
use crate::ledger::site::SiteKey;

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
    let segments = service.lookups.read(move |connection| saved_segment::list(connection, site)).await?;
    Ok(Json(SavedSegments { segments }))
}

/// `POST /api/v1/sites/{tracking_id}/segments`
pub async fn make(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let wanted: NewSavedSegment = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let (name, filters) = (name(&wanted.name)?, checked(&service, site, wanted.filters).await?);
    let write = move |connection: &_, now_ms| saved_segment::add(connection, site, &name, &filters, now_ms);
    told(&service, site, service.writer.write(write).await?, StatusCode::CREATED).await
}

/// `PATCH /api/v1/sites/{tracking_id}/segments/{segment}`
pub async fn change(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let wanted: SavedSegmentChange = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "segment")?;
    let name = wanted.name.as_deref().map(name).transpose()?;
    let filters = match wanted.filters {
        Some(filters) => Some(checked(&service, site, filters).await?),
        None => None,
    };
    let write = move |connection: &_, now_ms| {
        saved_segment::change(connection, site, number, name.as_deref(), filters.as_ref(), now_ms)
    };
    told(&service, site, service.writer.write(write).await?, StatusCode::OK).await
}

/// `DELETE /api/v1/sites/{tracking_id}/segments/{segment}`
pub async fn remove(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "segment")?;
    let is_there = service.writer.write(move |connection, _| saved_segment::remove(connection, site, number)).await?;
    if is_there { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::NoSuch("segment")) }
}

/// Filters with the segments of a site in them written out as they are now. `field` names them in refusals.
///
/// # Errors
/// [`Refusal::Query`] when one is not there.
pub async fn written_out(service: &Shared, site: SiteKey, filters: Filters, field: &str) -> Result<Filters, Refusal> {
    let names = query::segments_named(&filters);
    if names.is_empty() {
        return Ok(filters);
    }
    let read = move |connection: &_| saved_segment::named(connection, site, names.iter());
    let segments = service.lookups.read(read).await?;
    Ok(query::written_out(&filters, field, &segments)?)
}

/// Filters as they are kept.
async fn checked(service: &Shared, site: SiteKey, filters: Filters) -> Result<Filters, Refusal> {
    let filters = written_out(service, site, filters, "filters").await?;
    account::segment(&filters)?;
    let bytes = serde_json::to_vec(&filters).map_err(|_| Refusal::Internal("filters could not be written"))?;
    if bytes.len() > SAVED_SEGMENT_BYTES_MAX {
        return Err(body::wrong("filters", &format!("must be at most {SAVED_SEGMENT_BYTES_MAX} bytes as JSON")));
    }
    Ok(filters)
}

/// Answers with the segment that was changed, or says why there is none.
async fn told(service: &Shared, site: SiteKey, change: Change, status: StatusCode) -> Result<Response, Refusal> {
    let conflict = |field, detail: String| Err(Refusal::Conflict { field, detail });
    let number = match change {
        Change::Done(number) => number,
        Change::Missing => return Err(Refusal::NoSuch("segment")),
        Change::NameTaken => return conflict("name", "the site has a segment of this name already".to_owned()),
        Change::Full => {
            let detail = format!("a site keeps at most {SAVED_SEGMENTS_MAX} segments; delete one first");
            return conflict("tracking_id", detail);
        }
    };
    let found = service.lookups.read(move |connection| saved_segment::find(connection, site, number)).await?;
    Ok((status, Json(found.ok_or(Refusal::NoSuch("segment"))?)).into_response())
}

fn name(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.len() > SAVED_SEGMENT_NAME_BYTES_MAX || text.chars().any(char::is_control) {
        let detail = format!("must be 1 to {SAVED_SEGMENT_NAME_BYTES_MAX} bytes without control characters");
        return Err(body::wrong("name", &detail));
    }
    Ok(text.to_owned())
}

//! `/api/v1/sites/{tracking_id}/reports`: questions that are kept under a name, for all who read the site.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use wire::query::Query;
use wire::report::{NewReport, REPORT_NAME_BYTES_MAX, REPORT_QUERY_BYTES_MAX, REPORTS_MAX, ReportChange, Reports};

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, body, parameters};
use crate::ledger::report::{self, Change};
use crate::ledger::site::SiteKey;

/// Bytes of a body: a question and a name.
const BYTES_MAX: usize = REPORT_QUERY_BYTES_MAX + 1024;

/// `GET /api/v1/sites/{tracking_id}/reports`
pub async fn list(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Reports>, Refusal> {
    parameters::none(query.as_deref())?;
    // What people look for in all of a site is not for who is to see a part.
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let reports = service.lookups.read(move |connection| report::list(connection, site)).await?;
    Ok(Json(Reports { reports }))
}

/// `POST /api/v1/sites/{tracking_id}/reports`
pub async fn make(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let wanted: NewReport = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let (name, query) = (name(&wanted.name)?, question(&wanted.query, &tracking_id)?);
    let write = move |connection: &_, now_ms| report::add(connection, site, &name, &query, now_ms);
    told(&service, site, service.writer.write(write).await?, StatusCode::CREATED).await
}

/// `PATCH /api/v1/sites/{tracking_id}/reports/{report}`
pub async fn change(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let wanted: ReportChange = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "report")?;
    let name = wanted.name.as_deref().map(name).transpose()?;
    let query = wanted.query.as_ref().map(|query| question(query, &tracking_id)).transpose()?;
    let write = move |connection: &_, now_ms| {
        report::change(connection, site, number, name.as_deref(), query.as_deref(), now_ms)
    };
    told(&service, site, service.writer.write(write).await?, StatusCode::OK).await
}

/// `DELETE /api/v1/sites/{tracking_id}/reports/{report}`
pub async fn remove(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "report")?;
    let is_there = service.writer.write(move |connection, _| report::remove(connection, site, number)).await?;
    if is_there { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::NoSuch("report")) }
}

/// Answers with the report that was changed, or says why there is none.
async fn told(service: &Shared, site: SiteKey, change: Change, status: StatusCode) -> Result<Response, Refusal> {
    let conflict = |field, detail: String| Err(Refusal::Conflict { field, detail });
    let number = match change {
        Change::Done(number) => number,
        Change::Missing => return Err(Refusal::NoSuch("report")),
        Change::NameTaken => return conflict("name", "the site has a report of this name already".to_owned()),
        Change::Full => {
            return conflict("tracking_id", format!("a site keeps at most {REPORTS_MAX} reports; delete one first"));
        }
    };
    let found = service.lookups.read(move |connection| report::find(connection, site, number)).await?;
    Ok((status, Json(found.ok_or(Refusal::NoSuch("report"))?)).into_response())
}

fn name(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.len() > REPORT_NAME_BYTES_MAX || text.chars().any(char::is_control) {
        let detail = format!("must be 1 to {REPORT_NAME_BYTES_MAX} bytes without control characters");
        return Err(body::wrong("name", &detail));
    }
    Ok(text.to_owned())
}

/// A question as it is kept. Whether it can be answered is told when it is asked: that changes with time and settings.
fn question(query: &Query, tracking_id: &str) -> Result<String, Refusal> {
    if query.tracking_id != tracking_id {
        return Err(body::wrong("query.tracking_id", "must be the site that the report is kept of"));
    }
    if query.metrics.is_empty() {
        return Err(body::wrong("query.metrics", "must name at least one metric"));
    }
    let json = serde_json::to_string(query).map_err(|_| Refusal::Internal("a question could not be written"))?;
    if json.len() > REPORT_QUERY_BYTES_MAX {
        return Err(body::wrong("query", &format!("must be at most {REPORT_QUERY_BYTES_MAX} bytes as JSON")));
    }
    Ok(json)
}

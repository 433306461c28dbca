//! `/api/v1/sites/{tracking_id}/notes`: what people noted about moments, for all who read the site.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use wire::note::{NOTE_AT_MS_MAX, NOTE_TEXT_BYTES_MAX, NOTES_MAX, NewNote, NoteChange, Notes};

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, body, parameters};
use crate::ledger::access::Who;
use crate::ledger::note;
use crate::ledger::site::SiteKey;

/// Bytes of a body: a text of which each byte may be written as `\u00xx`, and a number.
const BYTES_MAX: usize = 6 * NOTE_TEXT_BYTES_MAX + 256;

/// `GET /api/v1/sites/{tracking_id}/notes`
pub async fn list(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Notes>, Refusal> {
    parameters::none(query.as_deref())?;
    // What happened to all of a site is not for who is to see a part.
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let mut notes = service.lookups.read(move |connection| note::list(connection, site)).await?;
    // Addresses of people are not for everybody who has a link.
    if matches!(access.who(), Who::Visitor) {
        notes.iter_mut().for_each(|note| note.author = None);
    }
    Ok(Json(Notes { notes }))
}

/// `POST /api/v1/sites/{tracking_id}/notes`
pub async fn make(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let wanted: NewNote = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let (at_ms, text, author) = (moment(wanted.at_ms)?, text(&wanted.text)?, access.name());
    let write = move |connection: &_, now_ms| note::add(connection, site, at_ms, &text, &author, now_ms);
    let Some(number) = service.writer.write(write).await? else {
        let detail = format!("a site has at most {NOTES_MAX} notes; delete one first");
        return Err(Refusal::Conflict { field: "tracking_id", detail });
    };
    told(&service, site, number, StatusCode::CREATED).await
}

/// `PATCH /api/v1/sites/{tracking_id}/notes/{note}`
pub async fn change(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let wanted: NoteChange = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "note")?;
    let at_ms = wanted.at_ms.map(moment).transpose()?;
    let text = wanted.text.as_deref().map(text).transpose()?;
    let write = move |connection: &_, now_ms| note::change(connection, site, number, at_ms, text.as_deref(), now_ms);
    if !service.writer.write(write).await? {
        return Err(Refusal::NoSuch("note"));
    }
    told(&service, site, number, StatusCode::OK).await
}

/// `DELETE /api/v1/sites/{tracking_id}/notes/{note}`
pub async fn remove(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "note")?;
    let is_there = service.writer.write(move |connection, _| note::remove(connection, site, number)).await?;
    if is_there { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::NoSuch("note")) }
}

async fn told(service: &Shared, site: SiteKey, number: i64, status: StatusCode) -> Result<Response, Refusal> {
    let found = service.lookups.read(move |connection| note::find(connection, site, number)).await?;
    Ok((status, Json(found.ok_or(Refusal::NoSuch("note"))?)).into_response())
}

fn moment(at_ms: u64) -> Result<u64, Refusal> {
    if at_ms > NOTE_AT_MS_MAX {
        return Err(body::wrong("at_ms", &format!("must be at most {NOTE_AT_MS_MAX}: Unix milliseconds")));
    }
    Ok(at_ms)
}

fn text(text: &str) -> Result<String, Refusal> {
    body::line("text", text, NOTE_TEXT_BYTES_MAX)
}

//! `POST /api/v1/deletions`, `GET /api/v1/deletions/{id}` and `POST /api/v1/person`: erasing a person, the record of it,
//! and all that is kept of one. For owners.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Value, json};
use wire::Id128;
use wire::limits::PROPERTY_NAME_BYTES_MAX;
use wire::site::VisitorMode;

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, body};
use crate::deletion::{self, MARKER, MARKER_TIME_MAX_MS, Person};
use crate::ledger;
use crate::ledger::task::Task;
use crate::secret;
use crate::segments::Segments;
use crate::task::{self, AskError, ERASE, Request};

/// Bytes of a body that names a person.
const BODY_BYTES_MAX: usize = 4096;

/// Bytes of a property's value by which somebody is looked for.
const VALUE_BYTES_MAX: usize = 1024;

/// Events of one person that are answered at once: some 50 MB. A person has a few thousand.
const PERSON_EVENTS_MAX: usize = 100_000;

/// Whom a request is about: exactly one of the last four.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    tracking_id: String,
    visitor: Option<Id128>,
    property: Option<AskedProperty>,
    client_id: Option<String>,
    user_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedProperty {
    name: String,
    value: String,
}

/// How somebody who is asked for can be found.
enum Meant {
    Person(Person),
    /// Known by an id that only the edge can turn into a visitor.
    Client,
}

impl Asked {
    fn meant(&self) -> Result<Meant, Refusal> {
        let given = [self.visitor.is_some(), self.property.is_some(), self.client_id.is_some(), self.user_id.is_some()];
        if given.iter().filter(|is_given| **is_given).count() != 1 {
            return Err(wrong("visitor", "exactly one of visitor, property, client_id and user_id is to be given"));
        }
        if let Some(visitor) = self.visitor {
            return Ok(Meant::Person(Person::Visitor(visitor)));
        }
        if let Some(AskedProperty { name, value }) = &self.property {
            if name.is_empty() || name.len() > PROPERTY_NAME_BYTES_MAX {
                return Err(wrong("property.name", &format!("has 1 to {PROPERTY_NAME_BYTES_MAX} bytes")));
            }
            if value.is_empty() || value.len() > VALUE_BYTES_MAX {
                return Err(wrong("property.value", &format!("has 1 to {VALUE_BYTES_MAX} bytes")));
            }
            return Ok(Meant::Person(Person::Property { name: name.clone(), value: value.clone() }));
        }
        if self.user_id.is_some() {
            return Err(wrong(
                "user_id",
                "nothing is kept of a user_id; where it is sent as a custom property as well, name that as `property`",
            ));
        }
        Ok(Meant::Client)
    }
}

/// Takes a deletion; it is done in the background.
pub async fn delete(
    State(service): State<Shared>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let (asked, tracking_id) = asked(&service, &access, &headers, body).await?;
    let person = match asked.meant()? {
        Meant::Person(person) => person,
        Meant::Client => {
            can_be_marked(&service, &tracking_id).await?;
            let value = secret::draw().map_err(|_| Refusal::Internal("the system has no randomness to give"))?;
            Person::Property { name: MARKER.to_owned(), value }
        }
    };
    let marker = match &person {
        Person::Property { name, value } if person.is_to_come() => json!({
            "custom_property": name, "value": value, "within_ms": MARKER_TIME_MAX_MS,
            "do": "send one event with this client_id and this custom property to the edge, in each region that counts; the visitor that it is counted under is erased, the event too",
        }),
        _ => Value::Null,
    };
    let request = Request::Erase { person, plan: None };
    let site = tracking_id.clone();
    let asking = service.writer.write(move |connection, _| Ok(task::ask(connection, &site, &request))).await?;
    let id = asking.map_err(|e| match e {
        AskError::Full => Refusal::Internal("too many tasks are waiting"),
        AskError::Random(_) => Refusal::Internal("the system has no randomness to give"),
        AskError::Ledger(_) => Refusal::Internal("the task was not written"),
    })?;
    let path = format!("/api/v1/deletions/{id}");
    let answer = json!({ "id": id, "tracking_id": tracking_id, "state": "waiting", "record": path, "marker": marker });
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, path)], Json(answer)).into_response())
}

/// How far a deletion is; once it is done, the record of what was erased where.
pub async fn deletion(State(service): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let id: Id128 = id.parse().map_err(|_| Refusal::NoSuchPath)?;
    let found = service.lookups.read(move |connection| ledger::task::find(connection, id)).await?;
    let task = found.filter(|task| task.kind == ERASE).ok_or(Refusal::NoSuchPath)?;
    Ok(Json(record(&task)))
}

/// Deletions and their records, newest first.
pub async fn deletions(State(service): State<Shared>) -> Result<Json<Value>, Refusal> {
    let newest = service.lookups.read(|connection| ledger::task::newest(connection, ERASE, LISTED_MAX)).await?;
    Ok(Json(json!({ "deletions": newest.iter().map(record).collect::<Vec<_>>() })))
}

/// Deletions listed at once.
const LISTED_MAX: u32 = 100;

/// The newest reports of reconciliations, newest first.
pub async fn reconciliations(State(service): State<Shared>) -> Result<Json<Value>, Refusal> {
    let newest = service.lookups.read(|connection| ledger::task::newest(connection, task::RECONCILE, 30)).await?;
    let report = |task: &Task| {
        json!({
            "id": task.id, "state": task.state.name(), "tracking_id": task.tracking_id, "asked_at_ms": task.asked_at_ms,
            "changed_at_ms": task.changed_at_ms, "report": parsed(&task.outcome),
        })
    };
    Ok(Json(json!({ "reconciliations": newest.iter().map(report).collect::<Vec<_>>() })))
}

/// All events that are kept of a person.
pub async fn person(
    State(service): State<Shared>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    let (asked, tracking_id) = asked(&service, &access, &headers, body).await?;
    let Meant::Person(person) = asked.meant()? else {
        can_be_marked(&service, &tracking_id).await?;
        let detail = format!(
            "a client_id can be turned into a visitor at the edge alone: send an event with it and a custom property `{MARKER}` of your own choice, then ask for that `property`"
        );
        return Err(wrong("client_id", &detail));
    };
    let segments: Arc<Segments> = Arc::clone(&service.store.0);
    let reading = tokio::task::spawn_blocking(move || {
        let found = deletion::find(&segments, &tracking_id, &person)?;
        let mut events = Vec::new();
        if !found.visitors.is_empty() {
            deletion::each_event(&segments, &tracking_id, &found.visitors, |event| {
                if events.len() <= PERSON_EVENTS_MAX {
                    events.push(event);
                }
            })?;
        }
        Ok::<_, crate::segments::SegmentsError>((found, events))
    });
    let read = reading.await.map_err(|_| Refusal::Internal("the events could not be read"))?;
    let (found, events) = read.map_err(|e| {
        tracing::error!("a person's events were not read: {e}");
        Refusal::Internal("the events could not be read")
    })?;
    if events.len() > PERSON_EVENTS_MAX {
        return Err(wrong("visitor", &format!("has more than {PERSON_EVENTS_MAX} events; `tidemark export` has all")));
    }
    Ok(Json(json!({ "visitors": found.visitors, "events": events })))
}

/// What is asked, of a site that the caller may erase from.
async fn asked(service: &Shared, access: &Access, headers: &HeaderMap, body: Body) -> Result<(Asked, String), Refusal> {
    let asked: Asked = body::json(&body::read(headers, body, BODY_BYTES_MAX).await?)?;
    access.site(service, &asked.tracking_id).await?.whole()?;
    let tracking_id = asked.tracking_id.clone();
    Ok((asked, tracking_id))
}

/// An id can be found by an event with it only where it is hashed under a key that lasts.
async fn can_be_marked(service: &Shared, tracking_id: &str) -> Result<(), Refusal> {
    let site = tracking_id.to_owned();
    let read = move |connection: &Connection| {
        let site = ledger::site::find(connection, &site)?;
        site.map(|site| ledger::settings::read(connection, site)).transpose()
    };
    let settings = service.lookups.read(read).await?.ok_or(Refusal::NoSuchSite)?;
    match settings.visitors {
        VisitorMode::Persistent => Ok(()),
        VisitorMode::Cookieless => Err(wrong(
            "client_id",
            "this site is counted without lasting ids: they are hashed under a key that is destroyed after its day, so nobody can be found by one; name a `visitor` or a `property`",
        )),
    }
}

fn record(task: &Task) -> Value {
    let request = parsed(&task.request);
    let of = |name: &str| request.get(name).cloned().unwrap_or_default();
    json!({
        "id": task.id, "tracking_id": task.tracking_id, "state": task.state.name(), "progress": task.progress,
        "asked_at_ms": task.asked_at_ms, "changed_at_ms": task.changed_at_ms,
        "by": of("by"), "subject": of("subject"), "outcome": parsed(&task.outcome),
    })
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

fn wrong(field: &str, detail: &str) -> Refusal {
    Refusal::Body { field: field.to_owned(), detail: detail.to_owned() }
}

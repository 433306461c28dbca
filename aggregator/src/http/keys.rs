//! `/api/v1/keys`: keys for programs, made, listed and revoked by people.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::account::{self, Rights};
use domain::window::DAY_MS;
use wire::grant::{Key, Keys, NewKey};

use super::access::Access;
use super::refusal::Refusal;
use super::session::person;
use super::{Shared, body, parameters};
use crate::ledger::key::{KEYS_MAX, New, Whose};
use crate::ledger::{self, audit};
use crate::secret::{self, SecretHash};

/// Bytes of a body: a name, all scopes, a site.
const KEY_BYTES_MAX: usize = 2048;

/// Longest that a key, or a shared link, may be valid if it is to end at all: ten years.
pub const DAYS_MAX: u32 = 3660;

/// When something ends that is to be valid for so many days.
///
/// # Errors
/// [`Refusal::Body`] names the limit.
pub fn ends_at(days: Option<u32>, now_ms: u64) -> Result<Option<u64>, Refusal> {
    match days {
        Some(days) if !(1..=DAYS_MAX).contains(&days) => Err(body::wrong("days", &format!("must be 1 to {DAYS_MAX}"))),
        days => Ok(days.map(|days| now_ms + u64::from(days) * DAY_MS)),
    }
}

/// Whose keys somebody decides about: of an owner of everything, everybody's.
fn whose(access: &Access) -> Result<Whose, Refusal> {
    if access.everywhere() == Rights::all() {
        return Ok(Whose::All);
    }
    person(access)?.map(Whose::User).ok_or(Refusal::Unauthenticated)
}

/// `GET`
pub async fn list(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Keys>, Refusal> {
    parameters::none(query.as_deref())?;
    let whose = whose(&access)?;
    let read = move |connection: &_| ledger::key::list(connection, whose);
    Ok(Json(Keys { keys: service.lookups.read(read).await? }))
}

/// `POST`: makes a key and shows it, this once.
pub async fn make(
    State(service): State<Shared>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let wanted: NewKey = body::json(&body::read(&headers, body, KEY_BYTES_MAX).await?)?;
    let (name, scopes) = (account::name(&wanted.name)?, account::scopes(&wanted.scopes)?);
    let now_ms = crate::clock::now_ms();
    let expires_at_ms = ends_at(wanted.days, now_ms)?;
    let site = match &wanted.tracking_id {
        Some(tracking_id) => {
            let asked =
                domain::accept::tracking_id(Some(tracking_id)).map_err(|e| body::wrong("tracking_id", &e.detail))?;
            let find = move |connection: &_| ledger::site::find(connection, &asked);
            let found = service.lookups.read(find).await?;
            Some(found.filter(|site| !access.rights(*site).is_none()).ok_or(Refusal::NoSuchSite)?)
        }
        None => None,
    };
    let token = secret::draw().map_err(|_| Refusal::Internal("the system has no randomness to give"))?;
    let new =
        New { hash: SecretHash::of(&token), user: person(&access)?, site, scopes, name: name.clone(), expires_at_ms };
    let who = access.name();
    let made = service.writer.write(move |connection, now_ms| {
        let made = ledger::key::add(connection, &new, now_ms)?;
        if let Some(number) = made {
            audit::note(connection, &who, "key.make", &number.to_string(), now_ms)?;
        }
        Ok(made)
    });
    let full = || format!("there are {KEYS_MAX} keys already; revoke one first");
    let key = made.await?.ok_or_else(|| Refusal::Conflict { field: "name", detail: full() })?;
    let key = Key {
        key,
        name,
        scopes: scopes.list(),
        tracking_id: wanted.tracking_id,
        email: None,
        created_at_ms: now_ms,
        expires_at_ms,
        used_at_ms: None,
        secret: Some(token),
    };
    Ok((StatusCode::CREATED, Json(key)).into_response())
}

/// `DELETE /api/v1/keys/{key}`: makes it invalid at once.
pub async fn revoke(
    State(service): State<Shared>,
    Path(number): Path<String>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let number = parameters::number(&number, "key")?;
    let (whose, who) = (whose(&access)?, access.name());
    let is_there = service.writer.write(move |connection, now_ms| {
        let is_there = ledger::key::revoke(connection, whose, number)?;
        if is_there {
            audit::note(connection, &who, "key.revoke", &number.to_string(), now_ms)?;
        }
        Ok(is_there)
    });
    if is_there.await? { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::NoSuch("key")) }
}

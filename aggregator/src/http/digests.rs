//! `/api/v1/sites/{tracking_id}/digests`: who is sent a site's week and month by mail; and the way out,
//! `/api/v1/unsubscribe/{token}`.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::account;
use domain::digest::Edition;
use rusqlite::Connection;
use wire::account::Permission;
use wire::digest::{DIGEST_ADDRESSES_MAX, DigestChoice, Digests, NewSubscriber, OwnDigests, Rhythm, Unsubscribing};

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, body, parameters};
use crate::clock::now_ms;
use crate::digests::{About, compose};
use crate::ledger::access::Who;
use crate::ledger::subscriber::{Added, Removed};
use crate::ledger::user::UserKey;
use crate::ledger::{self, audit};
use crate::secret;

/// Bytes of a body: an address, with JSON's own.
const BYTES_MAX: usize = 1024;

/// Bytes of a body that is not looked at: mail programs send `List-Unsubscribe=One-Click`.
const IGNORED_BYTES_MAX: usize = 1024;

/// `GET /api/v1/sites/{tracking_id}/digests`
pub async fn list(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Digests>, Refusal> {
    parameters::none(query.as_deref())?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let sees_all = access.rights(site).has(Permission::SitesWrite);
    let person = own(&access).ok();
    let read = move |connection: &Connection| {
        let own = match person {
            Some((user, email)) => {
                let chosen = ledger::subscriber::own(connection, site, user)?;
                Some(OwnDigests { email, choice: chosen.map(|one| one.choice).unwrap_or_default() })
            }
            None => None,
        };
        let subscribers = if sees_all { ledger::subscriber::list(connection, site)? } else { Vec::new() };
        Ok((own, subscribers))
    };
    let (own, subscribers) = service.lookups.read(read).await?;
    Ok(Json(Digests { can_mail: service.config.mail.is_some(), own, subscribers }))
}

/// `PUT /api/v1/sites/{tracking_id}/digests/own`: what the caller wants to be sent.
pub async fn choose(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let choice: DigestChoice = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let (user, _) = own(&access)?;
    if !choice.is_none() {
        can_mail(&service)?;
    }
    let about = service.lookups.read(move |connection: &Connection| About::read(connection, site)).await?;
    let (token, through) = (token()?, about.through());
    let write = move |connection: &Connection, now_ms| {
        ledger::subscriber::choose(connection, site, user, choice, &token, &through, now_ms)
    };
    service.writer.write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/sites/{tracking_id}/digests/own/test`: sends the caller the latest week at once.
pub async fn test(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let (user, _) = own(&access)?;
    can_mail(&service)?;
    let read = move |connection: &Connection| {
        Ok((About::read(connection, site)?, ledger::subscriber::own(connection, site, user)?))
    };
    let (about, subscriber) = service.lookups.read(read).await?;
    let conflict = |detail: &str| Refusal::Conflict { field: "user", detail: detail.to_owned() };
    let subscriber = subscriber
        .filter(|one| !one.choice.is_none())
        .ok_or_else(|| conflict("is sent no digests of this site; choose one first"))?;
    let rhythm = if subscriber.choice.weekly { Rhythm::Weekly } else { Rhythm::Monthly };
    let edition = Edition::latest(rhythm, &about.zone, now_ms())
        .ok_or(Refusal::Internal("the clock of this machine is before 1970"))?;
    let letter = compose(&service, &about, &edition).await?.letter_to(&service, &subscriber)?;
    let write = move |connection: &Connection, now_ms| {
        ledger::subscriber::send(connection, subscriber.subscriber, &letter, now_ms)
    };
    if service.writer.write(write).await? {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(conflict("has letters that wait to be sent already"))
    }
}

/// `POST /api/v1/sites/{tracking_id}/digests`: sends them to one address more.
pub async fn add(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let wanted: NewSubscriber = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let wanted = NewSubscriber { email: account::email(&wanted.email)?, ..wanted };
    if !wanted.weekly && !wanted.monthly {
        return Err(body::wrong("weekly", "must be true, or monthly must be"));
    }
    can_mail(&service)?;
    let about = service.lookups.read(move |connection: &Connection| About::read(connection, site)).await?;
    let (token, through, who) = (token()?, about.through(), access.name());
    let write = move |connection: &Connection, now_ms| {
        let added = ledger::subscriber::add(connection, site, &wanted, &token, &through, now_ms)?;
        if matches!(added, Added::Done(_)) {
            audit::note(connection, &who, "digest.add", &format!("{tracking_id} {}", wanted.email), now_ms)?;
        }
        Ok(added)
    };
    let conflict = |field, detail: &str| Err(Refusal::Conflict { field, detail: detail.to_owned() });
    let number = match service.writer.write(write).await? {
        Added::Done(number) => number,
        Added::Taken => return conflict("email", "is sent digests of this site already"),
        Added::HasUnsubscribed => return conflict("email", "has unsubscribed from the digests of this site"),
        Added::Full => {
            let detail = format!("a site has at most {DIGEST_ADDRESSES_MAX} such addresses; remove one first");
            return conflict("tracking_id", &detail);
        }
    };
    let all = service.lookups.read(move |connection| ledger::subscriber::list(connection, site)).await?;
    let added = all.into_iter().find(|one| one.subscriber == number);
    Ok((StatusCode::CREATED, Json(added.ok_or(Refusal::NoSuch("subscriber"))?)).into_response())
}

/// `DELETE /api/v1/sites/{tracking_id}/digests/{subscriber}`
pub async fn remove(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "subscriber")?;
    let who = access.name();
    let write = move |connection: &Connection, now_ms| {
        let removed = ledger::subscriber::remove(connection, site, number)?;
        if removed == Removed::Done {
            audit::note(connection, &who, "digest.remove", &format!("{tracking_id} {number}"), now_ms)?;
        }
        Ok(removed)
    };
    let conflict = |detail: &str| Err(Refusal::Conflict { field: "subscriber", detail: detail.to_owned() });
    match service.writer.write(write).await? {
        Removed::Done => Ok(StatusCode::NO_CONTENT),
        Removed::Missing => Err(Refusal::NoSuch("subscriber")),
        Removed::Person => conflict("is one of the people of this installation, who chooses alone"),
        Removed::HasUnsubscribed => conflict("has unsubscribed, and is remembered so that nothing is sent there again"),
    }
}

/// `GET /api/v1/unsubscribe/{token}`: what the link of a letter ends.
pub async fn unsubscribing(
    State(service): State<Shared>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Unsubscribing>, Refusal> {
    parameters::none(query.as_deref())?;
    let found = service.lookups.read(move |connection| ledger::subscriber::by_token(connection, &token)).await?;
    Ok(Json(found.ok_or(Refusal::NoSuch("subscription"))?))
}

/// `POST /api/v1/unsubscribe/{token}`: ends it, as often as it is asked. Mail programs do so by RFC 8058.
pub async fn unsubscribe(
    State(service): State<Shared>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    body::read(&headers, body, IGNORED_BYTES_MAX).await?;
    let write = move |connection: &Connection, _| ledger::subscriber::unsubscribe(connection, &token);
    if service.writer.write(write).await? { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::NoSuch("subscription")) }
}

/// The person that asks, and their address.
fn own(access: &Access) -> Result<(UserKey, String), Refusal> {
    match access.who() {
        Who::Person(user, email) => Ok((*user, email.clone())),
        Who::Operator | Who::Key(_) | Who::Visitor => {
            let detail = "these credentials are no person's with an account; add an address instead".to_owned();
            Err(Refusal::Conflict { field: "user", detail })
        }
    }
}

fn can_mail(service: &Shared) -> Result<(), Refusal> {
    if service.config.mail.is_some() {
        return Ok(());
    }
    let detail = "no mail can be sent: the server's settings name no mail server".to_owned();
    Err(Refusal::Conflict { field: "user", detail })
}

fn token() -> Result<String, Refusal> {
    secret::draw().map_err(|_| Refusal::Internal("the system has no randomness to give"))
}

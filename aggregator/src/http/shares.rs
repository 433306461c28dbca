//! Shared links: made for a site, and opened by anybody who has one.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::account;
use domain::window::DAY_MS;
use wire::dashboard::Layout;
use wire::filter::Filters;
use wire::grant::{NewShare, Share, ShareEntry, SharedLink, Shares};

use super::access::{Access, SHARED_COOKIE, cookie};
use super::address::Address;
use super::keys::ends_at;
use super::refusal::Refusal;
use super::session::{CREDENTIALS_BYTES_MAX, set_cookie};
use super::{Shared, body, kept, origin, parameters, saved_segments};
use crate::clock::now_ms;
use crate::ledger::dashboard::DASHBOARDS;
use crate::ledger::share::{SHARED_SESSION_DAYS, SHARES_MAX, Stored};
use crate::ledger::{self, audit};
use crate::secret::{self, SecretHash};

/// Bytes of a body: a lock of 16 tests, a name, a password.
const SHARE_BYTES_MAX: usize = 16 * 1024;

/// Digits of a slug: 128 bits cannot be guessed.
const SLUG_DIGITS: usize = 32;

/// `GET /api/v1/sites/{tracking_id}/shares`
pub async fn list(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Shares>, Refusal> {
    parameters::none(query.as_deref())?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let read = move |connection: &_| ledger::share::list(connection, site);
    let shares = service.lookups.read(read).await?;
    Ok(Json(Shares { shares: shares.into_iter().map(|share| shown(&service, share)).collect() }))
}

/// `POST /api/v1/sites/{tracking_id}/shares`
pub async fn make(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let wanted: NewShare = body::json(&body::read(&headers, body, SHARE_BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let name = account::name(&wanted.name)?;
    let lock = match wanted.lock {
        Some(lock) => {
            let lock = saved_segments::written_out(&service, site, Filters::Expression(lock), "lock").await?;
            Some(lock.into_expression())
        }
        None => None,
    };
    lock.as_ref().map_or(Ok(()), account::lock)?;
    if let Some(number) = wanted.dashboard {
        if lock.is_some() {
            return Err(body::wrong(
                "lock",
                "must be left out where dashboard is given: its widgets say what they show",
            ));
        }
        kept::find::<Layout>(&service, site, &DASHBOARDS, number).await?;
    }
    let expires_at_ms = ends_at(wanted.days, now_ms())?;
    let password = match wanted.password {
        Some(password) => {
            account::password(&password, "")?;
            Some(service.people.passwords.hash(password).await?)
        }
        None => None,
    };
    let mut slug = secret::draw().map_err(|_| Refusal::Internal("the system has no randomness to give"))?;
    slug.truncate(SLUG_DIGITS);
    let share = Stored {
        slug,
        site,
        name,
        password,
        lock,
        dashboard: wanted.dashboard,
        created_at_ms: now_ms(),
        expires_at_ms,
    };
    let (stored, who) = (share.clone(), access.name());
    let is_made = service.writer.write(move |connection, now_ms| {
        let is_made = ledger::share::add(connection, &stored)?;
        if is_made {
            audit::note(connection, &who, "share.make", &format!("{tracking_id} {}", stored.name), now_ms)?;
        }
        Ok(is_made)
    });
    if !is_made.await? {
        let detail = format!("a site has at most {SHARES_MAX} shared links; revoke one first");
        return Err(Refusal::Conflict { field: "tracking_id", detail });
    }
    Ok((StatusCode::CREATED, Json(shown(&service, share))).into_response())
}

/// `DELETE /api/v1/sites/{tracking_id}/shares/{slug}`: nobody comes by it any more, and who did is out at once.
pub async fn revoke(
    State(service): State<Shared>,
    Path((tracking_id, slug)): Path<(String, String)>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let who = access.name();
    let is_there = service.writer.write(move |connection, now_ms| {
        let is_there = ledger::share::revoke(connection, site, &slug)?;
        if is_there {
            audit::note(connection, &who, "share.revoke", &tracking_id, now_ms)?;
        }
        Ok(is_there)
    });
    if is_there.await? { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::NoSuch("share")) }
}

fn shown(service: &Shared, share: Stored) -> Share {
    Share {
        url: format!("{}/share/{}", service.config.public_url().origin(), share.slug),
        slug: share.slug,
        name: share.name,
        has_password: share.password.is_some(),
        lock: share.lock,
        dashboard: share.dashboard,
        created_at_ms: share.created_at_ms,
        expires_at_ms: share.expires_at_ms,
    }
}

/// `GET /api/v1/shares/{slug}`: whether the link is good, and asks for a password.
pub async fn look(
    State(service): State<Shared>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<SharedLink>, Refusal> {
    parameters::none(query.as_deref())?;
    let share = find(&service, &slug).await?;
    Ok(Json(SharedLink { has_password: share.password.is_some(), dashboard: share.dashboard }))
}

async fn find(service: &Shared, slug: &str) -> Result<Stored, Refusal> {
    let slug = slug.to_owned();
    let find = move |connection: &_| ledger::share::find(connection, &slug, now_ms());
    service.lookups.read(find).await?.ok_or(Refusal::NoSuch("share"))
}

/// `POST /api/v1/shares/{slug}/session`: lets a browser in.
pub async fn open(
    State(service): State<Shared>,
    Path(slug): Path<String>,
    address: Address,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    origin::not_other(&headers, &service.config.public_url())?;
    let entry: ShareEntry = body::json(&body::read(&headers, body, CREDENTIALS_BYTES_MAX).await?)?;
    let share = find(&service, &slug).await?;
    let value = match share.password {
        None => slug,
        Some(hash) => {
            let people = &service.people;
            people.try_from_address(&address.key(), now_ms()).map_err(Refusal::TooManyTries)?;
            people.try_account(&slug, now_ms()).map_err(Refusal::TooManyTries)?;
            let password = entry.password.unwrap_or_default();
            if !people.passwords.verify(password, Some(hash)).await? {
                return Err(Refusal::WrongPassword);
            }
            let token = secret::draw().map_err(|_| Refusal::Internal("the system has no randomness to give"))?;
            let hash = SecretHash::of(&token);
            let let_in = move |connection: &_, now_ms| ledger::share::let_in(connection, &slug, hash, now_ms);
            if !service.writer.write(let_in).await? {
                return Err(Refusal::NoSuch("share"));
            }
            token
        }
    };
    let cookie = set_cookie(SHARED_COOKIE, &value, SHARED_SESSION_DAYS * DAY_MS / 1000, &service.config.public_url())?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// `DELETE /api/v1/shares/{slug}/session`: forgets a shared link in this browser.
pub async fn leave(State(service): State<Shared>, headers: HeaderMap) -> Result<Response, Refusal> {
    origin::not_other(&headers, &service.config.public_url())?;
    if let Some(shared) = cookie(&headers, SHARED_COOKIE) {
        let hash = SecretHash::of(shared);
        service.writer.write(move |connection, _| ledger::share::let_out(connection, hash)).await?;
    }
    let cookie = set_cookie(SHARED_COOKIE, "", 0, &service.config.public_url())?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

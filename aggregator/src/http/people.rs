//! Who may do what: `/api/v1/users`, the members of a site, and its invitations.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::account;
use domain::window::DAY_MS;
use wire::account::{Membership, UserChange, Users};
use wire::grant::{Invitation, Invitations, NewInvitation};

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, body, parameters};
use crate::clock::now_ms;
use crate::ledger::member::MEMBERS_MAX;
use crate::ledger::user::{Change, UserKey};
use crate::ledger::{self, audit};
use crate::secret::{self, SecretHash};

/// How long an invitation may be taken up.
pub const INVITATION_DAYS: u64 = 7;

/// Bytes of a body here: an address and a role.
const BODY_BYTES_MAX: usize = 1024;

/// `GET /api/v1/users`: everybody.
pub async fn users(State(service): State<Shared>, RawQuery(query): RawQuery) -> Result<Json<Users>, Refusal> {
    parameters::none(query.as_deref())?;
    Ok(Json(Users { users: service.lookups.read(ledger::user::list).await? }))
}

/// `PATCH /api/v1/users/{user}`: says whether somebody owns the installation.
pub async fn change_user(
    State(service): State<Shared>,
    Path(number): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let wanted: UserChange = body::json(&body::read(&headers, body, BODY_BYTES_MAX).await?)?;
    let user = UserKey(parameters::number(&number, "user")?);
    let who = access.name();
    let changed = service.writer.write(move |connection, now_ms| {
        let change = ledger::user::set_owner(connection, user, wanted.is_owner)?;
        if change == Change::Done {
            let about = format!("{number} {}", if wanted.is_owner { "owner" } else { "no owner" });
            audit::note(connection, &who, "user.change", &about, now_ms)?;
        }
        Ok(change)
    });
    done(changed.await?)
}

/// `DELETE /api/v1/users/{user}`: removes somebody, with their sessions, keys and memberships.
pub async fn remove_user(
    State(service): State<Shared>,
    Path(number): Path<String>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let user = UserKey(parameters::number(&number, "user")?);
    let who = access.name();
    let removed = service.writer.write(move |connection, now_ms| {
        let email = ledger::user::find(connection, user)?.map(|user| user.email).unwrap_or_default();
        let change = ledger::user::remove(connection, user)?;
        if change == Change::Done {
            audit::note(connection, &who, "user.remove", &email, now_ms)?;
        }
        Ok(change)
    });
    done(removed.await?)
}

fn done(change: Change) -> Result<StatusCode, Refusal> {
    match change {
        Change::Done => Ok(StatusCode::NO_CONTENT),
        Change::Unknown => Err(Refusal::NoSuch("user")),
        Change::LastOwner => {
            let detail = "this is the last owner of the installation; make somebody else one first".to_owned();
            Err(Refusal::Conflict { field: "user", detail })
        }
    }
}

/// `GET /api/v1/sites/{tracking_id}/members`
pub async fn members(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Users>, Refusal> {
    parameters::none(query.as_deref())?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let read = move |connection: &_| ledger::member::list(connection, site);
    Ok(Json(Users { users: service.lookups.read(read).await? }))
}

/// `PUT /api/v1/sites/{tracking_id}/members/{user}`: gives a member another role. Who is none is invited instead.
pub async fn set_member(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let wanted: Membership = body::json(&body::read(&headers, body, BODY_BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let user = UserKey(parameters::number(&number, "user")?);
    let who = access.name();
    let is_there = service.writer.write(move |connection, now_ms| {
        if ledger::member::role_of(connection, site, user)?.is_none() {
            return Ok(false);
        }
        ledger::member::set(connection, site, user, wanted.role)?;
        let about = format!("{tracking_id} {number} {}", wanted.role.name());
        audit::note(connection, &who, "member.change", &about, now_ms)?;
        Ok(true)
    });
    if is_there.await? { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::NoSuch("user")) }
}

/// `DELETE /api/v1/sites/{tracking_id}/members/{user}`
pub async fn remove_member(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let user = UserKey(parameters::number(&number, "user")?);
    let who = access.name();
    let is_there = service.writer.write(move |connection, now_ms| {
        let is_there = ledger::member::remove(connection, site, user)?;
        if is_there {
            audit::note(connection, &who, "member.remove", &format!("{tracking_id} {number}"), now_ms)?;
        }
        Ok(is_there)
    });
    if is_there.await? { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::NoSuch("user")) }
}

/// `GET /api/v1/sites/{tracking_id}/invitations`
pub async fn invitations(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Invitations>, Refusal> {
    parameters::none(query.as_deref())?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let read = move |connection: &_| ledger::member::invitations(connection, site, now_ms());
    Ok(Json(Invitations { invitations: service.lookups.read(read).await? }))
}

/// `POST /api/v1/sites/{tracking_id}/invitations`: makes a link that lets somebody in, once.
pub async fn invite(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let wanted: NewInvitation = body::json(&body::read(&headers, body, BODY_BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let email = wanted.email.as_deref().map(account::email).transpose()?;
    let token = secret::draw().map_err(|_| Refusal::Internal("the system has no randomness to give"))?;
    let (hash, who) = (SecretHash::of(&token), access.name());
    let invited = service.writer.write(move |connection, now_ms| {
        let invitation = Invitation {
            invitation: 0,
            role: wanted.role,
            email,
            invited_by: who.clone(),
            expires_at_ms: now_ms + INVITATION_DAYS * DAY_MS,
            url: None,
        };
        let invited = ledger::member::invite(connection, site, hash, invitation, now_ms)?;
        let about = format!("{tracking_id} {}", wanted.role.name());
        audit::note(connection, &who, "invitation.make", &about, now_ms)?;
        Ok(invited)
    });
    let full = || format!("a site has at most {MEMBERS_MAX} members and invitations");
    let invited = invited.await?.ok_or_else(|| Refusal::Conflict { field: "tracking_id", detail: full() })?;
    let url = Some(format!("{}/invitation#{token}", service.config.public_url().origin()));
    Ok((StatusCode::CREATED, Json(Invitation { url, ..invited })).into_response())
}

/// `DELETE /api/v1/sites/{tracking_id}/invitations/{invitation}`
pub async fn withdraw(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "invitation")?;
    let who = access.name();
    let is_there = service.writer.write(move |connection, now_ms| {
        let is_there = ledger::member::withdraw(connection, site, number)?;
        if is_there {
            audit::note(connection, &who, "invitation.withdraw", &format!("{tracking_id} {number}"), now_ms)?;
        }
        Ok(is_there)
    });
    if is_there.await? { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::NoSuch("invitation")) }
}

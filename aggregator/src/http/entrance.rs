//! Coming in by a link: the first owner, the invited, who forgot a password; and changing it.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::account;
use wire::account::{Newcomer, PasswordChange, PasswordReset};

use super::access::Access;
use super::address::Address;
use super::refusal::Refusal;
use super::session::{Beginning, CREDENTIALS_BYTES_MAX, prove};
use super::{Shared, body, origin};
use crate::clock::now_ms;
use crate::ledger::access::Who;
use crate::ledger::link::Purpose;
use crate::ledger::{self, audit};
use crate::secret::SecretHash;

/// Bytes of a newcomer's body: as [`CREDENTIALS_BYTES_MAX`], and a name.
const NEWCOMER_BYTES_MAX: usize = CREDENTIALS_BYTES_MAX + 512;

/// `POST /api/v1/setup`: makes the first owner, by the link that `tidemark serve` prints.
pub async fn set_up(
    State(service): State<Shared>,
    address: Address,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let newcomer = Comer::read(&service, &headers, body).await?;
    newcomer.check_new()?;
    let link = newcomer.link;
    let find = move |connection: &_| ledger::link::find(connection, link, Purpose::Setup, now_ms());
    service.lookups.read(find).await?.ok_or(Refusal::LinkNotValid)?;
    service.people.try_from_address(&address.key(), now_ms()).map_err(Refusal::TooManyTries)?;
    let hash = service.people.passwords.hash(newcomer.password).await?;
    let beginning = Beginning::draw(&headers)?;
    let (begun, email, name) = (beginning.clone(), newcomer.email, newcomer.name);
    let setting_up = service.writer.write(move |connection, now_ms| {
        if ledger::user::has_owner(connection)?
            || ledger::link::find(connection, link, Purpose::Setup, now_ms)?.is_none()
        {
            return Ok(Err(Refusal::LinkNotValid));
        }
        let Some(user) = ledger::user::add(connection, &email, &name, Some(&hash), true, now_ms)? else {
            return Ok(Err(taken()));
        };
        ledger::link::take(connection, link, Purpose::Setup, now_ms)?;
        audit::note(connection, &email, "setup", &email, now_ms)?;
        begun.write(connection, Some(user), &email, now_ms)?;
        Ok(Ok(()))
    });
    setting_up.await??;
    beginning.answer(&service.config.public_url())
}

/// `POST /api/v1/invitations/accept`: takes up an invitation, with a new account or one's own.
pub async fn accept(
    State(service): State<Shared>,
    address: Address,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let newcomer = Comer::read(&service, &headers, body).await?;
    let (link, asked) = (newcomer.link, newcomer.email.clone());
    let read = move |connection: &_| {
        let invitation = ledger::member::invitation(connection, link, now_ms())?;
        Ok(invitation.zip(Some(ledger::user::account(connection, &asked)?.is_some())))
    };
    let (invitation, is_known) = service.lookups.read(read).await?.ok_or(Refusal::LinkNotValid)?;
    if invitation.email.is_some_and(|email| email != newcomer.email) {
        return Err(body::wrong("email", "this invitation is for another address"));
    }
    let beginning = Beginning::draw(&headers)?;
    let begun = beginning.clone();
    let Comer { email, name, password, .. } = newcomer.clone();
    let accepting = if is_known {
        let (user, _) = prove(&service, address, &email, password).await?;
        service
            .writer
            .write(move |connection, now_ms| {
                if !ledger::member::accept(connection, link, user, now_ms)? {
                    return Ok(Err(Refusal::LinkNotValid));
                }
                audit::note(connection, &email, "invitation.accept", "", now_ms)?;
                begun.write(connection, Some(user), &email, now_ms)?;
                Ok(Ok(()))
            })
            .await?
    } else {
        newcomer.check_new()?;
        service.people.try_from_address(&address.key(), now_ms()).map_err(Refusal::TooManyTries)?;
        let hash = service.people.passwords.hash(password).await?;
        service
            .writer
            .write(move |connection, now_ms| {
                if ledger::member::invitation(connection, link, now_ms)?.is_none() {
                    return Ok(Err(Refusal::LinkNotValid));
                }
                let Some(user) = ledger::user::add(connection, &email, &name, Some(&hash), false, now_ms)? else {
                    return Ok(Err(taken()));
                };
                ledger::member::accept(connection, link, user, now_ms)?;
                audit::note(connection, &email, "invitation.accept", "", now_ms)?;
                begun.write(connection, Some(user), &email, now_ms)?;
                Ok(Ok(()))
            })
            .await?
    };
    accepting?;
    beginning.answer(&service.config.public_url())
}

/// `POST /api/v1/password/reset`: sets a new password by a link, signs in, and ends all other sessions.
pub async fn reset(State(service): State<Shared>, headers: HeaderMap, body: Body) -> Result<Response, Refusal> {
    origin::not_other(&headers, &service.config.public_url())?;
    let asked: PasswordReset = body::json(&body::read(&headers, body, CREDENTIALS_BYTES_MAX).await?)?;
    let link = SecretHash::of(&asked.token);
    let find = move |connection: &_| match ledger::link::find(connection, link, Purpose::Reset, now_ms())?.flatten() {
        Some(user) => ledger::user::find(connection, user),
        None => Ok(None),
    };
    let person = service.lookups.read(find).await?.ok_or(Refusal::LinkNotValid)?;
    account::password(&asked.password, &person.email)?;
    let hash = service.people.passwords.hash(asked.password).await?;
    let beginning = Beginning::draw(&headers)?;
    let begun = beginning.clone();
    let resetting = service.writer.write(move |connection, now_ms| {
        let Some(user) = ledger::link::take(connection, link, Purpose::Reset, now_ms)?.flatten() else {
            return Ok(false);
        };
        ledger::user::set_password(connection, user, &hash)?;
        ledger::session::end_all(connection, Some(user), None)?;
        audit::note(connection, &person.email, "password.reset", "", now_ms)?;
        begun.write(connection, Some(user), &person.email, now_ms)?;
        Ok(true)
    });
    if !resetting.await? {
        return Err(Refusal::LinkNotValid);
    }
    beginning.answer(&service.config.public_url())
}

/// `PUT /api/v1/password`: changes one's password, and ends all sessions but this one, which goes on as a new one.
pub async fn change_password(
    State(service): State<Shared>,
    address: Address,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let asked: PasswordChange = body::json(&body::read(&headers, body, CREDENTIALS_BYTES_MAX).await?)?;
    let Who::Person(user, email) = access.who().clone() else {
        let detail = "the operator has no password; `tidemark user add` makes an account".to_owned();
        return Err(Refusal::Conflict { field: "current", detail });
    };
    account::password(&asked.new, &email).map_err(|e| body::wrong("new", &e.detail))?;
    let (proven, before) = prove(&service, address, &email, asked.current).await?;
    if proven != user {
        return Err(Refusal::WrongPassword);
    }
    let hash = service.people.passwords.hash(asked.new).await?;
    let beginning = Beginning::draw(&headers)?;
    let begun = beginning.clone();
    let changing = service.writer.write(move |connection, now_ms| {
        let now = ledger::user::account(connection, &email)?;
        if now.is_none_or(|now| now.password.as_ref() != Some(&before)) {
            return Ok(false);
        }
        ledger::user::set_password(connection, user, &hash)?;
        ledger::session::end_all(connection, Some(user), None)?;
        audit::note(connection, &email, "password.change", "", now_ms)?;
        begun.write(connection, Some(user), &email, now_ms)?;
        Ok(true)
    });
    if !changing.await? {
        return Err(Refusal::WrongPassword);
    }
    beginning.answer(&service.config.public_url())
}

/// Who comes by a link.
#[derive(Clone)]
struct Comer {
    link: SecretHash,
    email: String,
    name: String,
    password: String,
}

impl Comer {
    async fn read(service: &Shared, headers: &HeaderMap, body: Body) -> Result<Self, Refusal> {
        origin::not_other(headers, &service.config.public_url())?;
        let newcomer: Newcomer = body::json(&body::read(headers, body, NEWCOMER_BYTES_MAX).await?)?;
        let email = account::email(&newcomer.email)?;
        let name = match newcomer.name.trim() {
            "" => email.split('@').next().unwrap_or_default().to_owned(),
            name => account::name(name)?,
        };
        Ok(Self { link: SecretHash::of(&newcomer.token), email, name, password: newcomer.password })
    }

    /// Of somebody without an account.
    fn check_new(&self) -> Result<(), Refusal> {
        Ok(account::password(&self.password, &self.email)?)
    }
}

fn taken() -> Refusal {
    Refusal::Conflict { field: "email", detail: "there is an account of this address already".to_owned() }
}

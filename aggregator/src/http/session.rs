//! `/api/v1/session`, `/api/v1/sessions`: signing in and out, and the browsers that are signed in.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::account::Rights;
use domain::user_agent::{self, Hints};
use domain::window::DAY_MS;
use rusqlite::Connection;
use wire::account::{Entry, Sessions, SiteAccess, Whoami};

use super::access::{self, Access, COOKIE};
use super::address::Address;
use super::refusal::Refusal;
use super::{Shared, body, origin, parameters};
use crate::clock::now_ms;
use crate::config::PublicUrl;
use crate::ledger::access::Who;
use crate::ledger::link::Purpose;
use crate::ledger::session::SESSION_DAYS;
use crate::ledger::user::UserKey;
use crate::ledger::{self, LedgerError};
use crate::secret::{self, SecretHash};

/// Bytes of a body with credentials: an address, a password and a token at their longest are 800, with JSON's own.
pub const CREDENTIALS_BYTES_MAX: usize = 1024;

/// `POST`: trades a link's token, or an address and a password, for a session's cookie.
pub async fn sign_in(
    State(service): State<Shared>,
    address: Address,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    origin::not_other(&headers, &service.config.public_url())?;
    let entry: Entry = body::json(&body::read(&headers, body, CREDENTIALS_BYTES_MAX).await?)?;
    let beginning = Beginning::draw(&headers)?;
    match entry {
        Entry { token: Some(token), email: None, password: None } => {
            let link = SecretHash::of(&token);
            let begun = beginning.clone();
            let is_valid = service.writer.write(move |connection, now_ms| {
                let Some(user) = ledger::link::take(connection, link, Purpose::SignIn, now_ms)? else {
                    return Ok(false);
                };
                begun.write(connection, user, "operator", now_ms)?;
                Ok(true)
            });
            if !is_valid.await? {
                return Err(Refusal::LinkNotValid);
            }
        }
        Entry { token: None, email: Some(email), password: Some(password) } => {
            with_password(&service, address, &email, password, &beginning).await?;
        }
        _ => return Err(body::wrong("body", "must hold a link's token, or an email and a password")),
    }
    beginning.answer(&service.config.public_url())
}

async fn with_password(
    service: &Shared,
    address: Address,
    email: &str,
    password: String,
    beginning: &Beginning,
) -> Result<(), Refusal> {
    let email = domain::account::email(email)?;
    let (user, hash) = prove(service, address, &email, password).await?;
    let begun = beginning.clone();
    let is_still_so = service.writer.write(move |connection, now_ms| {
        let account = ledger::user::account(connection, &email)?;
        // A password that was changed meanwhile opens nothing any more.
        if account.is_none_or(|account| account.password.as_ref() != Some(&hash)) {
            return Ok(false);
        }
        begun.write(connection, Some(user), &email, now_ms)?;
        Ok(true)
    });
    if is_still_so.await? { Ok(()) } else { Err(Refusal::WrongPassword) }
}

/// Has somebody prove that an account is theirs. Answers whose it is, and the hash of the password.
///
/// # Errors
/// [`Refusal::WrongPassword`] in the same words and after the same time, whether there is such an account or not;
/// [`Refusal::TooManyTries`].
pub async fn prove(
    service: &Shared,
    address: Address,
    email: &str,
    password: String,
) -> Result<(UserKey, String), Refusal> {
    let people = &service.people;
    people.try_from_address(&address.key(), now_ms()).map_err(Refusal::TooManyTries)?;
    people.try_account(email, now_ms()).map_err(Refusal::TooManyTries)?;
    let asked = email.to_owned();
    let account = service.lookups.read(move |connection| ledger::user::account(connection, &asked)).await?;
    let (user, hash) = account.map_or((None, None), |account| (Some(account.user), account.password));
    let is_right = people.passwords.verify(password, hash.clone()).await?;
    user.zip(hash).filter(|_| is_right).ok_or(Refusal::WrongPassword)
}

/// A session that is about to begin, in place of the one that the browser had.
#[derive(Clone)]
pub struct Beginning {
    token: String,
    before: Option<SecretHash>,
    browser: String,
}

impl Beginning {
    /// Draws the session's token.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn draw(headers: &HeaderMap) -> Result<Self, Refusal> {
        let token = secret::draw().map_err(|_| Refusal::Internal("the system has no randomness to give"))?;
        Ok(Self { token, before: access::session(headers), browser: browser(headers) })
    }

    /// Begins it, and ends the one before. Belongs in a transaction with what proves that it may.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn write(
        &self,
        connection: &Connection,
        user: Option<UserKey>,
        who: &str,
        now_ms: u64,
    ) -> Result<(), LedgerError> {
        if let Some(before) = self.before {
            ledger::session::end(connection, before)?;
        }
        ledger::session::begin(connection, SecretHash::of(&self.token), user, &self.browser, now_ms)?;
        ledger::audit::note(connection, who, "session.begin", &self.browser, now_ms)
    }

    /// The answer that hands out its cookie.
    ///
    /// # Errors
    /// [`Refusal::Internal`], never in practice.
    pub fn answer(&self, public_url: &PublicUrl) -> Result<Response, Refusal> {
        let cookie = set_cookie(COOKIE, &self.token, SESSION_DAYS * DAY_MS / 1000, public_url)?;
        Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
    }
}

/// Kind of browser and system, in words that tell few people apart.
fn browser(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let hints = Hints {
        brands: text("sec-ch-ua"),
        mobile: text("sec-ch-ua-mobile"),
        platform: text("sec-ch-ua-platform"),
        platform_version: "",
    };
    let client = user_agent::read(text("user-agent"), &hints);
    let parts = [client.browser.name, client.os.name];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// A cookie that only this server's own pages send, and no script reads.
///
/// # Errors
/// [`Refusal::Internal`], never in practice.
pub fn set_cookie(name: &str, value: &str, max_age_s: u64, public_url: &PublicUrl) -> Result<HeaderValue, Refusal> {
    let secure = if public_url.is_https() { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={max_age_s}{secure}");
    HeaderValue::try_from(cookie).map_err(|_| Refusal::Internal("a cookie could not be made"))
}

/// `DELETE`: ends the session of the cookie.
pub async fn sign_out(State(service): State<Shared>, headers: HeaderMap) -> Result<Response, Refusal> {
    let session = access::session(&headers).ok_or(Refusal::Unauthenticated)?;
    service.writer.write(move |connection, _| ledger::session::end(connection, session)).await?;
    let cookie = set_cookie(COOKIE, "", 0, &service.config.public_url())?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// `GET`: who asks, and what they may.
pub async fn whoami(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Whoami>, Refusal> {
    parameters::none(query.as_deref())?;
    let kind = match access.who() {
        Who::Person(..) => "person",
        Who::Operator => "operator",
        Who::Key(_) => "key",
        Who::Visitor => "shared_link",
    };
    let whoami = service.lookups.read(move |connection| {
        let user = match access.who() {
            Who::Person(user, _) => ledger::user::find(connection, *user)?,
            _ => None,
        };
        let (email, name) = user.map(|user| (user.email, user.name)).unzip();
        let mut sites = Vec::new();
        for grant in access.grants().iter().filter(|grant| grant.rights != Rights::NONE) {
            let tracking_id = ledger::site::tracking_id(connection, grant.site)?;
            sites.push(SiteAccess { tracking_id, permissions: grant.rights.list(), lock: grant.lock.clone() });
        }
        Ok(Whoami { kind: kind.to_owned(), email, name, everywhere: access.everywhere().list(), sites })
    });
    Ok(Json(whoami.await?))
}

/// The person that a session is of; nobody for the operator.
///
/// # Errors
/// [`Refusal::Unauthenticated`] where the route did not ask for one.
pub fn person(access: &Access) -> Result<Option<UserKey>, Refusal> {
    match access.who() {
        Who::Person(user, _) => Ok(Some(*user)),
        Who::Operator => Ok(None),
        Who::Key(_) | Who::Visitor => Err(Refusal::Unauthenticated),
    }
}

/// `GET /api/v1/sessions`: the browsers that one is signed in with.
pub async fn list(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
) -> Result<Json<Sessions>, Refusal> {
    parameters::none(query.as_deref())?;
    let user = person(&access)?;
    let current = access::session(&headers).ok_or(Refusal::Unauthenticated)?;
    let read = move |connection: &Connection| ledger::session::list(connection, user, current, now_ms());
    Ok(Json(Sessions { sessions: service.lookups.read(read).await? }))
}

/// `DELETE /api/v1/sessions`: ends all but the one that asks.
pub async fn end_others(
    State(service): State<Shared>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let (user, current) = (person(&access)?, access::session(&headers));
    let who = access.name();
    let ending = service.writer.write(move |connection, now_ms| {
        ledger::session::end_all(connection, user, current)?;
        ledger::audit::note(connection, &who, "session.end_others", "", now_ms)
    });
    ending.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/sessions/{session}`: ends one of them.
pub async fn end(
    State(service): State<Shared>,
    Path(number): Path<String>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let number = parameters::number(&number, "session")?;
    let (user, who) = (person(&access)?, access.name());
    let is_there = service.writer.write(move |connection, now_ms| {
        let is_there = ledger::session::end_numbered(connection, user, number)?;
        ledger::audit::note(connection, &who, "session.end", &number.to_string(), now_ms)?;
        Ok(is_there)
    });
    if is_there.await? { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::NoSuch("session")) }
}

//! Who asks, and what they may read: a bearer token reads one site, a session all of them.

use axum::http::{HeaderMap, header};
use rusqlite::Connection;

use super::refusal::Refusal;
use super::{Shared, parameters};
use crate::clock::now_ms;
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError};
use crate::secret::SecretHash;

/// Name of the session's cookie.
pub const COOKIE: &str = "tidemark_session";

/// What a request shows for itself. A bearer token counts before a cookie.
#[derive(Clone, Copy)]
pub enum Credentials {
    /// A site's token.
    Token(SecretHash),
    /// A session's cookie.
    Session(SecretHash),
}

/// What a caller may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every site.
    Owner,
    /// One site.
    Site(SiteKey),
}

impl Credentials {
    /// Finds the credentials of a request.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] when there are none.
    pub fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        if let Some(authorization) = headers.get(header::AUTHORIZATION) {
            let text = authorization.to_str().map_err(|_| Refusal::Unauthenticated)?;
            let (scheme, token) = text.split_once(' ').ok_or(Refusal::Unauthenticated)?;
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(Refusal::Unauthenticated);
            }
            return Ok(Self::Token(SecretHash::of(token.trim())));
        }
        session(headers).map(Self::Session).ok_or(Refusal::Unauthenticated)
    }

    /// What they let their holder read; none when they are not valid.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn scope(self, connection: &Connection, now_ms: u64) -> Result<Option<Scope>, LedgerError> {
        Ok(match self {
            Self::Token(hash) => ledger::token::site(connection, hash)?.map(Scope::Site),
            Self::Session(hash) => ledger::sign_in::is_signed_in(connection, hash, now_ms)?.then_some(Scope::Owner),
        })
    }
}

/// The session that a request's cookie names.
pub fn session(headers: &HeaderMap) -> Option<SecretHash> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, token)| SecretHash::of(token))
}

/// What the caller may read.
///
/// # Errors
/// [`Refusal::Unauthenticated`] without valid credentials.
pub async fn scope(service: &Shared, headers: &HeaderMap) -> Result<Scope, Refusal> {
    let credentials = Credentials::of(headers)?;
    let now_ms = now_ms();
    let scope = service.lookups.read(move |connection| credentials.scope(connection, now_ms)).await?;
    scope.ok_or(Refusal::Unauthenticated)
}

/// A site that a caller with `scope` may read.
///
/// # Errors
/// [`Refusal::NoSuchSite`], in the same words, when there is none or it is not for this caller.
pub async fn site(service: &Shared, scope: Scope, tracking_id: &str) -> Result<SiteKey, Refusal> {
    let tracking_id = tracking_id.to_owned();
    let found = service.lookups.read(move |connection| ledger::site::find(connection, &tracking_id)).await?;
    match (found, scope) {
        (Some(site), Scope::Owner) => Ok(site),
        (Some(site), Scope::Site(own)) if own == site => Ok(site),
        _ => Err(Refusal::NoSuchSite),
    }
}

/// The site that a request names in its query string and may read, with its tracking id.
///
/// # Errors
/// [`Refusal`] without valid credentials, for a query string of another shape, or as [`site`].
pub async fn named_site(
    service: &Shared,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<(SiteKey, String), Refusal> {
    let scope = scope(service, headers).await?;
    let tracking_id = parameters::tracking_id(query)?;
    let site = site(service, scope, &tracking_id).await?;
    Ok((site, tracking_id))
}

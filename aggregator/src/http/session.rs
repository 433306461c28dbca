//! `POST` and `DELETE /api/v1/session`: signing in with a one-time link, and out.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::window::DAY_MS;
use wire::session::SignIn;

use super::access::{self, COOKIE};
use super::refusal::Refusal;
use super::{Shared, body};
use crate::clock::now_ms;
use crate::config::PublicUrl;
use crate::intake::{Job, job};
use crate::secret::{self, SecretHash};

/// How long a session lasts.
const SESSION_DAYS: u64 = 30;

/// Bytes of a sign-in body: a token of 64 digits and room for spaces.
const SIGN_IN_BYTES_MAX: usize = 1024;

/// Trades a link's token for a session's cookie.
pub async fn sign_in(State(service): State<Shared>, headers: HeaderMap, body: Body) -> Result<Response, Refusal> {
    let public_url = service.config.public_url();
    // A program says nothing about origins; a page of another site does, and cannot sign anyone in.
    if origin(&headers, &public_url) == Origin::Other {
        return Err(Refusal::CrossOrigin);
    }
    let asked: SignIn = body::json(&body::read(&headers, body, SIGN_IN_BYTES_MAX).await?)?;
    let token = secret::draw().map_err(|_| Refusal::Internal("the system has no randomness to give"))?;
    let trade = job::SignIn {
        link: SecretHash::of(&asked.token),
        session: SecretHash::of(&token),
        expires_at_ms: now_ms() + SESSION_DAYS * DAY_MS,
    };
    if !service.writer.ask(|reply| Job::SignIn(trade, reply)).await? {
        return Err(Refusal::LinkNotValid);
    }
    with_cookie(&token, SESSION_DAYS * DAY_MS / 1000, &public_url)
}

/// Ends the session of the cookie.
pub async fn sign_out(State(service): State<Shared>, headers: HeaderMap) -> Result<Response, Refusal> {
    let public_url = service.config.public_url();
    let session = access::session(&headers).ok_or(Refusal::Unauthenticated)?;
    if origin(&headers, &public_url) != Origin::Own {
        return Err(Refusal::CrossOrigin);
    }
    service.writer.ask(|reply| Job::SignOut(session, reply)).await?;
    with_cookie("", 0, &public_url)
}

fn with_cookie(token: &str, max_age_s: u64, public_url: &PublicUrl) -> Result<Response, Refusal> {
    let secure = if public_url.is_https() { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={max_age_s}{secure}");
    let cookie = HeaderValue::try_from(cookie).map_err(|_| Refusal::Internal("a cookie could not be made"))?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Whose page asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// This server's.
    Own,
    /// Another site's.
    Other,
    /// The request does not say.
    Unsaid,
}

fn origin(headers: &HeaderMap, public_url: &PublicUrl) -> Origin {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        return if site == "same-origin" { Origin::Own } else { Origin::Other };
    }
    let Some(origin) = text("origin") else { return Origin::Unsaid };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let is_own = origin == public_url.origin() || (authority.is_some() && authority == text("host"));
    if is_own { Origin::Own } else { Origin::Other }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    #[test]
    fn only_this_servers_pages_are_its_own() {
        fn check(given: &[(&'static str, &'static str)], expect: Origin) {
            let header = |(name, value): &(&'static str, &'static str)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            };
            let headers: HeaderMap = given.iter().map(header).collect();
            let config: crate::config::Config =
                serde_json::from_str(r#"{"public_url":"https://stats.example"}"#).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(origin(&headers, &config.public_url()), expect, "{given:?}");
        }
        check(&[], Origin::Unsaid);
        check(&[("origin", "https://stats.example")], Origin::Own);
        check(&[("origin", "http://10.0.0.1:8080"), ("host", "10.0.0.1:8080")], Origin::Own);
        check(&[("origin", "https://evil.example"), ("host", "stats.example")], Origin::Other);
        check(&[("origin", "https://stats.example.evil.example")], Origin::Other);
        check(&[("origin", "null")], Origin::Other);
        check(&[("sec-fetch-site", "same-origin")], Origin::Own);
        check(&[("sec-fetch-site", "cross-site"), ("origin", "https://stats.example")], Origin::Other);
        check(&[("sec-fetch-site", "same-site")], Origin::Other);
        check(&[("sec-fetch-site", "none")], Origin::Other);
    }
}

//! Whose page asks: what protects those who are signed in from pages of other sites.

use axum::http::HeaderMap;

use super::refusal::Refusal;
use crate::config::PublicUrl;

/// Whose page asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This server's.
    Own,
    /// Another site's.
    Other,
    /// The request does not say, as programs do.
    Unsaid,
}

/// Whose page a request comes from.
pub fn of(headers: &HeaderMap, public_url: &PublicUrl) -> Origin {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        return if site == "same-origin" { Origin::Own } else { Origin::Other };
    }
    let Some(origin) = text("origin") else { return Origin::Unsaid };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let is_own = origin == public_url.origin() || (authority.is_some() && authority == text("host"));
    if is_own { Origin::Own } else { Origin::Other }
}

/// Refuses pages of other sites. A program says nothing about origins and is let in.
///
/// # Errors
/// [`Refusal::CrossOrigin`].
pub fn not_other(headers: &HeaderMap, public_url: &PublicUrl) -> Result<(), Refusal> {
    if of(headers, public_url) == Origin::Other { Err(Refusal::CrossOrigin) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    #[test]
    fn only_this_servers_pages_are_its_own() {
        fn check(given: &[(&'static str, &'static str)], expect: Origin) {
            let header = |(name, value): &(&'static str, &'static str)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            };
            let headers: HeaderMap = given.iter().map(header).collect();
            let config: crate::config::Config =
                serde_json::from_str(r#"{"public_url":"https://stats.example"}"#).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(of(&headers, &config.public_url()), expect, "{given:?}");
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

//! Who is at the other end of a connection.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

/// The other end of a connection: an extension of each of its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Headers by which proxies say for whom they ask.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "via"];

impl Peer {
    /// The address that asks: in `header` the last one, which our own proxy put there; without such a header the peer's,
    /// but none of this machine, where a proxy would be everybody.
    pub fn client(self, headers: &HeaderMap, header: Option<&HeaderName>) -> Option<IpAddr> {
        let own = Some(self.0.ip()).filter(|address| !address.is_loopback());
        let Some(header) = header else { return own };
        let told = headers.get_all(header).iter().next_back().and_then(|value| value.to_str().ok());
        told.and_then(|told| told.rsplit(',').next()?.trim().parse().ok()).or(own)
    }

    /// Whether a program of this machine asks for itself.
    pub fn is_local(self, headers: &HeaderMap) -> bool {
        self.0.ip().is_loopback() && !FORWARDED.iter().any(|name| headers.contains_key(*name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const HEADER: HeaderName = HeaderName::from_static("x-forwarded-for");

    fn check(peer: &str, told: Option<&'static str>, expect: [Option<&str>; 2]) {
        let peer = Peer(peer.parse().unwrap());
        let told = told.map(|told| (HEADER, HeaderValue::from_static(told)));
        let headers: HeaderMap = told.into_iter().collect();
        let found = [peer.client(&headers, None), peer.client(&headers, Some(&HEADER))];
        assert_eq!(found, expect.map(|address| address.map(|text| text.parse().unwrap())), "{peer:?} {headers:?}");
    }

    #[test]
    fn the_last_proxy_is_believed_and_no_other() {
        check("192.0.2.1:1", None, [Some("192.0.2.1"), Some("192.0.2.1")]);
        check("127.0.0.1:1", None, [None, None]);
        check("127.0.0.1:1", Some("203.0.113.9"), [None, Some("203.0.113.9")]);
        check("127.0.0.1:1", Some("1.1.1.1, 203.0.113.9"), [None, Some("203.0.113.9")]);
        check("192.0.2.1:1", Some("nobody"), [Some("192.0.2.1"), Some("192.0.2.1")]);
        check("[::1]:1", Some("2001:db8::1"), [None, Some("2001:db8::1")]);
    }
}

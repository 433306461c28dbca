//! Where a request comes from: the address of its connection, or what a known proxy says.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use std::convert::Infallible;

use super::Shared;
use super::peer::Peer;

/// Who asks, as far as addresses tell; none within tests that use no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(pub Option<IpAddr>);

impl Address {
    /// The address that asks through `proxies`.
    pub fn of(peer: Option<Peer>, headers: &HeaderMap, proxies: &[IpAddr]) -> Self {
        Self(peer.map(|peer| behind(peer.0.ip(), headers, proxies)))
    }

    /// Bytes that tell one sender from another: of IPv6 the first 64 bits, for the rest is the sender's to choose.
    pub fn key(self) -> Vec<u8> {
        match self.0.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => address.octets().to_vec(),
            Some(IpAddr::V6(address)) => address.octets().iter().take(8).copied().collect(),
            None => Vec::new(),
        }
    }
}

impl FromRequestParts<Shared> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, service: &Shared) -> Result<Self, Infallible> {
        Ok(Self::of(parts.extensions.get().copied(), &parts.headers, &service.config.proxies))
    }
}

/// The last address that is not a known proxy's, as far as known proxies tell.
fn behind(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let told = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let mut told: Vec<IpAddr> =
        told.flat_map(|list| list.split(',')).map_while(|address| address.trim().parse().ok()).collect();
    let mut address = peer.to_canonical();
    while proxies.contains(&address) {
        match told.pop() {
            Some(before) => address = before.to_canonical(),
            None => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_known_proxies_are_believed() {
        fn check(peer: &str, told: &[&'static str], expect: &str) {
            let mut headers = HeaderMap::new();
            for value in told {
                headers.append("x-forwarded-for", HeaderValue::from_static(value));
            }
            let ip = |text: &str| text.parse::<IpAddr>().unwrap_or_else(|e| panic!("{e}"));
            let proxies = [ip("10.0.0.1"), ip("10.0.0.2")];
            assert_eq!(behind(ip(peer), &headers, &proxies), ip(expect), "{peer} {told:?}");
        }
        check("192.0.2.7", &["198.51.100.1"], "192.0.2.7");
        check("10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.9, 198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.9", "198.51.100.1, 10.0.0.2"], "198.51.100.1");
        check("10.0.0.1", &[], "10.0.0.1");
        check("10.0.0.1", &["unknown"], "10.0.0.1");
    }

    #[test]
    fn a_network_of_ipv6_is_one_sender() {
        let key = |text: &str| Address(text.parse().ok()).key();
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}

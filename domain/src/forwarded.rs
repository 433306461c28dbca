//! Whose address a request comes from, where proxies of one's own stand in front. `X-Forwarded-For` is what the sender
//! says; only from known proxies on is it true.

use core::net::IpAddr;

/// Most proxies that a deployment may know.
pub const PROXIES_MAX: usize = 64;

/// A list of proxies that cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotProxies {
    /// One of them is no address.
    #[error("{0:?} is not an IP address")]
    Address(String),
    /// There are too many.
    #[error("more than {PROXIES_MAX} proxies")]
    TooMany,
}

/// The proxies whose word is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpAddr>);

impl Proxies {
    /// Reads addresses, separated by commas.
    ///
    /// # Errors
    /// Names what is no address.
    pub fn parse(list: &str) -> Result<Self, NotProxies> {
        let named = list.split(',').map(str::trim).filter(|name| !name.is_empty());
        let proxies: Result<Vec<IpAddr>, _> =
            named.map(|name| address(name).ok_or_else(|| NotProxies::Address(name.to_owned()))).collect();
        let proxies = proxies?;
        if proxies.len() > PROXIES_MAX { Err(NotProxies::TooMany) } else { Ok(Self(proxies)) }
    }

    /// The address that the proxy `peer` forwards for: the last of `forwarded` that is none of them. None where `peer`
    /// is no known proxy, or says nothing that can be believed.
    pub fn client(&self, peer: &str, forwarded: &str) -> Option<IpAddr> {
        let is_known = |address: &IpAddr| self.0.contains(address);
        address(peer).filter(is_known)?;
        for hop in forwarded.rsplit(',') {
            let hop = address(hop)?;
            if !is_known(&hop) {
                return Some(hop);
            }
        }
        None
    }
}

/// IPv4 mapped into IPv6 is IPv4.
fn address(text: &str) -> Option<IpAddr> {
    text.trim().parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_proxies_are_believed() {
        fn check(peer: &str, forwarded: &str, expect: Option<&str>) {
            let proxies = Proxies::parse("192.0.2.1, 192.0.2.2,,2001:db8::1,").unwrap_or_default();
            let client = proxies.client(peer, forwarded).map(|address| address.to_string());
            assert_eq!(client.as_deref(), expect, "{peer} {forwarded}");
        }
        check("192.0.2.1", "203.0.113.7", Some("203.0.113.7"));
        check("2001:0db8::1", "203.0.113.7", Some("203.0.113.7"));
        check("::ffff:192.0.2.1", "203.0.113.7", Some("203.0.113.7"));
        // What a visitor writes there stands in front of what the proxies do.
        check("192.0.2.1", "1.1.1.1, 203.0.113.7", Some("203.0.113.7"));
        check("192.0.2.1", "1.1.1.1, 203.0.113.7, 192.0.2.2", Some("203.0.113.7"));
        check("192.0.2.1", "192.0.2.2", None);
        check("192.0.2.1", "", None);
        check("192.0.2.1", "1.1.1.1, somebody", None);
        check("203.0.113.9", "1.1.1.1", None);
        check("", "1.1.1.1", None);
    }

    #[test]
    fn a_list_is_read_whole_or_not_at_all() {
        assert_eq!(Proxies::parse(""), Ok(Proxies::default()));
        assert_eq!(Proxies::parse("192.0.2.0/24"), Err(NotProxies::Address("192.0.2.0/24".to_owned())));
        assert_eq!(Proxies::parse(&"192.0.2.1,".repeat(65)), Err(NotProxies::TooMany));
    }
}

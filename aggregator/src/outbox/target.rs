//! Where webhooks may go: anybody on the internet, nobody of this machine or its networks.
//!
//! A name is resolved once for each try, and the connection goes to an address that was looked at: what the name says
//! the next moment does not matter. Redirects are not followed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::config::Alerts;

/// Bytes of an address.
const URL_BYTES_MAX: usize = 2048;

/// Why something is not sent there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is no address of a web server.
    #[error(
        "must be an address as https://example.com/path, of at most {URL_BYTES_MAX} bytes, without name and password"
    )]
    Malformed,
    /// It is not encrypted.
    #[error("must be https; `alerts.allow_http` of the server's settings allows http")]
    NotEncrypted,
    /// It leads to where nobody outside may send anything.
    #[error(
        "leads to {0}, which is {1}; `alerts.allow_networks` of the server's settings allows networks of one's own"
    )]
    Forbidden(IpAddr, &'static str),
}

/// Reads where a webhook is to go, and looks at its address where it is one.
///
/// # Errors
/// [`TargetError`] says what is wrong with it.
pub fn checked(text: &str, rules: &Alerts) -> Result<Url, TargetError> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= URL_BYTES_MAX).ok_or(TargetError::Malformed)?;
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    match url.scheme() {
        _ if has_credentials || url.fragment().is_some() => return Err(TargetError::Malformed),
        "https" => {}
        "http" if rules.allow_http => {}
        "http" => return Err(TargetError::NotEncrypted),
        _ => return Err(TargetError::Malformed),
    }
    // Decimal, octal and hexadecimal addresses are addresses by now.
    let address = match url.host().ok_or(TargetError::Malformed)? {
        Host::Domain(_) => return Ok(url),
        Host::Ipv4(address) => IpAddr::V4(address),
        Host::Ipv6(address) => IpAddr::V6(address),
    };
    allowed(address, &rules.allow_networks)?;
    Ok(url)
}

/// Looks at an address that a name leads to.
///
/// # Errors
/// [`TargetError::Forbidden`] says of what kind it is.
pub fn allowed(address: IpAddr, allow: &[IpNet]) -> Result<(), TargetError> {
    let canonical = address.to_canonical();
    if allow.iter().any(|network| network.contains(&canonical)) {
        return Ok(());
    }
    let kind = match canonical {
        IpAddr::V4(address) => kind_of_v4(address),
        IpAddr::V6(address) => kind_of_v6(address),
    };
    kind.map_or(Ok(()), |kind| Err(TargetError::Forbidden(address, kind)))
}

/// Of what kind an address is that is no host's on the internet: IANA's special-purpose registry.
fn kind_of_v4(address: Ipv4Addr) -> Option<&'static str> {
    match address.octets() {
        [0, ..] => Some("of this network"),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Some("private"),
        [100, 64..=127, ..] => Some("shared by a carrier's customers"),
        [127, ..] => Some("of this machine"),
        // Among them what clouds tell their machines' secrets on.
        [169, 254, ..] => Some("link-local"),
        [192, 0, 0, ..] | [192, 88, 99, ..] => Some("reserved"),
        [192, 0, 2, ..] | [198, 51, 100, ..] | [203, 0, 113, ..] => Some("for documentation"),
        [198, 18..=19, ..] => Some("for measurements"),
        [224..=239, ..] => Some("multicast"),
        [240..=255, ..] => Some("reserved"),
        _ => None,
    }
}

/// The same of the newer kind. What holds an older address is that address.
fn kind_of_v6(address: Ipv6Addr) -> Option<&'static str> {
    let within = |high: u16, low: u16| Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    let segments = address.segments();
    let inner = match segments {
        [0, 0, 0, 0, 0, 0, 0, 0] => return Some("of this network"),
        [0, 0, 0, 0, 0, 0, 0, 1] => return Some("of this machine"),
        // Compatible and translated addresses, NAT64 and its local prefixes, 6to4; Teredo hides its by exclusive or.
        [0, 0, 0, 0, 0, 0, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => within(high, low),
        [0x64, 0xff9b, ..] => return Some("translated locally"),
        [0x2001, 0, _, _, _, _, high, low] => within(!high, !low),
        _ => None,
    };
    if let Some(inner) = inner {
        return kind_of_v4(inner);
    }
    match segments[0] {
        0xfc00..=0xfdff => Some("private"),
        0xfe80..=0xfeff => Some("link-local"),
        0xff00..=0xffff => Some("multicast"),
        0x2001 if segments[1] == 0xdb8 || segments[1] < 0x200 => Some("reserved"),
        0x3fff if segments[1] < 0x1000 => Some("for documentation"),
        0x2000..=0x3fff => None,
        _ => Some("reserved"),
    }
}

/// Resolves names to addresses that may be sent to, and to no others.
#[derive(Clone, Debug)]
pub struct Guarded(pub Arc<Alerts>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = Arc::clone(&self.0);
        Box::pin(async move {
            // The port is put in by whoever asks.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One address of many is enough to be led astray: all must be allowed.
            for address in &found {
                allowed(address.ip(), &rules.allow_networks)?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;

//! Who is the same visitor: a keyed hash that nobody without the key can compute or undo.
//!
//! SipHash-2-4 with 128-bit output over length-prefixed fields, the site among them, so that ids of two sites
//! cannot be linked. Keys are drawn by the edge: one every UTC day, destroyed when the day after it is over, and one
//! that lasts where the site's owner chose so. The address goes in and is never stored.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};
use wire::Id128;

/// A secret: a day's, or the one that lasts. Not `Debug`, so that it cannot be logged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VisitorKey(pub [u8; 16]);

/// What tells one visitor from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity<'a> {
    /// The sender's own id of a browser or device.
    Client(&'a str),
    /// Network address and user agent.
    Network {
        /// The client's IP address.
        address: &'a str,
        /// The client's user agent.
        user_agent: &'a str,
    },
}

/// Id of a visitor of `site`.
pub fn visitor(key: &VisitorKey, site: &str, identity: Identity<'_>) -> Id128 {
    match identity {
        Identity::Client(id) => keyed(key, &["client", site, id]),
        Identity::Network { address, user_agent } => keyed(key, &["network", site, address, user_agent]),
    }
}

/// Id of a session: the sender's own where it has one, else the visitor's.
pub fn session(key: &VisitorKey, site: &str, visitor: Id128, session_id: Option<&str>) -> Id128 {
    match session_id {
        Some(id) => keyed(key, &["session", site, id]),
        None => visitor,
    }
}

fn keyed(key: &VisitorKey, fields: &[&str]) -> Id128 {
    let mut hasher = SipHasher24::new_with_key(&key.0);
    for field in fields {
        hasher.write(&(field.len() as u64).to_be_bytes());
        hasher.write(field.as_bytes());
    }
    Id128(hasher.finish128().as_u128().to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: VisitorKey = VisitorKey([1; 16]);

    fn network<'a>(address: &'a str, user_agent: &'a str) -> Identity<'a> {
        Identity::Network { address, user_agent }
    }

    #[test]
    fn every_field_tells_visitors_apart() {
        let base = visitor(&KEY, "a", network("192.0.2.1", "x"));
        assert_eq!(base, visitor(&KEY, "a", network("192.0.2.1", "x")));
        for other in [
            visitor(&VisitorKey([2; 16]), "a", network("192.0.2.1", "x")),
            visitor(&KEY, "b", network("192.0.2.1", "x")),
            visitor(&KEY, "a", network("192.0.2.2", "x")),
            visitor(&KEY, "a", network("192.0.2.1", "y")),
            // Fields that would run together without their lengths.
            visitor(&KEY, "a", network("192.0.2.1x", "")),
            visitor(&KEY, "a", Identity::Client("192.0.2.1")),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn the_same_bytes_hash_the_same_on_every_platform() {
        let id = visitor(&VisitorKey([0; 16]), "UA-1", Identity::Client("abc"));
        assert_eq!(id.to_string(), "c183f444bba5636aeaf107703e350e09");
    }
}

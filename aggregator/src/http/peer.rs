//! Who is at the other end of a connection.

use std::net::SocketAddr;

use axum::http::HeaderMap;

/// The other end of a connection: an extension of each of its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Headers by which proxies say for whom they ask.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "via"];

impl Peer {
    /// Whether a program of this machine asks for itself.
    pub fn is_local(self, headers: &HeaderMap) -> bool {
        self.0.ip().is_loopback() && !FORWARDED.iter().any(|name| headers.contains_key(*name))
    }
}

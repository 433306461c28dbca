//! How much a reader may ask: token buckets by credential and by block of addresses, over all of `/api/`.
//!
//! A live stream costs one token, as long as it may last. Edges are not limited here: what they send was limited on its
//! way in.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::hash;
use domain::limit::{Keyed, Rate, address_block};

use super::address::Address;
use super::peer::Peer;
use super::refusal::Refusal;
use super::{Shared, access};
use crate::config::ReadRates;
use crate::metrics;

/// Paths that are limited begin with this.
const LIMITED: &str = "/api/";

/// The buckets.
pub struct ReadLimits {
    rates: ReadRates,
    credentials: Mutex<Keyed>,
    addresses: Mutex<Keyed>,
    begun: Instant,
}

impl ReadLimits {
    /// Full buckets.
    pub fn new(rates: ReadRates) -> Self {
        Self { rates, credentials: Mutex::default(), addresses: Mutex::default(), begun: Instant::now() }
    }

    fn admit(&self, credential: Option<u64>, address: Option<u64>) -> Result<(), Refusal> {
        let now_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let take = |buckets: &Mutex<Keyed>, key: Option<u64>, rate: Rate, whose: &'static str| {
            let Some(key) = key else { return Ok(()) };
            let mut buckets = buckets.lock().unwrap_or_else(PoisonError::into_inner);
            buckets.take(key, rate, 1, now_ms).map_err(|retry_after_ms| {
                metrics::limited(whose);
                Refusal::TooManyRequests { whose, per_second: rate.per_second, retry_after_ms }
            })
        };
        take(&self.addresses, address, self.rates.address(), "address")?;
        take(&self.credentials, credential, self.rates.credential(), "credential")
    }
}

/// Refuses requests that are too many.
pub async fn limit(State(service): State<Shared>, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(LIMITED) {
        return next.run(request).await;
    }
    let headers = request.headers();
    let peer = request.extensions().get::<Peer>().copied();
    // From this machine, a proxy that is not known as one would be everybody.
    let address = Address::of(peer, headers, &service.config.proxies).0.filter(|address| !address.is_loopback());
    let block = address.and_then(|address| address_block(&address.to_string()));
    let admitted = service.read_limits.admit(credential(headers), block.map(|block| key(&block)));
    match admitted {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// What the caller shows, valid or not.
fn credential(headers: &HeaderMap) -> Option<u64> {
    let token = headers.get(header::AUTHORIZATION).map(|value| key(value.as_bytes()));
    token.or_else(|| access::session(headers).map(|session| key(&session.0)))
}

/// A key of [`Keyed`].
fn key(bytes: &[u8]) -> u64 {
    let id = hash::of_bytes(bytes);
    id.0.iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
}

//! Events on their way through the rules, as the edge sends them.

use anyhow::{Context, Result, anyhow};
use domain::accept::{self, Accepted, Receipt};
use domain::hash;
use domain::user_agent::{self, Client, Hints};
use domain::visitor::{self, Identity, VisitorKey};
use wire::Id128;
use wire::batch::{self, Batch};
use wire::frame::RawEvent;

/// The site of all events.
pub const SITE: &str = "UA-123456-1";

/// Seed of the made-up visitors.
pub const SEED: u64 = 1;

/// When everything happens: 2026-02-02T00:00:00Z.
pub const BEGIN_MS: u64 = 1_769_990_400_000;

const KEY: VisitorKey = VisitorKey([7; 16]);

/// Reads a request's user agent; once a request.
pub fn client(user_agent: &str) -> Client {
    user_agent::read(user_agent, &Hints::default())
}

/// Reads a body.
///
/// # Errors
/// When it is no batch.
pub fn decode(body: &[u8]) -> Result<Batch> {
    batch::decode(body).context("a made-up batch cannot be read")
}

/// Accepts every event of a batch.
///
/// # Errors
/// When one is refused: made-up visitors send nothing that is.
pub fn accept(batch: Batch, received_at_ms: u64, client: Client) -> Result<Vec<Accepted>> {
    let receipt = Receipt { received_at_ms, country: "DE".to_owned(), client, ..Receipt::default() };
    let mut accepted = Vec::with_capacity(batch.events.len());
    for event in batch.events {
        let passed = event.and_then(|event| accept::accept(event, &batch.envelope, &receipt));
        accepted.push(passed.map_err(|refused| anyhow!("{}: {}", refused.field, refused.detail))?);
    }
    Ok(accepted)
}

/// Replaces what senders call themselves by keyed hashes, as an object does.
pub fn identify(accepted: Vec<Accepted>, seed: u64) -> Vec<RawEvent> {
    let identified = |(index, accepted): (usize, Accepted)| {
        let identity = Identity::Client(accepted.client_id.as_deref().unwrap_or_default());
        let visitor = visitor::visitor(&KEY, &accepted.site, identity);
        let session = visitor::session(&KEY, &accepted.site, visitor, accepted.session_id.as_deref());
        let id = accepted.event_id.unwrap_or_else(|| event_id(&accepted.site, seed, index));
        RawEvent { id, visitor: Some(visitor), session: Some(session), ..accepted.event }
    };
    accepted.into_iter().enumerate().map(identified).collect()
}

fn event_id(site: &str, seed: u64, index: usize) -> Id128 {
    hash::of_fields(&[b"batch", site.as_bytes(), &seed.to_be_bytes(), &(index as u64).to_be_bytes()])
}

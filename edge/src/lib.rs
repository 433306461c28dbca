//! The edge: takes events in, answers when they are durable, and sends what it counted to the aggregator.
//!
//! ```text
//! request ─► [router] ─► [ingest] ─► [shard] ── 10 ms ──► journal ── alarm ──► outbox ─► [courier] ─► aggregator
//!                        decode,      dedup,   group       +seen       fold,              signed
//!                        accept       identify commit                  seal               frames
//! ```
//!
//! The stateless worker decodes and checks ([`ingest`]); one Durable Object per `region:site#shard` keeps
//! ([`shard`]). All rules are in `domain`; here is what touches the runtime.

mod beacon;
mod body;
mod courier;
mod dispatch;
mod failure;
mod ingest;
mod message;
mod origin;
mod random;
mod reply;
mod router;
mod settings;
mod shard;
mod site;

use worker::{Context, Env, Request, Response, event};

pub use shard::SiteShard;

#[event(fetch, respond_with_errors)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    router::route(request, &env).await
}

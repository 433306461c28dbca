//! The edge: takes events in, answers when they are durable, and sends what it counted to the aggregator.
//!
//! ```text
//! [router] ─► [ingest] ─► [dispatch] ─► [shard] ── 10 ms ─► journal ── alarm ──► outbox ─► [courier] ─► aggregator
//!             decode,     filter,       dedup,  group       +seen   visits,                signed
//!             accept      route         limit,  commit              fold, seal             frames
//!                                       identify
//! ```
//!
//! Beside our own events, the worker takes those of other products' trackers ([`plausible`], [`umami`]), and serves the
//! SDK ([`sdk`]).
//!
//! The stateless worker decodes and checks ([`ingest`]), asks how each site is counted ([`site`]), and finds who keeps
//! what ([`dispatch`]); one Durable Object per `region:site#shard` keeps ([`shard`]). All rules are in `domain`; here is
//! what touches the runtime.

mod beacon;
mod body;
mod courier;
mod dispatch;
mod failure;
mod ingest;
mod message;
mod origin;
mod plausible;
mod random;
mod reply;
mod router;
mod sdk;
mod settings;
mod shard;
mod site;
mod umami;

use worker::{Context, Env, Request, Response, event};

pub use shard::SiteShard;

#[event(fetch, respond_with_errors)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    router::route(request, &env).await
}

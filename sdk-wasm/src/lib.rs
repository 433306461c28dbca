//! Tidemark's tracking SDK: what runs in a visitor's browser.
//!
//! ```text
//!  page ──► loader.js ──► browser ──► event ──► outbox ──► batch ──► edge
//!           hooks, stub    (wasm)     encode    queue      envelope
//!                                               retry
//! ```
//!
//! `js/loader.js` listens to the page and calls the three functions of `browser`: begin, track and
//! leave. An event is encoded once, when it happens ([`event`]), waits in the [`outbox`], and
//! travels in a [`batch`] that keeps its id and its event bytes through every [`retry`](backoff).
//! Apart from `browser` nothing here knows a browser, a clock or a source of randomness, so the
//! rules are tested natively.
//!
//! Every byte is paid by a visitor: the crate is `no_std`, nothing formats or panics, and
//! MessagePack is written by hand in [`pack`] (`rmp-serde` costs 2.8 KB more in brotli). The tests
//! read it back with `rmp-serde` and with the edge's own decoder.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![cfg_attr(not(target_arch = "wasm32"), forbid(unsafe_code))]

extern crate alloc;

pub mod backoff;
pub mod batch;
pub mod event;
pub mod id;
pub mod limits;
pub mod outbox;
pub mod pack;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod runtime;

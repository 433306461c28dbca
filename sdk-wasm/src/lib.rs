//! Tidemark's tracking SDK: what runs in a visitor's browser.
//!
//! ```text
//!  page ──► js/loader.js ──► js/page/ ──► core ──► outbox ──► browser ──► edge
//!           stub, first      hooks,       exports  queue      requests
//!           page view        rules of              batches    beacons
//!                            the page,             retry, ids
//!                            storage, clock
//! ```
//!
//! What listens to the page is JavaScript, for that is far smaller there. What decides when which event travels under which id
//! is this crate: it is handed an event as JSON text, gives it an id, and keeps it in the [`outbox`] until a batch that holds it
//! is delivered; every attempt has the same id and the same events, after the pauses of [`backoff`], and over a reload too where
//! the page may save it. Those know no browser and no clock, so the rules are tested natively. `browser` makes the requests, by
//! web-sys, and beacons. `js/plain-core.js` does all of it to the byte where a page's policy forbids WebAssembly.
//!
//! Every byte is paid by a visitor: the crate is `no_std`, and nothing allocates, formats or panics.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![cfg_attr(not(target_arch = "wasm32"), forbid(unsafe_code))]

pub mod backoff;
pub mod limits;
pub mod outbox;
pub mod random;
pub mod text;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod core;
#[cfg(target_arch = "wasm32")]
mod runtime;

//! The rules of Tidemark, and nothing else.
//!
//! The same code runs in the worker (wasm), in the aggregator (native) and in tests. Nothing here
//! touches a clock, randomness, input or output: time and keys are arguments. In the order an event meets them:
//!
//! | module | rule |
//! |---|---|
//! | [`unpack`] | how much of a packed body is unpacked |
//! | [`accept`] | which events are counted, and what is derived from them ([`page`], [`source`], [`user_agent`]) |
//! | [`visitor`] | who is the same visitor or session |
//! | [`rollup`] | how events become counters and [`sketch`]es, and how those merge |
//! | [`seal`] | how counters become frames |
//! | [`delta`] | how frames are counted exactly once, both ends; [`signature`] says who may send them |
//! | [`query`], [`realtime`] | how rollup rows become answers |
#![forbid(unsafe_code)]

pub mod accept;
pub mod delta;
pub mod hash;
pub mod page;
pub mod query;
pub mod realtime;
pub mod rollup;
pub mod seal;
pub mod signature;
pub mod sketch;
pub mod source;
pub mod unpack;
pub mod user_agent;
pub mod visitor;
pub mod window;

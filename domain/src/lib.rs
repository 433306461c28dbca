//! The rules of Tidemark, and nothing else.
//!
//! The same code runs in the worker (wasm), in the aggregator (native) and in tests. Nothing here
//! touches a clock, randomness, input or output: time and keys are arguments. In the order an event meets them:
//!
//! | module | rule |
//! |---|---|
//! | [`unpack`] | how much of a packed body is unpacked |
//! | [`foreign`] | how events of other products' trackers become ours |
//! | [`forwarded`] | whose address counts, behind proxies |
//! | [`accept`] | which events are counted, and what is derived from them ([`page`], [`source`], [`user_agent`]) |
//! | [`bot`] | which requests are not made by people |
//! | [`limit`] | how much one site, visitor or network may send |
//! | [`outcome`] | what became of events that are not counted |
//! | [`route`], [`recent`] | which object keeps an event, and whether it came before |
//! | [`settings`] | what an owner may decide about a site |
//! | [`account`] | who may do what, and what an account may be called and opened with |
//! | [`visitor`] | who is the same visitor or session |
//! | [`visit`] | which events are one visit, and which reach a [`goal`] |
//! | [`rollup`] | how events and visits become counters and [`sketch`]es, and how those merge |
//! | [`seal`] | how counters become frames |
//! | [`delta`] | how frames are counted exactly once, both ends; [`signature`] says who may send them |
//! | [`rebuild`] | how counters are made anew from single events, and compared with those that were counted |
//! | [`reconcile`] | whether what was delivered, kept and counted agrees |
//! | [`query`], [`realtime`], [`counters`] | how rollup rows become answers; [`zone`] is the calendar of their days |
//! | [`dashboard`] | what a dashboard may be made of |
//! | [`alert`] | when what is measured is no chance any more, and what is told of it |
//! | [`digest`] | which week or month is told by mail, and in which words |
//! | [`analysis`] | how the events of one person after the other become answers about people |
//! | [`behaviour`] | what people did, as a part of any filter |
#![forbid(unsafe_code)]

pub mod accept;
pub mod account;
pub mod alert;
pub mod analysis;
pub mod behaviour;
pub mod bot;
pub mod counters;
pub mod dashboard;
pub mod delta;
pub mod digest;
pub mod foreign;
pub mod forwarded;
pub mod goal;
pub mod hash;
pub mod limit;
pub mod outcome;
pub mod page;
pub mod query;
pub mod realtime;
pub mod rebuild;
pub mod recent;
pub mod reconcile;
pub mod rollup;
pub mod route;
pub mod seal;
pub mod settings;
pub mod signature;
pub mod sketch;
pub mod source;
pub mod unpack;
pub mod user_agent;
pub mod visit;
pub mod visitor;
pub mod window;
pub mod zone;

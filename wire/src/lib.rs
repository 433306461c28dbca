//! What travels between the parts of Tidemark, and nothing else.
//!
//! ```text
//!  page ──[batch]──► edge ──[frame, hello]──► aggregator ──[query, realtime]──► dashboard
//!       ◄──[outcome]──    ◄──[acknowledgement]──
//!                         ◄──[site settings]────
//! ```
//!
//! Everything is plain data with `serde`; named fields in MessagePack and JSON, so that a reader
//! of another version skips what it does not know. Decoding untrusted bytes goes through
//! [`batch::decode`] and [`frame::Frame::decode`], which bound depth, lengths and counts before anything is
//! allocated. Rules about what the data means live in `domain`.
#![forbid(unsafe_code)]

pub mod account;
pub mod alert;
pub mod analysis;
mod answer;
pub mod batch;
pub mod behaviour;
pub mod change;
pub mod counters;
pub mod dashboard;
pub mod digest;
mod dimension;
pub mod event;
pub mod feed;
pub mod filter;
pub mod frame;
pub mod frame_view;
pub mod grant;
pub mod id;
pub mod limits;
pub mod note;
pub mod outcome;
pub mod problem;
pub mod query;
pub mod realtime;
pub mod report;
mod rollup_dimension;
pub mod saved_segment;
pub mod scan;
pub mod session;
pub mod site;
pub mod span;

pub use id::{Epoch, Id128, Seq};

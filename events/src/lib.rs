//! Raw events: kept as Parquet that any tool can read, scanned for what counters do not tell.
//!
//! | module | what |
//! |---|---|
//! | [`schema`] | the columns of a segment |
//! | [`segment`] | one immutable file of a site's day: what the manifest says of it |
//! | [`store`] | the narrow interface that an event store has, so that another engine can stand beside this one |
//!
//! What a question means is said in `domain::query`; nothing here decides it.
#![forbid(unsafe_code)]

pub mod schema;
pub mod segment;
pub mod store;

//! Raw events: kept as Parquet that any tool can read, scanned for what counters do not tell.
//!
//! | module | what |
//! |---|---|
//! | [`scan`] | a question answered from segments and what is not sealed yet |
//! | [`schema`] | the columns of a segment |
//! | [`batch`], [`columns`] | events as columns, and back |
//! | [`merge`] | events of several sources in the order of a segment |
//! | [`write`](mod@write), [`read`] | a segment's file: made and read |
//! | [`table`] | an answer's rows as Parquet |
//! | [`files`] | where the files are: a folder, a bucket, a cache |
//! | [`segment`] | one immutable file of a site's day: what the manifest says of it |
//! | [`store`] | the narrow interface that an event store has, so that another engine can stand beside this one |
//!
//! What a question means is said in `domain::query`; nothing here decides it.
#![forbid(unsafe_code)]

pub mod batch;
pub mod columns;
pub mod files;
pub mod merge;
pub mod read;
pub mod scan;
pub mod schema;
pub mod segment;
pub mod store;
pub mod table;
pub mod write;

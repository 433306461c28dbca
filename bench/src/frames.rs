//! A made-up audience and its frames: the same seed makes the same events, and so the same frames, byte for byte.
//!
//! | module | what |
//! |---|---|
//! | [`audience`] | visits of a site: who comes, from where, to which pages, and when the next page follows |
//! | [`objects`] | the edge's objects: what became of the visits, and numbered frames |
//! | [`seed`] | all of it over days, for sites of chosen sizes |
//! | [`sender`] | to an aggregator, as edges post them |
//!
//! Values are drawn by frequency: a few pages, sources and cities are most of the traffic, and the rest is a long tail.

pub mod audience;
pub mod objects;
pub mod seed;
pub mod sender;
mod values;

pub use audience::{Audience, Habits};
pub use objects::{Made, Objects};
pub use seed::{SeedPlan, SeedSite, seed};
pub use sender::{Sender, Signer};

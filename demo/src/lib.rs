//! Demonstration data: two made-up sites over some months, the same for the same plan, as an edge would have counted them.
//!
//! Nothing here touches a clock, a file or a network. `tidemark demo` posts the frames to an aggregator, which cannot tell
//! them from any other edge's.
//!
//! | module | what |
//! |---|---|
//! | [`plan`] | which days, how much, by which seed; how visits spread over weeks and hours |
//! | [`incident`] | what is planted for people and alerts to find, with what they would note about it |
//! | [`people`] | who visits: places, languages, machines |
//! | [`blog`], [`saas`] | what happens on the two sites, day by day |
//! | [`visit`] | a visit as its pages tell it |
//! | [`stream`] | all that happens on a site, in the order of time |
//! | [`edge`] | the edge's part: accepted, identified, followed, folded, sealed |
//! | [`tally`] | what was made, counted plainly |
#![forbid(unsafe_code)]

pub mod blog;
pub mod edge;
pub mod incident;
pub mod people;
pub mod plan;
pub mod saas;
pub mod site;
pub mod stream;
pub mod tally;
pub mod visit;

mod origin;
mod random;

pub use edge::{EdgeError, Object};
pub use incident::Incident;
pub use plan::Plan;
pub use site::Facts;
pub use stream::Stream;
pub use tally::Tally;

use wire::site::Settings;

/// The settings that a site of the demonstration is counted by: goals, properties, zone; of the rest, those before.
pub fn settings(site: &str, before: Settings) -> Settings {
    match site {
        saas::SITE => saas::settings(before),
        _ => blog::settings(before),
    }
}

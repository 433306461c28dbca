//! Questions about people: `/sites/ID/funnels?…` and the pages beside it. All of them are one part of the program and have one
//! frame: period, time zone and filters as the overview's address has them ([`crate::view`]), and behind them what a page says of
//! itself ([`said`]).

pub mod asked;
mod attribution;
mod bars;
mod by;
mod experiments;
mod frame;
mod funnels;
mod known;
mod lifecycle;
pub mod lines;
mod one_of;
mod options;
mod paths;
mod pattern;
mod picker;
mod retention;
mod revenue;
mod said;
mod saving;
mod segments;
pub mod told;

use leptos::prelude::*;

use frame::framed;

/// A question that has a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Who did several things one after the other.
    Funnels,

    /// Who came back.
    Retention,

    /// What people do next.
    Paths,

    /// Who is new, returns, comes back after a break or stays away.
    Lifecycle,

    /// What was paid.
    Revenue,
    /// Who they are, by what they did.
    Segments,

    /// Whether variants differ.
    Experiments,

    /// Which visits conversions are owed to.
    Attribution,
}

/// Those that there are: their names in addresses, and what people read.
pub const ALL: &[(Question, &str, &str)] = &[
    (Question::Funnels, "funnels", "Funnels"),
    // ---
    (Question::Retention, "retention", "Retention"),
    // ---
    (Question::Paths, "paths", "Paths"),
    // ---
    (Question::Lifecycle, "lifecycle", "Lifecycle"),
    // ---
    (Question::Revenue, "revenue", "Revenue"),
    (Question::Segments, "segments", "Segments"),
    // ---
    (Question::Experiments, "experiments", "Experiments"),
    // ---
    (Question::Attribution, "attribution", "Attribution"),
    // ---
];

impl Question {
    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().find(|(_, path, _)| *path == name).map(|(question, ..)| *question)
    }
}

/// The page of a question. Each gets the frame's [`frame::Asking`], and is shown below the bar, within `<main>`.
pub fn page(question: Question, tracking_id: String) -> AnyView {
    let content = match question {
        Question::Funnels => funnels::page,
        // ---
        Question::Retention => retention::page,
        // ---
        Question::Paths => paths::page,
        // ---
        Question::Lifecycle => lifecycle::page,
        // ---
        Question::Revenue => revenue::page,
        Question::Segments => segments::page,
        // ---
        Question::Experiments => experiments::page,
        // ---
        Question::Attribution => attribution::page,
        // ---
    };
    framed(question, tracking_id, content)
}

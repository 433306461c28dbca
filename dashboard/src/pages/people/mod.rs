//! Questions about people: `/sites/ID/funnels?…` and the pages beside it. All of them have one frame: period, time zone and
//! filters as the overview's address has them ([`crate::view`]), and behind them what a page says of itself ([`said`]).

pub mod answers;
pub mod asked;
mod attribution;
mod bars;
mod by;
mod editing;
mod experiments;
mod frame;
mod funnels;
mod keeping;
mod known;
mod lifecycle;
pub mod lines;
mod number;
mod options;
mod paths;
mod pattern;
mod picker;
mod retention;
mod revenue;
mod said;
mod saving;
mod segments;
mod surface;
pub mod told;

use leptos::prelude::*;
use wasm_split_helpers::wasm_split;

use crate::later::{Loaded, later};
use frame::{Asking, Content, framed};

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
    (Question::Retention, "retention", "Retention"),
    (Question::Paths, "paths", "Paths"),
    (Question::Lifecycle, "lifecycle", "Lifecycle"),
    (Question::Revenue, "revenue", "Revenue"),
    (Question::Segments, "segments", "Segments"),
    (Question::Experiments, "experiments", "Experiments"),
    (Question::Attribution, "attribution", "Attribution"),
];

impl Question {
    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().find(|(_, path, _)| *path == name).map(|(question, ..)| *question)
    }
}

/// The page of a question. Each gets the frame's [`frame::Asking`], and is shown below the bar, within `<main>`; two of them are
/// a part of the program.
pub fn page(question: Question, tracking_id: String) -> AnyView {
    let content: Content = match question {
        Question::Funnels => |asking| later(move || Box::pin(of_steps(asking))),
        Question::Segments => |asking| later(move || Box::pin(of_deeds(asking))),
        Question::Retention => |asking| later(move || Box::pin(of_returns(asking))),
        Question::Paths => |asking| later(move || Box::pin(of_ways(asking))),
        Question::Lifecycle => |asking| later(move || Box::pin(of_lives(asking))),
        Question::Revenue => |asking| later(move || Box::pin(of_money(asking))),
        Question::Experiments => |asking| later(move || Box::pin(of_variants(asking))),
        Question::Attribution => |asking| later(move || Box::pin(of_merits(asking))),
    };
    framed(question, tracking_id, content)
}

#[wasm_split(steps, fallible)]
fn of_steps(asking: Asking) -> Loaded {
    Ok(funnels::page(asking))
}

#[wasm_split(steps, fallible)]
fn of_deeds(asking: Asking) -> Loaded {
    Ok(segments::page(asking))
}

#[wasm_split(returns, fallible)]
fn of_returns(asking: Asking) -> Loaded {
    Ok(retention::page(asking))
}

#[wasm_split(returns, fallible)]
fn of_ways(asking: Asking) -> Loaded {
    Ok(paths::page(asking))
}

#[wasm_split(lives, fallible)]
fn of_lives(asking: Asking) -> Loaded {
    Ok(lifecycle::page(asking))
}

#[wasm_split(lives, fallible)]
fn of_money(asking: Asking) -> Loaded {
    Ok(revenue::page(asking))
}

#[wasm_split(measures, fallible)]
fn of_variants(asking: Asking) -> Loaded {
    Ok(experiments::page(asking))
}

#[wasm_split(measures, fallible)]
fn of_merits(asking: Asking) -> Loaded {
    Ok(attribution::page(asking))
}

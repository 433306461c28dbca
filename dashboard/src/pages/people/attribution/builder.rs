//! What a conversion is, and how far to look back.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::analysis::{AttributedBy, Length, Unit, WhichConversions};

use super::super::asked::fault;
use super::super::one_of::one_of;
use super::super::picker::{Picking, picker};
use super::Editing;
use super::state::Measure;
use crate::components::choice::{Choosable, choice};

/// How far to look back: as the API writes it, and what people read.
const LOOKBACKS: [(&str, &str); 6] =
    [("1d", "a day"), ("7d", "7 days"), ("14d", "14 days"), ("30d", "30 days"), ("60d", "60 days"), ("90d", "90 days")];

/// Without a choice.
const USUAL_LOOKBACK: &str = "30d";

/// The card.
pub fn builder(editing: Editing) -> AnyView {
    let Editing { asking, state, asked } = editing;
    let failure = asked.failure();
    let picking = Picking {
        id: "conversion".to_owned(),
        label: "Conversion".to_owned(),
        pattern: Signal::derive(move || state.with(|state| state.conversion.clone())),
        change: UnsyncCallback::new(move |next| editing.change(|state| state.conversion = next)),
    };
    let by = one_of(
        "Shared out to",
        &["channels", "sources", "mediums", "campaigns"],
        Signal::derive(move || {
            state.with(|state| match state.by {
                AttributedBy::Channel => 0,
                AttributedBy::Source => 1,
                AttributedBy::Medium => 2,
                AttributedBy::Campaign => 3,
            })
        }),
        move |at| {
            let by = [AttributedBy::Channel, AttributedBy::Source, AttributedBy::Medium, AttributedBy::Campaign];
            editing.change(|state| state.by = by.get(at).copied().unwrap_or_default());
        },
    );
    let measure = one_of(
        "Measure",
        &["conversions", "revenue"],
        Signal::derive(move || state.with(|state| state.measure as usize)),
        move |at| editing.change(|state| state.measure = if at == 0 { Measure::Conversions } else { Measure::Revenue }),
    );
    let count = one_of(
        "Conversions",
        &["every one", "each person's first"],
        Signal::derive(move || state.with(|state| state.count as usize)),
        move |at| {
            let count = if at == 0 { WhichConversions::All } else { WhichConversions::First };
            editing.change(|state| state.count = count);
        },
    );
    let unit = one_of(
        "Whose visits",
        &["each visitor's", "that very visit alone"],
        Signal::derive(move || state.with(|state| state.unit as usize)),
        move |at| editing.change(|state| state.unit = if at == 0 { Unit::Users } else { Unit::Sessions }),
    );
    let lookback = Signal::derive(move || {
        let chosen = state.with(|state| state.lookback).or_else(|| Length::read(USUAL_LOOKBACK));
        LOOKBACKS.map(|(name, words)| Choosable::new(name, words, Length::read(name) == chosen)).to_vec()
    });
    let choose_lookback = UnsyncCallback::new(move |name: String| {
        editing.change(|state| state.lookback = Length::read(&name).filter(|_| name != USUAL_LOOKBACK));
    });
    let also = |words: &'static str, choice: AnyView| {
        view! { <span class="build-also"><span class="muted" aria-hidden="true">{words}</span>{choice}</span> }
    };
    view! {
        <section class="card build" aria-label="Attribution" data-testid="builder">
            <div class="build-line">
                <span class="build-label" aria-hidden="true">"Conversion"</span>
                <div class="build-parts">{picker(asking, picking)}{fault(failure, "conversion")}</div>
            </div>
            <div class="build-line">
                <span class="build-label" aria-hidden="true">"Shared out"</span>
                <div class="build-parts">
                    {also("", measure)}
                    {also("to", by)}
                    {also("looking back", choice("Look-back".to_owned(), "lookback", "field", lookback, choose_lookback))}
                    {also("of conversions", count)}
                    {also("over visits:", unit)}
                    {fault(failure, "lookback")}
                    {fault(failure, "date_range")}
                </div>
            </div>
        </section>
    }
    .into_any()
}

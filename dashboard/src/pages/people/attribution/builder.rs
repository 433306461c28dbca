//! What a conversion is, and how far to look back.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::analysis::Length;

use super::super::asked::fault;
use super::super::options::also;
use super::super::picker::{Picking, picker};
use super::Editing;
use super::state::{BY, COUNT, MEASURES, UNITS};
use crate::components::choice::{Choosable, choice};

/// How far to look back: as the API writes it, and what people read.
const LOOKBACKS: [(&str, &str); 6] =
    [("1d", "a day"), ("7d", "7 days"), ("14d", "14 days"), ("30d", "30 days"), ("60d", "60 days"), ("90d", "90 days")];

/// Without a choice.
const USUAL_LOOKBACK: &str = "30d";

/// The card.
pub fn builder(editing: Editing) -> AnyView {
    let Editing { asking, state, asked, .. } = editing;
    let failure = asked.failure();
    let picking = Picking {
        id: "conversion".to_owned(),
        label: "Conversion".to_owned(),
        pattern: Signal::derive(move || state.with(|state| state.conversion.clone())),
        change: UnsyncCallback::new(move |next| editing.change(|state| state.conversion = next)),
    };
    let by = editing.one_of("Shared out to", BY, |state| state.by, |state, by| state.by = by);
    let measure = editing.one_of("Measure", MEASURES, |state| state.measure, |state, measure| state.measure = measure);
    let count = editing.one_of("Conversions", COUNT, |state| state.count, |state, count| state.count = count);
    let unit = editing.one_of("Whose visits", UNITS, |state| state.unit, |state, unit| state.unit = unit);
    let lookback = Signal::derive(move || {
        let chosen = state.with(|state| state.lookback).or_else(|| Length::read(USUAL_LOOKBACK));
        LOOKBACKS.map(|(name, words)| Choosable::new(name, words, Length::read(name) == chosen)).to_vec()
    });
    let choose_lookback = UnsyncCallback::new(move |name: String| {
        editing.change(|state| state.lookback = Length::read(&name).filter(|_| name != USUAL_LOOKBACK));
    });
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

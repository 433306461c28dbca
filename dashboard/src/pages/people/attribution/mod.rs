//! Attribution: which visits conversions are owed to.

mod builder;
mod result;
mod state;

use leptos::prelude::*;
use wire::analysis::AttributionAnswer;

use super::frame::Asking;
use super::pattern::{PAGEVIEW, Pattern};

use builder::builder;
use state::State;

/// The question shown, and the ways to change it.
type Editing = super::editing::Editing<State>;

/// The page.
pub fn page(asking: Asking) -> AnyView {
    let editing = Editing::of(asking);
    let is_begun = Memo::new(move |_| editing.state.with(|state| state.conversion != Pattern::default()));
    let body = move || if is_begun.get() { built(editing) } else { begin(editing) };
    view! { {body} }.into_any()
}

fn built(editing: Editing) -> AnyView {
    let is_open = editing.is_open();
    let hint = move || {
        is_open.get().then(|| {
            view! { <p class="card panel-empty muted people-hint">"Choose what a conversion is: the answer comes by itself."</p> }
        })
    };
    let asked = editing.asked;
    // What is shown of an answer depends on the address too.
    let shown = move |answer: &AttributionAnswer| result::drawn(editing, answer);
    view! { {builder(editing)}{hint}{asked.shown(shown)} }.into_any()
}

/// The page without a conversion.
fn begin(editing: Editing) -> AnyView {
    let known = editing.asking.known;
    known.ask();
    let new = move || {
        let state = State { conversion: Pattern::event(""), ..editing.state.get() };
        editing.address(&state)
    };
    let example = move || {
        let event = known.events.get().into_iter().find(|event| event != PAGEVIEW)?;
        let state = State { conversion: Pattern::event(&event), ..editing.state.get() };
        let href = editing.address(&state);
        Some(
            view! { <a class="button" href=href data-testid="example">"Try an example: "<b class="ellipsis">{event}</b></a> },
        )
    };
    view! {
        <section class="card people-begin" data-testid="begin">
            <h3>"Which visits are conversions owed to?"</h3>
            <p class="muted">
                "People often come several times before they convert. Attribution shares out each conversion, and what was paid with it, to the visits before it, by seven models side by side: where they agree you can be sure, where they differ you know why."
            </p>
            <p class="people-actions"><a class="button primary" href=new>"Choose a conversion"</a>{example}</p>
        </section>
    }
    .into_any()
}

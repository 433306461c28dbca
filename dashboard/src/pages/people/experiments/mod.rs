//! Experiments: whether who saw one variant does other than who saw another.

mod begin;
mod builder;
mod forest;
mod kept;
mod planned;
mod progress;
mod result;
mod state;

use leptos::prelude::*;

use super::frame::Asking;
use super::keeping::{Keepable, Keeping, meant, waiting};

use begin::begin;
use builder::builder;
use state::State;

/// The experiment shown, as the address says it, or as it is kept where the address says but its number; and the ways to change it.
type Editing = super::editing::Editing<State, Keeping>;

/// The page.
pub fn page(asking: Asking) -> AnyView {
    let keeping = Keeping::of(asking, State::kind());
    let editing = Editing::keeping(asking, keeping, meant(keeping));
    let is_begun = Memo::new(move |_| editing.state.with(|state| *state != state.bare(state.id().map(str::to_owned))));
    let is_coming = Memo::new(move |_| editing.state.with(|state| keeping.is_coming(state.id())));
    let body = move || match (is_begun.get(), is_coming.get()) {
        (false, true) => waiting(),
        (false, false) => begin(editing),
        (true, _) => built(editing),
    };
    view! { {body} }.into_any()
}

fn built(editing: Editing) -> AnyView {
    let is_open = editing.is_open();
    let hint = move || {
        is_open.get().then(|| {
            view! {
                <p class="card panel-empty muted people-hint">
                    "Say which property tells the variant, and what is to be compared: the answer comes by itself."
                </p>
            }
        })
    };
    let asked = editing.asked;
    view! { {builder(editing)}{hint}{asked.shown(move |answer| result::drawn(editing, answer))} }.into_any()
}

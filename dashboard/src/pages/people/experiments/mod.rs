//! Experiments: whether who saw one variant does other than who saw another.

mod begin;
mod builder;
mod forest;
mod result;
mod state;

use leptos::prelude::*;

use super::frame::Asking;

use begin::begin;
use builder::builder;
use state::State;

/// The question shown, and the ways to change it.
type Editing = super::editing::Editing<State>;

/// The page.
pub fn page(asking: Asking) -> AnyView {
    let editing = Editing::of(asking);
    let is_begun = Memo::new(move |_| editing.state.with(|state| *state != State::default()));
    let body = move || if is_begun.get() { built(editing) } else { begin(editing) };
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

//! Paths: what people do next, or did before.

mod builder;
mod columns;
mod layout;
mod result;
mod state;

use leptos::prelude::*;

use super::frame::Asking;

use builder::builder;
use state::State;

/// The question shown, and the ways to change it.
type Editing = super::editing::Editing<State>;

/// The page.
pub fn page(asking: Asking) -> AnyView {
    let editing = Editing::of(asking);
    view! { {builder(editing)}{editing.asked.shown(move |answer| result::drawn(editing, answer))} }.into_any()
}

//! Segments: people by what they did, counted while they are described, and kept under a name.

mod begin;
mod builder;
mod kept;
mod result;
mod rule;
mod state;
mod words;

use leptos::prelude::*;

use super::frame::Asking;
use super::keeping::meant;

use begin::begin;
use builder::builder;
use kept::Nameable;
use result::result;
use state::State;

/// The segment shown, as the address says it, or as it is kept where the address says but its number; and the ways to change it.
type Editing = super::editing::Editing<State, Nameable>;

/// The page.
pub fn page(asking: Asking) -> AnyView {
    let keeping = Nameable::of(asking);
    let editing = Editing::keeping(asking, keeping, meant(keeping.segments));
    let is_empty = Memo::new(move |_| editing.state.with(|state| state.rules.is_empty()));
    let body = move || match is_empty.get() {
        true => begin(editing),
        false => view! { {builder(editing)}{result(editing)} }.into_any(),
    };
    body.into_any()
}

//! Funnels: who did several things one after the other, and where the others stopped.

mod begin;
mod builder;
mod kept;
mod result;
mod state;

use leptos::prelude::*;

use super::frame::Asking;
use super::keeping::{Keepable, Keeping, meant, waiting};

pub use begin::NO_STEPS;
use begin::begin;
use builder::builder;
pub use kept::FUNNELS;
use result::result;
use state::State;

/// The funnel shown, as the address says it, or as it is kept where the address says but its name; and the ways to change it.
type Editing = super::editing::Editing<State, Keeping>;

/// The page.
pub fn page(asking: Asking) -> AnyView {
    let keeping = Keeping::of(asking, State::kind());
    let editing = Editing::keeping(asking, keeping, meant(keeping));
    let is_empty = Memo::new(move |_| editing.state.with(|state| state.steps.is_empty()));
    let is_coming = Memo::new(move |_| editing.state.with(|state| keeping.is_coming(state.id())));
    let body = move || match (is_empty.get(), is_coming.get()) {
        (true, true) => waiting(),
        (true, false) => begin(editing),
        (false, _) => view! { {builder(editing)}{result(editing)} }.into_any(),
    };
    body.into_any()
}

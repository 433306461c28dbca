//! Funnels: who did several things one after the other, and where the others stopped.

mod begin;
mod builder;
mod kept;
mod result;
mod state;

use leptos::prelude::*;

use super::frame::Asking;

pub use begin::NO_STEPS;
use begin::begin;
use builder::builder;
use kept::Keeping;
use result::result;
use state::State;

/// The funnel shown, as the address says it, or as it is kept where the address says but its name; and the ways to change it.
type Editing = super::editing::Editing<State, Keeping>;

/// The page.
pub fn page(asking: Asking) -> AnyView {
    let keeping = Keeping::of(asking);
    let editing = Editing::keeping(asking, keeping, move |said: State| {
        let kept = said.funnel.as_deref().filter(|_| said.steps.is_empty()).and_then(|name| keeping.find(name));
        kept.map(|kept| State { by: said.by, ..State::of(&kept.funnel_id, &kept.definition) }).unwrap_or(said)
    });
    let state = editing.state;
    let is_empty = Memo::new(move |_| state.with(|state| state.steps.is_empty()));
    let is_coming =
        Memo::new(move |_| state.with(|state| state.funnel.is_some()) && keeping.list.with(Option::is_none));
    let body = move || match (is_empty.get(), is_coming.get()) {
        (true, true) => view! { <div class="card people-waiting skeleton" aria-hidden="true"></div> }.into_any(),
        (true, false) => begin(editing),
        (false, _) => view! { {builder(editing)}{result(editing)} }.into_any(),
    };
    body.into_any()
}

//! Funnels: who did several things one after the other, and where the others stopped.

mod begin;
mod builder;
mod kept;
mod result;
mod state;

use leptos::prelude::*;
use wire::analysis::FunnelAnswer;

use super::asked::Asked;
use super::frame::Asking;

pub use begin::NO_STEPS;
use begin::begin;
use builder::builder;
use kept::Keeping;
use result::result;
use state::State;

/// The funnel shown, and the ways to change it.
#[derive(Clone, Copy)]
struct Editing {
    asking: Asking,
    keeping: Keeping,
    /// The funnel: as the address says it, or as it is kept where the address says but its name.
    state: Memo<State>,
    asked: Asked<FunnelAnswer>,
}

impl Editing {
    /// Another funnel: one step of the history.
    fn change(self, edit: impl FnOnce(&mut State)) {
        let mut next = self.state.get_untracked();
        edit(&mut next);
        self.asking.say(next.said());
    }
}

/// The page.
pub fn page(asking: Asking) -> AnyView {
    let keeping = Keeping::of(asking);
    let state = Memo::new(move |_| {
        let said = State::read(&asking.said());
        let kept = said.funnel.as_deref().filter(|_| said.steps.is_empty()).and_then(|name| keeping.find(name));
        match kept {
            Some(kept) => {
                State { by: said.by, segments: said.segments, ..State::of(&kept.funnel_id, &kept.definition) }
            }
            None => said,
        }
    });
    let question = Memo::new(move |_| {
        let query = state.with(|state| state.query(asking))?;
        serde_json::to_string(&query).ok()
    });
    let asked: Asked<FunnelAnswer> = Asked::keep("/api/v1/funnel", question);
    Effect::new(move || {
        if let Some(answer) = asked.answer() {
            asking.note_zone(&answer.meta.time_zone);
        }
    });
    let editing = Editing { asking, keeping, state, asked };
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

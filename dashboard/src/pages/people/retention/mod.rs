//! Retention: who came back.

mod builder;
mod result;
mod state;

use leptos::prelude::*;
use wire::analysis::RetentionAnswer;

use super::asked::Asked;
use super::frame::Asking;

use builder::builder;
use state::State;

/// The question shown, and the ways to change it.
#[derive(Clone, Copy)]
struct Editing {
    asking: Asking,
    state: Memo<State>,
    asked: Asked<RetentionAnswer>,
}

impl Editing {
    /// Another question: one step of the history.
    fn change(self, edit: impl FnOnce(&mut State)) {
        let mut next = self.state.get_untracked();
        edit(&mut next);
        self.asking.say(next.said());
    }
}

/// The page.
pub fn page(asking: Asking) -> AnyView {
    let state = Memo::new(move |_| State::read(&asking.said()));
    let question = Memo::new(move |_| {
        let query = state.with(|state| state.query(asking))?;
        serde_json::to_string(&query).ok()
    });
    let asked: Asked<RetentionAnswer> = Asked::keep("/api/v1/retention", question);
    Effect::new(move || {
        if let Some(answer) = asked.answer() {
            asking.note_zone(&answer.meta.time_zone);
        }
    });
    let editing = Editing { asking, state, asked };
    view! { {builder(editing)}{asked.shown(move |answer| result::drawn(editing, answer))} }.into_any()
}

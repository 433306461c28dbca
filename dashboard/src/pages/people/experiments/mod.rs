//! Experiments: whether who saw one variant does other than who saw another.

mod begin;
mod builder;
mod forest;
mod result;
mod state;

use leptos::prelude::*;
use wire::analysis::ExperimentAnswer;

use super::asked::Asked;
use super::frame::Asking;

use begin::begin;
use builder::builder;
use state::State;

/// The question shown, and the ways to change it.
#[derive(Clone, Copy)]
struct Editing {
    asking: Asking,
    state: Memo<State>,
    asked: Asked<ExperimentAnswer>,
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
    let asked: Asked<ExperimentAnswer> = Asked::keep("/api/v1/experiment", question);
    Effect::new(move || {
        if let Some(answer) = asked.answer() {
            asking.note_zone(&answer.meta.time_zone);
        }
    });
    let editing = Editing { asking, state, asked };
    let is_begun = Memo::new(move |_| state.with(|state| *state != State::default()));
    let body = move || if is_begun.get() { built(editing) } else { begin(editing) };
    view! { {body} }.into_any()
}

fn built(editing: Editing) -> AnyView {
    let is_open = Memo::new(move |_| editing.state.with(|state| state.query(editing.asking).is_none()));
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

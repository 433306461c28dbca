//! Lifecycle: who is new, returns, comes back after a break or stays away; and how often people come.

mod result;
mod state;

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::analysis::LifecycleAnswer;

use super::asked::{Asked, fault};
use super::by::by_choice;
use super::frame::Asking;
use super::options::one_of;
use super::picker::{Picking, picker};

use result::drawn;
use state::{INTERVALS, State, UNITS};

/// What is asked, and the ways to change it.
#[derive(Clone, Copy)]
struct Editing {
    asking: Asking,
    state: Memo<State>,
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
    let editing = Editing { asking, state };
    let question = Memo::new(move |_| state.with(|state| serde_json::to_string(&state.query(asking)).ok()));
    let asked: Asked<LifecycleAnswer> = Asked::keep("/api/v1/lifecycle", question);
    Effect::new(move || {
        if let Some(answer) = asked.answer() {
            asking.note_zone(&answer.meta.time_zone);
        }
    });
    view! { {builder(editing, asked)}{asked.shown(move |answer| drawn(editing, answer))} }.into_any()
}

fn builder(editing: Editing, asked: Asked<LifecycleAnswer>) -> AnyView {
    let Editing { asking, state } = editing;
    let failure = asked.failure();
    let picking = Picking {
        id: "active".to_owned(),
        label: "Active by".to_owned(),
        pattern: Signal::derive(move || state.with(|state| state.active.clone())),
        change: UnsyncCallback::new(move |pattern| editing.change(|state| state.active = pattern)),
    };
    let interval = Signal::derive(move || state.with(|state| state.interval(asking)));
    let unit = Signal::derive(move || state.with(|state| state.unit));
    let by = Signal::derive(move || state.with(|state| state.by));
    view! {
        <section class="card build" aria-label="Question" data-testid="builder">
            <div class="build-line">
                <span class="build-label" aria-hidden="true">"Active by"</span>
                <div class="build-parts">{picker(asking, picking)}{fault(failure, "active")}</div>
            </div>
            <div class="build-line">
                <span class="build-label" aria-hidden="true">"Counted"</span>
                <div class="build-parts">
                    {one_of("Interval", INTERVALS, interval, move |interval| editing.change(|state| state.interval = Some(interval)))}
                    {one_of("Counted by", UNITS, unit, move |unit| editing.change(|state| state.unit = unit))}
                    <span class="build-also">
                        <span class="muted" aria-hidden="true">"by"</span>
                        {by_choice(asking, by, UnsyncCallback::new(move |by| editing.change(|state| state.by = by)))}
                    </span>
                    {fault(failure, "date_range")}
                    {fault(failure, "breakdown_by")}
                </div>
            </div>
        </section>
    }
    .into_any()
}

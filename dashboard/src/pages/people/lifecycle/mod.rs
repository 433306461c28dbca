//! Lifecycle: who is new, returns, comes back after a break or stays away; and how often people come.

mod result;
mod state;

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;

use super::asked::fault;
use super::by::by_choice;
use super::frame::Asking;
use super::options::{also, one_of};
use super::picker::{Picking, picker};

use result::drawn;
use state::{INTERVALS, State, UNITS};

/// What is asked, and the ways to change it.
type Editing = super::editing::Editing<State>;

/// The page.
pub fn page(asking: Asking) -> AnyView {
    let editing = Editing::of(asking);
    view! { {builder(editing)}{editing.asked.shown(move |answer| drawn(editing, answer))} }.into_any()
}

fn builder(editing: Editing) -> AnyView {
    let Editing { asking, state, asked, .. } = editing;
    let failure = asked.failure();
    let picking = Picking {
        id: "active".to_owned(),
        label: "Active by".to_owned(),
        pattern: Signal::derive(move || state.with(|state| state.active.clone())),
        change: UnsyncCallback::new(move |pattern| editing.change(|state| state.active = pattern)),
    };
    let interval = Signal::derive(move || state.with(|state| state.interval(asking)));
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
                    {editing.one_of("Counted by", UNITS, |state| state.unit, |state, unit| state.unit = unit)}
                    {also("by", by_choice(asking, by, UnsyncCallback::new(move |by| editing.change(|state| state.by = by))))}
                    {fault(failure, "date_range")}
                    {fault(failure, "breakdown_by")}
                </div>
            </div>
        </section>
    }
    .into_any()
}

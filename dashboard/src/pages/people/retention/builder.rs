//! What coming first and returning are, and how they count.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::limits::RETENTION_PERIODS_MAX;

use super::super::asked::fault;
use super::super::by::by_choice;
use super::super::options::also;
use super::super::pattern::Pattern;
use super::super::picker::{Picking, picker};
use super::Editing;
use super::state::{FIRST_IN, INTERVALS, RETURNED, State};
use crate::components::choice::{Choosable, choice};

/// Numbers of periods in the table.
const COLUMNS: [usize; 5] = [7, 14, 30, 60, RETENTION_PERIODS_MAX];

/// The card.
pub fn builder(editing: Editing) -> AnyView {
    let Editing { asking, state, asked, .. } = editing;
    let failure = asked.failure();
    let line =
        move |words: &'static str, field: &'static str, get: fn(&State) -> &Pattern, set: fn(&mut State, Pattern)| {
            let picking = Picking {
                id: field.to_owned(),
                label: words.to_owned(),
                pattern: Signal::derive(move || state.with(|state| get(state).clone())),
                change: UnsyncCallback::new(move |next| editing.change(|state| set(state, next))),
            };
            view! {
                <div class="build-line">
                    <span class="build-label" aria-hidden="true">{words}</span>
                    <div class="build-parts">{picker(asking, picking)}{fault(failure, field)}</div>
                </div>
            }
        };
    let intervals = editing.one_of(
        "Length of a period",
        INTERVALS,
        |state| state.interval,
        |state, interval| {
            state.interval = interval;
            state.columns = None;
        },
    );
    let returned =
        editing.one_of("Counts as returned", RETURNED, |state| state.returned, |state, next| state.returned = next);
    let first_in = editing.one_of("Newcomers", FIRST_IN, |state| state.first_in, |state, next| state.first_in = next);
    let columns = Signal::derive(move || {
        let chosen = state.with(State::columns);
        let mut all: Vec<_> = COLUMNS.into_iter().chain([chosen]).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().map(|count| Choosable::new(count.to_string(), count.to_string(), count == chosen)).collect()
    });
    let choose_columns =
        UnsyncCallback::new(move |chosen: String| editing.change(|state| state.columns = chosen.parse().ok()));
    let by = UnsyncCallback::new(move |by| editing.change(|state| state.by = by));
    view! {
        <section class="card build" aria-label="Retention" data-testid="builder">
            {line("First", "first", |state| &state.first, |state, next| state.first = next)}
            {line("Returning", "returning", |state| &state.returning, |state, next| state.returning = next)}
            <div class="build-line">
                <span class="build-label" aria-hidden="true">"Counted"</span>
                <div class="build-parts">
                    {also("by", intervals)}
                    {also("of those", first_in)}
                    {also("back", returned)}
                    {also("periods", choice("Periods in the table".to_owned(), "columns", "field", columns, choose_columns))}
                    {fault(failure, "periods")}
                    {fault(failure, "date_range")}
                </div>
            </div>
            <div class="build-line">
                <span class="build-label" aria-hidden="true">"Broken down by"</span>
                <div class="build-parts">
                    {by_choice(asking, Signal::derive(move || state.with(|state| state.by)), by)}
                    {fault(failure, "breakdown_by")}
                </div>
            </div>
        </section>
    }
    .into_any()
}

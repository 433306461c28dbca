//! Where ways begin or end, and what a step is.

use leptos::callback::UnsyncCallback;
use leptos::html::Input;
use leptos::prelude::*;
use wire::limits::PATH_GROUPS_MAX;

use super::super::asked::fault;
use super::super::options::also;
use super::super::picker::{Picking, picker};
use super::Editing;
use super::state::{DIRECTIONS, Group, NODES, REPEATS, State, UNITS};
use crate::components::choice::{Choosable, choice};
use crate::components::form::focus_later;

/// Steps that may be followed.
const DEPTHS: [usize; 6] = [2, 3, 4, 5, 7, 10];

/// Steps that may be told apart in a column.
const LIMITS: [usize; 4] = [5, 8, 15, 30];

/// The card.
pub fn builder(editing: Editing) -> AnyView {
    let Editing { asking, state, asked, .. } = editing;
    let failure = asked.failure();
    let picking = Picking {
        id: "from".to_owned(),
        label: "Where ways begin or end".to_owned(),
        pattern: Signal::derive(move || state.with(|state| state.from.clone())),
        change: UnsyncCallback::new(move |next| editing.change(|state| state.from = next)),
    };
    let directions =
        editing.one_of("Direction", DIRECTIONS, |state| state.direction, |state, next| state.direction = next);
    let units = editing.one_of("Counted by", UNITS, |state| state.unit, |state, unit| state.unit = unit);
    let nodes = editing.one_of("Steps are", NODES, |state| state.nodes, |state, nodes| state.nodes = nodes);
    let repeats =
        editing.one_of("The same step again", REPEATS, |state| state.repeats, |state, next| state.repeats = next);
    let number =
        move |label: &'static str, all: &'static [usize], get: fn(&State) -> usize, set: fn(&mut State, usize)| {
            let list = Signal::derive(move || {
                let chosen = state.with(get);
                let mut all: Vec<_> = all.iter().copied().chain([chosen]).collect();
                all.sort_unstable();
                all.dedup();
                all.into_iter().map(|one| Choosable::new(one.to_string(), one.to_string(), one == chosen)).collect()
            });
            let choose = UnsyncCallback::new(move |chosen: String| {
                if let Ok(chosen) = chosen.parse() {
                    editing.change(|state| set(state, chosen));
                }
            });
            choice(label.to_owned(), "", "field", list, choose)
        };
    view! {
        <section class="card build" aria-label="Paths" data-testid="builder">
            <div class="build-line">
                <span class="build-label" aria-hidden="true">"Ways"</span>
                <div class="build-parts">{directions}{picker(asking, picking)}{fault(failure, "from")}</div>
            </div>
            <div class="build-line">
                <span class="build-label" aria-hidden="true">"Counted"</span>
                <div class="build-parts">
                    {also("by", units)}
                    {also("steps are", nodes)}
                    {also("the same again", repeats)}
                    {also("steps", number("Steps followed", &DEPTHS, |state| state.depth, |state, depth| state.depth = depth))}
                    {also("in a column", number("Steps in a column", &LIMITS, |state| state.limit, |state, limit| state.limit = limit))}
                    {fault(failure, "depth")}
                    {fault(failure, "limit")}
                </div>
            </div>
            {groups(editing)}
        </section>
    }
    .into_any()
}

/// Pages that are one step under a name.
fn groups(editing: Editing) -> AnyView {
    let Editing { asking, state, asked, .. } = editing;
    let is_open = RwSignal::new(false);
    let pills = move || {
        let groups = state.with(|state| state.groups.clone());
        let pills = groups.into_iter().enumerate().map(|(at, group)| {
            let words = format!("{} = {}", group.name, group.pages.join(" or "));
            let remove = move |_| {
                editing.change(|state| {
                    if at < state.groups.len() {
                        state.groups.remove(at);
                    }
                });
                focus_later("add-group".to_owned());
            };
            view! {
                <span class="pill">
                    <span class="ellipsis" title=words.clone()>{words.clone()}</span>
                    <button type="button" aria-label=format!("Remove the group {words}") on:click=remove>"×"</button>
                </span>
            }
        });
        pills.collect_view()
    };
    let form = move || is_open.get().then(|| group_form(editing, is_open));
    let is_full = move || state.with(|state| state.groups.len() >= PATH_GROUPS_MAX);
    asking.known.ask();
    view! {
        <div class="build-line" role="group" aria-label="Groups of pages">
            <span class="build-label">"Groups of pages"</span>
            <div class="build-parts">
                {pills}
                <button
                    type="button"
                    id="add-group"
                    class="button quiet add"
                    hidden=is_full
                    aria-expanded=move || is_open.get().to_string()
                    on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)
                >
                    {move || if is_open.get() { "Cancel" } else { "Add group" }}
                </button>
                {form}
                {fault(asked.failure(), "groups")}
            </div>
        </div>
    }
    .into_any()
}

fn group_form(editing: Editing, is_open: RwSignal<bool>) -> AnyView {
    let (name, pages) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let input = NodeRef::<Input>::new();
    Effect::new(move || {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let pages = pages.with_untracked(|pages| pages.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let name = name.with_untracked(|name| name.trim().to_owned());
        if name.is_empty() || pages.is_empty() {
            return;
        }
        is_open.set(false);
        editing.change(|state| state.groups.push(Group { name, pages }));
        focus_later("add-group".to_owned());
    };
    view! {
        <form class="new-test" on:submit=submit>
            <input class="field" node_ref=input aria-label="Name of the group" placeholder="Name, such as Docs" maxlength="100"
                on:input=move |event| name.set(event_target_value(&event))/>
            <input class="field" aria-label="Paths of the group" placeholder="/docs/** /help/*" maxlength="500"
                on:input=move |event| pages.set(event_target_value(&event))/>
            <button type="submit" class="button">"Add"</button>
        </form>
    }
    .into_any()
}

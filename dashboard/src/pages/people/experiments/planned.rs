//! What is set before an experiment starts: who is meant to see which variant, how many people, and when.

use leptos::prelude::*;
use wire::limits::EXPERIMENT_VARIANTS_MAX;

use super::super::asked::fault;
use super::super::number::number;
use super::super::options::also;
use super::Editing;
use super::state::State;
use crate::components::form::focus_later;
use crate::components::{Icon, Picture};
use crate::format;

/// The variants with their weights, or that they are as they are seen.
pub fn variants(editing: Editing) -> AnyView {
    let Editing { state, asked, .. } = editing;
    let count = Memo::new(move |_| state.with(|state| state.variants.len()));
    let lines = move || (0..count.get()).map(|at| variant(editing, at)).collect_view();
    let seen = move || asked.answer().map(|answer| answer.variants.iter().map(|one| one.name.clone()).collect());
    let options = move || {
        let seen: Vec<String> = seen().unwrap_or_default();
        seen.into_iter().map(|name| view! { <option value=name></option> }).collect_view()
    };
    let add = move |_| {
        let at = count.get_untracked();
        let seen: Vec<String> = untrack(seen).unwrap_or_default();
        editing.change(|state| match at {
            0 if seen.len() > 1 => state.variants = seen.into_iter().map(|name| (name, 1.0)).collect(),
            0 => state.variants = vec![(String::new(), 1.0); 2],
            _ => state.variants.push((String::new(), 1.0)),
        });
        focus_later(format!("variant-{at}"));
    };
    let is_full = move || count.get() >= EXPERIMENT_VARIANTS_MAX;
    let words = move || if count.get() == 0 { "Set weights" } else { "Add variant" };
    view! {
        <div class="build-line">
            <span class="build-label" aria-hidden="true">"Variants"</span>
            <div class="build-parts">
                <ol class="steps measure-metrics" aria-label="Variants and their weights">{lines}</ol>
                <datalist id="variant-list">{options}</datalist>
                <span class="measure-hint" hidden=move || count.get() != 0>"as they are seen, meant for as many people each"</span>
                <button
                    type="button"
                    class="button quiet add"
                    id="add-variant"
                    hidden=is_full
                    on:click=add
                >
                    {words}
                </button>
                {fault(asked.failure(), "variants")}
            </div>
        </div>
    }
    .into_any()
}

fn variant(editing: Editing, at: usize) -> AnyView {
    let state = editing.state;
    let place = at + 1;
    let variant = Memo::new(move |_| state.with(|state| state.variants.get(at).cloned()).unwrap_or_default());
    let edit = move |edit: &dyn Fn(&mut (String, f64))| {
        editing.change(|state| state.variants.get_mut(at).into_iter().for_each(edit));
    };
    let name = move |event: web_sys::Event| {
        let typed = event_target_value(&event);
        edit(&|(name, _)| typed.trim().clone_into(name));
    };
    let weigh = move |typed: String| {
        let typed = typed.parse().ok().filter(|weight: &f64| weight.is_finite()).unwrap_or(1.0);
        edit(&|(_, weight)| *weight = typed);
    };
    let share = move || {
        let all: f64 = state.with(|state| state.variants.iter().map(|(_, weight)| weight.max(0.0)).sum());
        let part = variant.with(|(_, weight)| weight.max(0.0));
        (all > 0.0).then(|| format!("{} of the people", format::percent(part / all)))
    };
    let remove = move |_| {
        editing.change(|state| {
            if at < state.variants.len() {
                state.variants.remove(at);
            }
        });
        focus_later("add-variant".to_owned());
    };
    view! {
        <li class="step">
            <input
                class="field measure-variant"
                id=format!("variant-{at}")
                list="variant-list"
                placeholder="Value, such as A"
                aria-label=format!("Variant {place}: value")
                spellcheck="false"
                autocomplete="off"
                autocapitalize="none"
                maxlength="500"
                prop:value=move || variant.with(|(name, _)| name.clone())
                on:change=name
            />
            {also("weight", number(
                format!("Variant {place}: weight"),
                ("0", "any"),
                move || variant.with(|(_, weight)| weight.to_string()),
                weigh,
            ))}
            <span class="measure-hint">{share}</span>
            <span class="step-tools">
                <button
                    type="button"
                    class="icon-button"
                    aria-label=format!("Remove variant {place}")
                    title="Remove"
                    on:click=remove
                >
                    <Icon picture=Picture::CROSS/>
                </button>
            </span>
        </li>
    }
    .into_any()
}

/// How many people are planned, and on which days they are exposed.
pub fn planned(editing: Editing) -> AnyView {
    let Editing { state, asked, .. } = editing;
    let failure = asked.failure();
    let people = number(
        "People planned".to_owned(),
        ("1", "1"),
        move || state.with(|state| state.planned.map(|planned| planned.to_string())).unwrap_or_default(),
        move |typed| editing.change(|state| state.planned = typed.parse().ok()),
    );
    let day = move |label: &'static str, get: fn(&State) -> &String, set: fn(&mut State, String)| {
        view! {
            <input
                class="field"
                type="date"
                aria-label=label
                prop:value=move || state.with(|state| get(state).clone())
                on:change=move |event| editing.change(|state| set(state, event_target_value(&event)))
            />
        }
        .into_any()
    };
    let has_days = Memo::new(move |_| state.with(|state| !state.started.is_empty()));
    let first = day("First day", |state| &state.started, |state, day| state.started = day);
    let last = move || {
        let last = || also("to", day("Last day", |state| &state.ended, |state, day| state.ended = day));
        has_days.get().then(last)
    };
    let hint = move || match has_days.get() {
        true => "its own days count, not the period above",
        false => "without a first day the period above counts",
    };
    view! {
        <div class="build-line">
            <span class="build-label" aria-hidden="true">"Planned"</span>
            <div class="build-parts">
                {also("people in all", people)}
                {also("exposed from", first)}
                {last}
                <span class="measure-hint">{hint}</span>
                {fault(failure, "planned_users")}
                {fault(failure, "date_range")}
            </div>
        </div>
    }
    .into_any()
}

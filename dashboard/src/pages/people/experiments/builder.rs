//! What tells the variant, what is compared, and how.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::analysis::Length;
use wire::limits::EXPERIMENT_METRICS_MAX;

use super::super::asked::fault;
use super::super::keeping::keeping_bar;
use super::super::options::also;
use super::super::pattern::Pattern;
use super::super::picker::{Picking, picker};
use super::Editing;
use super::planned::{planned, variants};
use super::state::{Compared, DECIDE, KINDS, UNITS};
use crate::components::choice::{Choosable, choice};
use crate::components::form::focus_later;
use crate::components::{Icon, Picture};

/// How long behind the first exposure something may count: as the API writes it, and what people read.
const WITHIN: [(&str, &str); 6] = [
    ("", "the whole period"),
    ("1h", "an hour"),
    ("1d", "a day"),
    ("7d", "7 days"),
    ("14d", "14 days"),
    ("30d", "30 days"),
];

/// Effects that one may look for, percent.
const EFFECTS: [f64; 6] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0];

/// The effect that is looked for without a choice.
const USUAL_EFFECT: f64 = 10.0;

/// The card.
pub fn builder(editing: Editing) -> AnyView {
    let Editing { asking, state, asked, .. } = editing;
    let failure = asked.failure();
    asking.known.ask();
    let property = move |event: web_sys::Event| {
        let value = event_target_value(&event);
        editing.change(|state| {
            state.property = value.trim().to_owned();
            state.control = String::new();
        });
    };
    let properties = move || {
        let known = asking.known.properties.get().into_iter();
        known.map(|name| view! { <option value=name></option> }).collect_view()
    };
    let exposure = Picking {
        id: "exposure".to_owned(),
        label: "Exposed by".to_owned(),
        pattern: Signal::derive(move || state.with(|state| state.exposure.clone())),
        change: UnsyncCallback::new(move |next| editing.change(|state| state.exposure = next)),
    };
    let own = move || {
        let own = state.with(|state| (!state.own.is_empty()).then(|| serde_json::to_string(&state.own)))?.ok()?;
        Some(
            view! { <p class="muted measure-own">"Filters of its own hold beside those above: "<code>{own}</code></p> },
        )
    };
    view! {
        <section class="card build" aria-label="Experiment" data-testid="builder">
            <div class="people-bar">
                {keeping_bar(editing, editing.keeping)}
                <a class="button quiet" href=move || asking.address(Default::default())>"All experiments"</a>
            </div>
            <div class="build-line">
                <label class="build-label" for="property">"Variant is told by"</label>
                <div class="build-parts">
                    <input
                        class="field"
                        id="property"
                        list="property-list"
                        placeholder="Property, such as variant"
                        spellcheck="false"
                        autocomplete="off"
                        autocapitalize="none"
                        maxlength="64"
                        prop:value=move || state.with(|state| state.property.clone())
                        on:change=property
                    />
                    <datalist id="property-list">{properties}</datalist>
                    {fault(failure, "property")}
                </div>
            </div>
            <div class="build-line">
                <span class="build-label" aria-hidden="true">"Exposed by"</span>
                <div class="build-parts">{picker(asking, exposure)}{fault(failure, "exposure")}</div>
            </div>
            {variants(editing)}
            {metrics(editing)}
            {counted(editing)}
            {planned(editing)}
            {own}
        </section>
    }
    .into_any()
}

fn metrics(editing: Editing) -> AnyView {
    let Editing { state, asked, .. } = editing;
    let count = Memo::new(move |_| state.with(|state| state.metrics.len()));
    let lines = move || (0..count.get()).map(|at| metric(editing, at)).collect_view();
    let add = move |one: fn() -> Compared| {
        move |_| {
            let at = count.get_untracked();
            editing.change(|state| state.metrics.push(one()));
            focus_later(format!("metric-{at}-value"));
        }
    };
    let is_full = move || count.get() >= EXPERIMENT_METRICS_MAX;
    view! {
        <div class="build-line">
            <span class="build-label" aria-hidden="true">"Compared by"</span>
            <div class="build-parts">
                <ol class="steps measure-metrics">{lines}</ol>
                <span class="steps-more" hidden=is_full>
                    <button
                        type="button"
                        class="button quiet add"
                        id="add-metric"
                        on:click=add(Compared::conversion)
                    >
                        "Add a conversion"
                    </button>
                    <button type="button" class="button quiet add" on:click=add(Compared::revenue)>
                        "Add revenue"
                    </button>
                </span>
                {fault(asked.failure(), "metrics")}
            </div>
        </div>
    }
    .into_any()
}

fn metric(editing: Editing, at: usize) -> AnyView {
    let Editing { asking, state, .. } = editing;
    let metric = Memo::new(move |_| state.with(|state| state.metrics.get(at).cloned()));
    let number = at + 1;
    let picking = Picking {
        id: format!("metric-{at}"),
        label: format!("Metric {number}"),
        pattern: Signal::derive(move || {
            metric.with(|metric| metric.as_ref().map(|one| one.pattern.clone()).unwrap_or_default())
        }),
        change: UnsyncCallback::new(move |next: Pattern| {
            editing.change(|state| {
                if let Some(one) = state.metrics.get_mut(at) {
                    // A name of one's own was that of other events.
                    let name = if one.pattern.value() == next.value() { next.name.clone() } else { String::new() };
                    one.pattern = Pattern { name, ..next };
                }
            });
        }),
    };
    let words = move || {
        let kind = metric.with(|metric| metric.as_ref().map(|one| one.kind));
        KINDS.iter().find(|(known, ..)| Some(*known) == kind).map_or("", |(.., words)| words)
    };
    let remove = move |_| {
        editing.change(|state| {
            if at < state.metrics.len() {
                state.metrics.remove(at);
            }
        });
        focus_later("add-metric".to_owned());
    };
    view! {
        <li class="step">
            <span class="measure-kind muted">{words}</span>
            {picker(asking, picking)}
            <span class="step-tools">
                <button
                    type="button"
                    class="icon-button"
                    aria-label=format!("Remove metric {number}")
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

fn counted(editing: Editing) -> AnyView {
    let Editing { state, asked, .. } = editing;
    let unit = editing.one_of("Counted by", UNITS, |state| state.unit, |state, unit| state.unit = unit);
    let decide = editing.one_of("Decided", DECIDE, |state| state.decide, |state, decide| state.decide = decide);
    let within = Signal::derive(move || {
        let chosen = state.with(|state| state.within);
        let one = |(name, words)| Choosable::new(name, words, Length::read(name) == chosen);
        WITHIN.map(one).to_vec()
    });
    let choose_within =
        UnsyncCallback::new(move |name: String| editing.change(|state| state.within = Length::read(&name)));
    let effect = Signal::derive(move || {
        let chosen = state.with(|state| state.effect).unwrap_or(USUAL_EFFECT);
        let one =
            |effect: f64| Choosable::new(effect.to_string(), format!("{effect}%"), (effect - chosen).abs() < 1e-9);
        EFFECTS.into_iter().map(one).collect()
    });
    let choose_effect = UnsyncCallback::new(move |name: String| {
        editing.change(|state| {
            state.effect = name.parse().ok().filter(|effect: &f64| (effect - USUAL_EFFECT).abs() > 1e-9)
        });
    });
    let control = Signal::derive(move || {
        let chosen = state.with(|state| state.control.clone());
        let seen = asked.answer().map(|answer| answer.variants.iter().map(|one| one.name.clone()).collect::<Vec<_>>());
        let mut seen = seen.unwrap_or_default();
        seen.sort_unstable();
        if !chosen.is_empty() && !seen.contains(&chosen) {
            seen.push(chosen.clone());
        }
        let seen = seen.into_iter().map(|name| Choosable::new(name.clone(), name.clone(), name == chosen));
        [Choosable::new("", "the first", chosen.is_empty())].into_iter().chain(seen).collect()
    });
    let choose_control = UnsyncCallback::new(move |name: String| editing.change(|state| state.control = name));
    let failure = asked.failure();
    view! {
        <div class="build-line">
            <span class="build-label" aria-hidden="true">"Counted"</span>
            <div class="build-parts">
                {also("by", unit)}
                {also("within", choice("Counts within".to_owned(), "within", "field", within, choose_within))}
                {also("against", choice("Compared with".to_owned(), "control", "field", control, choose_control))}
                {also("looking for", choice("Effect looked for".to_owned(), "effect", "field", effect, choose_effect))}
                {also("decided", decide)}
                {fault(failure, "control")}
            </div>
        </div>
    }
    .into_any()
}

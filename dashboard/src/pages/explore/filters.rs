//! Filters: those that hold as pills, and a form for one more that suggests values.

use std::time::Duration;

use leptos::callback::UnsyncCallback;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::query::{Cell, Dimension, Filter, Metric, Operator, Query};

use super::builder::dimensions;
use super::names::Named;
use super::page::Editing;
use super::words::{self, OPERATORS};
use crate::api;
use crate::components::choice::{Choosable, choice};
use crate::kept::Segment;
use crate::view::filter::Condition;

/// Values suggested.
const SUGGESTED: usize = 20;

/// How long typing must rest before values are asked for.
const REST: Duration = Duration::from_millis(200);

/// The filters.
#[component]
pub fn Filters(
    /// The report.
    editing: Editing,
    /// Properties of the site.
    properties: RwSignal<Vec<String>>,
) -> impl IntoView {
    let state = editing.state;
    let is_open = RwSignal::new(false);
    let pills = move || {
        let tests = state.with(|state| state.tests.clone());
        let pills = tests.into_iter().enumerate().map(|(at, test)| pill(editing, at, &test));
        pills.collect_view()
    };
    let rest = move || {
        let rest = state.with(|state| state.rest.clone())?;
        let text = serde_json::to_string(&rest).unwrap_or_default();
        Some(view! {
            <span class="pill">
                <code class="ellipsis" title=text.clone()>{text.clone()}</code>
                <button type="button" aria-label="Remove the expression" on:click=move |_| editing.change(|state| state.rest = None)>
                    "×"
                </button>
            </span>
        })
    };
    let ways = Signal::derive(move || {
        let any = state.with(|state| state.any);
        vec![Choosable::new("all", "all hold", !any), Choosable::new("any", "any holds", any)]
    });
    let has_many = Memo::new(move |_| state.with(|state| state.tests.len() > 1));
    let join = UnsyncCallback::new(move |chosen: String| editing.change(|state| state.any = chosen == "any"));
    let joined =
        move || has_many.get().then(|| choice("How filters are joined".to_owned(), "", "field add", ways, join));
    view! {
        <div class="build-line" role="group" aria-label="Filters" data-testid="filters">
            <span class="build-label">"Filters"</span>
            <div class="build-parts">
                {pills}
                {rest}
                {joined}
                <button
                    type="button"
                    class="button quiet add"
                    aria-expanded=move || is_open.get().to_string()
                    on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)
                >
                    {move || if is_open.get() { "Cancel" } else { "Add filter" }}
                </button>
                {move || is_open.get().then(|| view! { <NewTest editing properties is_open/> })}
                {editing.fault("filters")}
            </div>
        </div>
    }
}

fn pill(editing: Editing, at: usize, test: &Condition) -> AnyView {
    let Condition { operator, dimension, values } = test;
    let shown = |value: &String| match operator {
        _ if *dimension == Dimension::Segment => editing.segments.with(|all| named(all, value)),
        operator if is_plain(*operator) => words::value(*dimension, value),
        _ => value.clone(),
    };
    let values = values.iter().map(shown).collect::<Vec<_>>().join(" or ");
    let (by, is) = (words::dimension(*dimension), words::operator(*operator));
    let label = format!("Remove the filter {by} {is} {values}");
    let title = format!("{by} {is} {values}");
    view! {
        <span class="pill">
            <span class="ellipsis" title=title>{by}" "<i>{is}</i>" "<b>{values}</b></span>
            <button
                type="button"
                aria-label=label
                on:click=move |_| editing.change(|state| {
                    if at < state.tests.len() {
                        state.tests.remove(at);
                    }
                })
            >
                "×"
            </button>
        </span>
    }
    .into_any()
}

/// A segment's name; its number where there is none.
fn named(segments: &[Segment], number: &str) -> String {
    let found = segments.iter().find(|(known, _)| known == number);
    found.map_or_else(|| number.to_owned(), |(_, name)| name.clone())
}

/// What a segment is tested by; nothing else can be said of its number.
fn is_plain(operator: Operator) -> bool {
    matches!(operator, Operator::Is | Operator::IsNot)
}

/// The form for one more filter. More values of the same test are added to it.
#[component]
fn NewTest(editing: Editing, properties: RwSignal<Vec<String>>, is_open: RwSignal<bool>) -> impl IntoView {
    let dimension = RwSignal::new(Dimension::Page);
    let operator = RwSignal::new(Operator::Is);
    let text = RwSignal::new(String::new());
    let suggested = RwSignal::new(Vec::<String>::new());
    let input = NodeRef::<Input>::new();
    suggest(editing, dimension, text, suggested);
    // Once: another field in its place takes the focus from nobody.
    Effect::new(move |is_done: Option<bool>| {
        is_done == Some(true) || input.get().is_some_and(|input| input.focus().is_ok())
    });
    let add = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let value = text.get_untracked();
        let (dimension, operator) = (dimension.get_untracked(), operator.get_untracked());
        editing.change(|state| {
            let same = |test: &&mut Condition| test.dimension == dimension && test.operator == operator;
            match state.tests.iter_mut().find(same) {
                Some(test) if test.values.contains(&value) => {}
                Some(test) => test.values.push(value),
                None => state.tests.push(Condition { operator, dimension, values: vec![value] }),
            }
        });
        is_open.set(false);
    };
    let by = Signal::derive(move || {
        let chosen = dimension.get();
        let has_segments = editing.segments.with(|all| !all.is_empty());
        let all = has_segments.then_some(Dimension::Segment).into_iter().chain(dimensions(properties));
        all.map(|by| Choosable::new(by.to_string(), words::dimension(by), by == chosen)).collect()
    });
    let choose_by = UnsyncCallback::new(move |chosen: String| {
        if let Some(chosen) = Dimension::named(&chosen) {
            suggested.set(Vec::new());
            if chosen == Dimension::Segment {
                let first = editing.segments.with_untracked(|all| all.first().map(|(number, _)| number.clone()));
                text.set(first.unwrap_or_default());
                if !is_plain(operator.get_untracked()) {
                    operator.set(Operator::Is);
                }
            } else if dimension.get_untracked() == Dimension::Segment {
                text.set(String::new());
            }
            dimension.set(chosen);
        }
    });
    let operators = Signal::derive(move || {
        let chosen = operator.get();
        let is_of_segment = dimension.get() == Dimension::Segment;
        let all = OPERATORS.iter().filter(|(operator, _)| !is_of_segment || is_plain(*operator));
        all.map(|(operator, words)| Choosable::new(operator.word(), *words, *operator == chosen)).collect()
    });
    let choose_operator = UnsyncCallback::new(move |chosen: String| {
        if let Some(chosen) = Operator::named(&chosen) {
            operator.set(chosen);
        }
    });
    let values = move || {
        let by = dimension.get();
        let options = suggested.get().into_iter().map(|value| {
            let words = words::value(by, &value);
            let words = (words != value).then_some(words);
            view! { <option value=value label=words></option> }
        });
        options.collect_view()
    };
    let numbers = Signal::derive(move || {
        let chosen = text.get();
        let all = editing.segments.get().into_iter();
        all.map(|(number, name)| Choosable::new(number.clone(), name, number == chosen)).collect()
    });
    let choose_segment = UnsyncCallback::new(move |number| text.set(number));
    let is_of_segment = Memo::new(move |_| dimension.get() == Dimension::Segment);
    let value = move || match is_of_segment.get() {
        true => choice("Value".to_owned(), "", "field", numbers, choose_segment),
        false => view! {
            <input
                class="field"
                node_ref=input
                list="filter-values"
                aria-label="Value"
                placeholder="Value"
                spellcheck="false"
                autocomplete="off"
                maxlength="500"
                prop:value=move || text.get()
                on:input=move |event| text.set(event_target_value(&event))
            />
            <datalist id="filter-values">{values}</datalist>
        }
        .into_any(),
    };
    view! {
        <form class="new-test" on:submit=add>
            {choice("Dimension".to_owned(), "", "field", by, choose_by)}
            {choice("Operator".to_owned(), "", "field", operators, choose_operator)}
            {value}
            <button type="submit" class="button">"Add"</button>
        </form>
    }
}

/// Asks for values that hold what is typed, when typing rests.
fn suggest(editing: Editing, dimension: RwSignal<Dimension>, text: RwSignal<String>, suggested: RwSignal<Vec<String>>) {
    Effect::new(move |timer: Option<Option<TimeoutHandle>>| {
        if let Some(timer) = timer.flatten() {
            timer.clear();
        }
        let (dimension, text) = (dimension.get(), text.get());
        // Segments are known; nothing has to be asked for them.
        if dimension == Dimension::Segment {
            return None;
        }
        let ask = move || {
            let filter = (!text.is_empty()).then(|| Filter::Test {
                operator: Operator::Contains,
                dimension,
                values: vec![text],
            });
            let query = Query {
                dimensions: vec![dimension],
                filters: filter.map(wire::query::Filters::Expression).unwrap_or_default(),
                limit: Some(SUGGESTED),
                ..Query::new(
                    editing.tracking_id.get_value(),
                    editing.state.with_untracked(|state| state.span.clone()),
                    vec![Metric::Events],
                )
            };
            spawn_local(async move {
                // Nothing is suggested where nothing is found.
                let Ok(answer) = api::query(&query).await else { return };
                let name = dimension.to_string();
                let value = |row: &wire::query::Row| match row.get(&name) {
                    Some(Cell::Text(text)) if !text.is_empty() => Some(text.clone()),
                    _ => None,
                };
                suggested.try_set(answer.rows.iter().filter_map(value).collect());
            });
        };
        set_timeout_with_handle(ask, REST).ok()
    });
}

//! Making a condition, or changing one.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use wire::query::{Dimension, Filter, Filters, Metric, Operator, Query};

use super::Dialog;
use crate::components::{Edited, names};
use crate::kept::Kept;
use crate::metric::text;
use crate::report::Report;
use crate::shown::Shown;
use crate::view::View;
use crate::view::filter::{Condition, OPERATORS};

/// Values that are suggested.
const SUGGESTED: usize = 12;

/// How long a search waits for the next letter, in milliseconds.
const PAUSE_MS: u32 = 250;

/// The form.
#[component]
pub fn FilterDialog(
    /// The site.
    tracking_id: String,
    /// What is shown.
    shown: Shown,
    /// The condition: a new one, or the one that is there at a place.
    edited: Edited,
    /// What is kept of the site.
    kept: Kept,
) -> impl IntoView {
    let place = edited.get_untracked().flatten();
    let present = place.and_then(|at| shown.with(|view| view.conditions.get(at).cloned()));
    let present =
        present.unwrap_or(Condition { operator: Operator::Is, dimension: Dimension::Page, values: Vec::new() });
    let dimension = RwSignal::new(present.dimension);
    let operator = RwSignal::new(present.operator);
    let values = RwSignal::new(present.values);
    let search = RwSignal::new(String::new());
    let query = Memo::new(move |_| {
        // Segments are known; nothing has to be asked for them.
        let dimension = Some(dimension.get()).filter(|chosen| *chosen != Dimension::Segment).unwrap_or(Dimension::Page);
        let typed = search.get();
        let contains =
            |text: &str| Filter::Test { operator: Operator::Contains, dimension, values: vec![text.to_owned()] };
        let filters = match typed.trim() {
            "" => Filters::default(),
            text => Filters::Expression(contains(text)),
        };
        let everything = shown.with(|view| View { conditions: Vec::new(), ..view.clone() });
        let query = everything.query(&tracking_id, vec![Metric::UniqueUsers]);
        Query { dimensions: vec![dimension], filters, limit: Some(SUGGESTED), ..query }
    });
    let report = Report::keep(query, RwSignal::new(0));
    let pause = StoredValue::new_local(None::<Timeout>);
    let typed = RwSignal::new(String::new());
    let type_in = move |event: web_sys::Event| {
        let text = event_target_value(&event);
        typed.set(text.clone());
        pause.set_value(Some(Timeout::new(PAUSE_MS, move || search.set(text))));
    };
    let offered = move || {
        let chosen = values.get();
        if dimension.get() == Dimension::Segment {
            let typed = typed.get().trim().to_lowercase();
            let known = kept.segments.get().into_iter();
            let known = known.filter(|(number, name)| chosen.contains(number) || name.to_lowercase().contains(&typed));
            return known.map(|(number, _)| number).collect();
        }
        let found = report.with(|answered| {
            let rows = answered.into_iter().flat_map(|answered| &answered.answer.rows);
            rows.map(|row| text(row, &dimension.get().to_string()).to_owned()).collect::<Vec<_>>()
        });
        let own = Some(typed.get().trim().to_owned()).filter(|own| !own.is_empty() && !found.contains(own));
        let others = own.into_iter().chain(found).filter(|value| !chosen.contains(value));
        chosen.iter().cloned().chain(others).collect::<Vec<_>>()
    };
    let list = move || {
        let chosen = values.get();
        let rows = offered().into_iter().map(|value| {
            let is_chosen = chosen.contains(&value);
            let name = match dimension.get() {
                Dimension::Segment => kept.segment(&value),
                dimension => names::value(dimension, &value),
            };
            let flag = names::flag_of(dimension.get(), &value);
            let toggle = move |_| {
                values.update(|values| match values.iter().position(|present| *present == value) {
                    Some(at) => {
                        values.remove(at);
                    }
                    None => values.push(value.clone()),
                });
            };
            view! {
                <label>
                    <input type="checkbox" prop:checked=is_chosen on:change=toggle/>
                    <span><img class="flag" src=flag alt="" loading="lazy"/>{name}</span>
                </label>
            }
        });
        rows.collect_view()
    };
    let apply = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let mut view = shown.view();
        let mut values = values.get();
        let own = typed.get().trim().to_owned();
        if values.is_empty() && !own.is_empty() && dimension.get() != Dimension::Segment {
            values.push(own);
        }
        if let Some(at) = place.filter(|at| *at < view.conditions.len()) {
            view.conditions.remove(at);
        }
        if !values.is_empty() {
            view = view.with(Condition { operator: operator.get(), dimension: dimension.get(), values });
        }
        edited.set(None);
        shown.show(&view);
    };
    let has_segments = kept.segments.with_untracked(|all| !all.is_empty()) || present.dimension == Dimension::Segment;
    let offered_dimensions = has_segments.then_some(Dimension::Segment).into_iter().chain(names::DIMENSIONS);
    let dimensions = offered_dimensions.map(|offered| {
        let is_chosen = offered == dimension.get_untracked();
        view! { <option value=offered.name() selected=is_chosen>{names::dimension(offered)}</option> }
    });
    let dimensions: Vec<_> = dimensions.collect();
    let operators = OPERATORS.map(|(known, name, words)| {
        // A segment is or is not; nothing else can be said of its number.
        let is_off = move || dimension.get() == Dimension::Segment && !is_plain(known);
        view! { <option value=name selected=known == operator.get_untracked() disabled=is_off>{words}</option> }
    });
    let choose = move |event: web_sys::Event| {
        if let Some(chosen) = Dimension::named(&event_target_value(&event)) {
            values.set(Vec::new());
            dimension.set(chosen);
            if chosen == Dimension::Segment && !is_plain(operator.get_untracked()) {
                operator.set(Operator::Is);
            }
        }
    };
    let operate = move |event: web_sys::Event| {
        let name = event_target_value(&event);
        if let Some((chosen, ..)) = OPERATORS.into_iter().find(|(_, known, _)| *known == name) {
            operator.set(chosen);
        }
    };
    let failure = move || report.failure().map(|failure| failure.sentence());
    view! {
        <Dialog title="Filter".to_owned() class="narrow" on_close=move || edited.set(None)>
            <form class="filter-form" on:submit=apply>
                <div class="filter-line">
                    <select autofocus=true aria-label="What" on:change=choose>{dimensions}</select>
                    <select aria-label="How" on:change=operate prop:value=move || operator_name(operator.get())>{operators}</select>
                </div>
                <input type="search" aria-label="Value" placeholder="Find or type a value" on:input=type_in/>
                <fieldset class="choices">
                    <legend class="visually-hidden">"Values"</legend>
                    {list}
                    <p class="muted" role="status">{failure}</p>
                </fieldset>
                <button type="submit" class="button primary">"Apply"</button>
            </form>
        </Dialog>
    }
}

fn is_plain(operator: Operator) -> bool {
    matches!(operator, Operator::Is | Operator::IsNot)
}

fn operator_name(operator: Operator) -> &'static str {
    OPERATORS.iter().find(|(known, ..)| *known == operator).map_or("is", |(_, name, _)| name)
}

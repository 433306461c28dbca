//! Making a condition, or changing one.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use wire::query::{Dimension, Filter, Filters, Metric, Operator, Query};

use super::Dialog;
use crate::components::{Edited, names};
use crate::metric::text;
use crate::report::Report;
use crate::shown::Shown;
use crate::view::View;
use crate::view::filter::{Condition, OPERATORS};

/// Values that are suggested.
const SUGGESTED: usize = 12;

/// How long a search waits for the next letter, in milliseconds.
const PAUSE_MS: u32 = 250;

/// What may be filtered by.
const OFFERED: [Dimension; 25] = [
    Dimension::Page,
    Dimension::EntryPage,
    Dimension::ExitPage,
    Dimension::Hostname,
    Dimension::Source,
    Dimension::Referrer,
    Dimension::Channel,
    Dimension::UtmSource,
    Dimension::UtmMedium,
    Dimension::UtmCampaign,
    Dimension::UtmContent,
    Dimension::UtmTerm,
    Dimension::Country,
    Dimension::Region,
    Dimension::City,
    Dimension::Language,
    Dimension::Device,
    Dimension::Screen,
    Dimension::Browser,
    Dimension::BrowserVersion,
    Dimension::Os,
    Dimension::OsVersion,
    Dimension::EventType,
    Dimension::Goal,
    Dimension::Title,
];

/// The form.
#[component]
pub fn FilterDialog(
    /// The site.
    tracking_id: String,
    /// What is shown.
    shown: Shown,
    /// The condition: a new one, or the one that is there at a place.
    edited: Edited,
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
        let dimension = dimension.get();
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
            let name = names::value(dimension.get(), &value);
            let toggle = move |_| {
                values.update(|values| match values.iter().position(|present| *present == value) {
                    Some(at) => {
                        values.remove(at);
                    }
                    None => values.push(value.clone()),
                });
            };
            view! { <label><input type="checkbox" prop:checked=is_chosen on:change=toggle/><span>{name}</span></label> }
        });
        rows.collect_view()
    };
    let apply = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let mut view = shown.view();
        let mut values = values.get();
        let own = typed.get().trim().to_owned();
        if values.is_empty() && !own.is_empty() {
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
    let dimensions = OFFERED.map(|offered| {
        let is_chosen = offered == dimension.get_untracked();
        view! { <option value=offered.name() selected=is_chosen>{names::dimension(offered)}</option> }
    });
    let operators = OPERATORS.map(|(known, name, words)| {
        view! { <option value=name selected=known == operator.get_untracked()>{words}</option> }
    });
    let choose = move |event: web_sys::Event| {
        if let Some(chosen) = Dimension::named(&event_target_value(&event)) {
            values.set(Vec::new());
            dimension.set(chosen);
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
                    <select aria-label="What" on:change=choose>{dimensions}</select>
                    <select aria-label="How" on:change=operate>{operators}</select>
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

//! What was paid by the values of a dimension, or of a property: most first.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::query::{Answer, Dimension, Metric, Row};

use super::super::told::csv_button;
use super::state::{FIGURES, currency, number};
use super::{Showing, written};
use crate::components::Change;
use crate::components::choice::{Choosable, choice};
use crate::components::names;
use crate::format;
use crate::metric;

/// The card.
pub fn view(showing: Showing, answer: &Answer) -> AnyView {
    let asked = showing.state.get().by;
    // What came last stays while something else is asked.
    let by = answer.rows.first().map_or(asked, |row| {
        let name = row.keys().find(|name| FIGURES.iter().all(|(_, known, _)| known != name));
        name.and_then(|name| Dimension::named(name)).unwrap_or(asked)
    });
    let currency = currency(answer);
    let then = answer.comparison.as_ref().map(|then| then.rows.clone()).unwrap_or_default();
    let paid =
        |row: &&Row| number(row, Metric::Orders, "") > 0.0 || !super::state::amounts(row, Metric::Revenue).is_empty();
    let listed: Vec<(usize, Row)> =
        answer.rows.iter().enumerate().filter(|(_, row)| paid(row)).map(|(at, row)| (at, row.clone())).collect();
    let name = |row: &Row| names::value(by, metric::text(row, &by.to_string()));
    let head = [names::dimension(by), "currency".to_owned()];
    let head: Vec<String> = head.into_iter().chain(FIGURES.iter().map(|(_, name, _)| (*name).to_owned())).collect();
    let line = |row: &Row| {
        let numbers = FIGURES.iter().map(|(metric, ..)| format::data(number(row, *metric, &currency)));
        [name(row), currency.clone()].into_iter().chain(numbers).collect::<Vec<_>>()
    };
    let file: Vec<Vec<String>> = [head].into_iter().chain(listed.iter().map(|(_, row)| line(row))).collect();
    let rows = listed.iter().map(|(at, row)| {
        let cells = FIGURES.iter().map(|(metric, ..)| {
            let value = number(row, *metric, &currency);
            let before = then.get(*at).and_then(Option::as_ref).filter(|_| *metric == Metric::Revenue);
            let change = before.map(|before| view! { <Change now=value before=number(before, *metric, &currency)/> });
            view! { <td data-value=format::data(value)>{written(*metric, value, &currency)}{change}</td> }
        });
        view! { <tr><th scope="row">{name(row)}</th>{cells.collect_view()}</tr> }
    });
    let rows = rows.collect_view();
    let titles = FIGURES.iter().map(|(.., title)| view! { <th scope="col">{*title}</th> }).collect_view();
    let body = if listed.is_empty() {
        view! { <p class="panel-empty muted">"No event that paid has a value here."</p> }.into_any()
    } else {
        view! {
            <div class="people-table revenue-table" tabindex="0" role="region" aria-label="Revenue by value">
                <table>
                    <thead><tr><th scope="col">{names::dimension(by)}</th>{titles}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="card people-card" aria-labelledby="values-heading" data-testid="values">
            <header class="people-head">
                <h3 id="values-heading">"Where it came from"</h3>
                {dimensions(showing)}
                {csv_button(move || format!("revenue by {by}"), move || file.clone())}
            </header>
            {body}
        </section>
    }
    .into_any()
}

/// What events that pay tell besides, and the site's own properties.
fn dimensions(showing: Showing) -> AnyView {
    let known = showing.asking.known;
    known.ask();
    let list = Signal::derive(move || {
        let chosen = showing.state.get().by;
        let own = known.properties.get().into_iter();
        let own = own.filter_map(|name| Dimension::named(&format!("property:{name}")));
        let told = |by: &Dimension| !matches!(by, Dimension::EntryPage | Dimension::ExitPage | Dimension::Goal);
        let mut all: Vec<_> = names::DIMENSIONS.into_iter().filter(told).chain(own).collect();
        if !all.contains(&chosen) {
            all.push(chosen);
        }
        all.into_iter().map(|by| Choosable::new(by.to_string(), names::dimension(by), by == chosen)).collect()
    });
    let choose = UnsyncCallback::new(move |name: String| {
        if let Some(by) = Dimension::named(&name) {
            showing.change(|state| state.by = by);
        }
    });
    choice("Broken down by".to_owned(), "breakdown", "field", list, choose)
}

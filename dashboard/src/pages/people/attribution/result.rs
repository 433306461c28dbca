//! What is owed to whom: models side by side, ways to conversions, and how many visits they took.

use leptos::prelude::*;
use wire::analysis::{AttributedBy, AttributionAnswer, AttributionPath, AttributionRow, Credit, Unit};
use wire::query::Dimension;

use super::super::told::{Rows, csv_button, day_note, meta_line, percent};
use super::Editing;
use super::state::{MODELS, Measure, State};
use crate::components::names;
use crate::format;
use crate::metric::Unit as Figure;

/// Ways that are shown; the file has all that came.
const PATHS_SHOWN: usize = 12;

/// The answer.
pub fn drawn(editing: Editing, answer: &AttributionAnswer) -> AnyView {
    let note = {
        let state = editing.state.get_untracked();
        let href = editing.address(&State { unit: Unit::Sessions, ..state });
        day_note(
            &answer.meta,
            "Visits of other days are not known to be the same person's, so conversions are owed to visits of their own day alone.",
            Some(view! { <a href=href>"Owe each to its own visit"</a> }.into_any()),
        )
    };
    if answer.conversions == 0 {
        return view! {
            {note}
            <p class="card panel-empty muted people-hint" data-testid="nobody">"Nobody converted in this period."</p>
            {meta_line(&answer.meta)}
        }
        .into_any();
    }
    let cut = (!answer.lookback_is_complete).then(|| {
        view! {
            <p class="people-note" role="note" data-testid="lookback-cut">
                <span><b>"Not all of the look-back is kept. "</b>"Single events begin later than it, so earlier visits are missing."</span>
            </p>
        }
    });
    let kept = StoredValue::new(answer.clone());
    // The order and the measure change without another question.
    let models = move || kept.with_value(|answer| models(editing, &editing.state.get(), answer));
    let ways = move || kept.with_value(|answer| ways(&editing.state.get(), answer));
    view! { {note}{cut}{totals(answer)}{models}<div class="people-columns">{ways}{lengths(answer)}</div>{meta_line(&answer.meta)} }
        .into_any()
}

fn totals(answer: &AttributionAnswer) -> AnyView {
    let total = |name: String, title: &'static str, words: String, value: String| {
        view! {
            <div class="total" data-name=name data-value=value>
                <span class="kpi-title">{title}</span>
                <span class="total-value">{words}</span>
            </div>
        }
    };
    let money = answer.revenue.iter().map(|(currency, value)| {
        total(currency.clone(), "Revenue", format::figure(Figure::Money, *value, currency), format::data(*value))
    });
    view! {
        <section class="card totals" aria-label="Totals" data-testid="totals">
            {total("conversions".to_owned(), "Conversions", format::whole(answer.conversions), answer.conversions.to_string())}
            {total("users".to_owned(), "People who converted", format::whole(answer.users), answer.users.to_string())}
            {total("paths".to_owned(), "Different ways", format::whole(answer.paths_total), answer.paths_total.to_string())}
            {money.collect_view()}
        </section>
    }
    .into_any()
}

/// The currency that is shown: the one asked for, else the one that most was paid in.
fn currency(state: &State, answer: &AttributionAnswer) -> String {
    let most = answer.revenue.iter().max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(code, _)| code.clone());
    Some(state.currency.clone()).filter(|code| answer.revenue.contains_key(code)).or(most).unwrap_or_default()
}

fn value_of(credit: &Credit, state: &State, currency: &str) -> f64 {
    match state.measure {
        Measure::Conversions => credit.conversions,
        Measure::Revenue => credit.revenue.get(currency).copied().unwrap_or_default(),
    }
}

fn written(value: f64, state: &State, currency: &str) -> String {
    match state.measure {
        Measure::Conversions if (value - value.round()).abs() < 1e-6 => {
            format::figure(Figure::Count, value.round(), "")
        }
        Measure::Conversions => format::ratio(value),
        Measure::Revenue => format::figure(Figure::Money, value, currency),
    }
}

fn dimension(by: AttributedBy) -> Dimension {
    match by {
        AttributedBy::Channel => Dimension::Channel,
        AttributedBy::Source => Dimension::Source,
        AttributedBy::Medium => Dimension::UtmMedium,
        AttributedBy::Campaign => Dimension::UtmCampaign,
    }
}

fn called(value: &str, by: AttributedBy) -> String {
    if value.starts_with('(') { value.to_owned() } else { names::value(dimension(by), value) }
}

/// Models side by side.
fn models(editing: Editing, state: &State, answer: &AttributionAnswer) -> AnyView {
    let currency = currency(state, answer);
    if state.measure == Measure::Revenue && currency.is_empty() {
        return view! {
            <p class="card panel-empty muted people-hint">"Nothing was paid with these conversions."</p>
        }
        .into_any();
    }
    let credit =
        |row: &AttributionRow, at: usize| row.credits.get(at).map_or(0.0, |credit| value_of(credit, state, &currency));
    let sorted_by = answer.models.iter().position(|model| *model == state.sort).unwrap_or_default();
    let mut rows: Vec<&AttributionRow> = answer.rows.iter().collect();
    rows.sort_by(|one, other| credit(other, sorted_by).total_cmp(&credit(one, sorted_by)));
    let most = rows.iter().flat_map(|row| (0..row.credits.len()).map(|at| credit(row, at))).fold(0.0, f64::max);
    let head = answer.models.iter().map(|model| {
        let words = MODELS.iter().find(|(known, ..)| known == model).map_or("", |(.., words)| words);
        let sort = *model;
        let is_chosen = sort == state.sort;
        view! {
            <th scope="col" aria-sort=if is_chosen { "descending" } else { "none" }>
                <button type="button" class="measure-sort" on:click=move |_| editing.change(|state| state.sort = sort)>{words}</button>
            </th>
        }
    });
    let head = head.collect_view();
    let body = rows.iter().map(|row| {
        let name = called(&row.value, state.by);
        let cells = (0..row.credits.len()).map(|at| {
            let value = credit(row, at);
            let share = if most > 0.0 { value.max(0.0) / most } else { 0.0 };
            view! {
                <td data-value=format::data(value)>
                    <i class="measure-bar" style:width=format::length(share)></i>
                    <span>{written(value, state, &currency)}</span>
                </td>
            }
        });
        view! { <tr data-name=row.value.clone()><th scope="row" title=name.clone()>{name.clone()}</th>{cells.collect_view()}</tr> }
    });
    let body = body.collect_view();
    let sums = (0..answer.models.len()).map(|at| {
        let sum: f64 = rows.iter().map(|row| credit(row, at)).sum();
        view! { <td data-value=format::data(sum)>{written(sum, state, &currency)}</td> }
    });
    let file = {
        let rows = StoredValue::new(file(answer, state, &currency));
        csv_button(|| "attribution".to_owned(), move || rows.get_value())
    };
    let codes: Vec<String> = answer.revenue.keys().cloned().collect();
    let currencies = (state.measure == Measure::Revenue && codes.len() > 1).then(|| {
        let buttons = codes.into_iter().map(|code| {
            let chosen = code.clone();
            let is_chosen = code == currency;
            view! {
                <button type="button" class="button quiet" aria-pressed=is_chosen.to_string() on:click=move |_| editing.change(|state| state.currency = chosen.clone())>
                    {code}
                </button>
            }
        });
        view! { <span role="group" aria-label="Currency">{buttons.collect_view()}</span> }
    });
    let words = if state.measure == Measure::Conversions { "Conversions" } else { "Revenue" };
    view! {
        <section class="card people-card" aria-labelledby="models-heading" data-testid="models">
            <header class="people-head">
                <h3 id="models-heading">{format!("{words} by {}, by model", names::dimension(dimension(state.by)).to_lowercase())}</h3>
                {currencies}
                {file}
            </header>
            <div class="people-table measure-models" tabindex="0" role="region" aria-label="Models side by side">
                <table>
                    <thead><tr><th scope="col">{names::dimension(dimension(state.by))}</th>{head}</tr></thead>
                    <tbody>{body}</tbody>
                    <tfoot><tr><th scope="row">"Together"</th>{sums.collect_view()}</tr></tfoot>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn file(answer: &AttributionAnswer, state: &State, currency: &str) -> Rows {
    let models =
        MODELS.iter().filter(|(model, ..)| answer.models.contains(model)).map(|(_, name, _)| (*name).to_owned());
    let head = [names::dimension(dimension(state.by))].into_iter().chain(models).collect();
    let row = |row: &AttributionRow| {
        let cells = row.credits.iter().map(|credit| format::data(value_of(credit, state, currency)));
        [row.value.clone()].into_iter().chain(cells).collect()
    };
    [head].into_iter().chain(answer.rows.iter().map(row)).collect()
}

/// The most usual ways.
fn ways(state: &State, answer: &AttributionAnswer) -> AnyView {
    let currency = currency(state, answer);
    let by = state.by;
    let words = move |path: &AttributionPath| {
        let cut = path.is_cut.then(|| "…".to_owned());
        let values = path.values.iter().map(|value| match value.as_str() {
            "" => "(none)".to_owned(),
            value => called(value, by),
        });
        let all: Vec<String> = cut.into_iter().chain(values).collect();
        if all.is_empty() { "(no visit)".to_owned() } else { all.join(" → ") }
    };
    let paid = |path: &AttributionPath| path.revenue.get(&currency).copied().unwrap_or_default();
    let rows = answer.paths.iter().take(PATHS_SHOWN).map(|path| {
        let paid =
            (!currency.is_empty()).then(|| view! { <td>{format::figure(Figure::Money, paid(path), &currency)}</td> });
        view! {
            <tr data-value=path.conversions.to_string()>
                <th scope="row" class="measure-way">{words(path)}</th>
                <td>{format::whole(path.conversions)}</td>
                {paid}
            </tr>
        }
    });
    let rows = rows.collect_view();
    let file: Rows = [vec!["Way".to_owned(), "Conversions".to_owned(), format!("Revenue {currency}")]]
        .into_iter()
        .chain(
            answer.paths.iter().map(|path| vec![words(path), path.conversions.to_string(), format::data(paid(path))]),
        )
        .collect();
    let file = StoredValue::new(file);
    let money = (!currency.is_empty()).then(|| view! { <th scope="col">"Revenue"</th> });
    view! {
        <section class="card people-card" aria-labelledby="ways-heading" data-testid="ways">
            <header class="people-head">
                <h3 id="ways-heading">"Ways to a conversion"</h3>
                {csv_button(|| "ways to a conversion".to_owned(), move || file.get_value())}
            </header>
            <div class="people-table" tabindex="0" role="region" aria-label="Ways, and what they led to">
                <table>
                    <thead><tr><th scope="col">"Visits, in their order"</th><th scope="col">"Conversions"</th>{money}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// How many visits conversions took.
#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
fn lengths(answer: &AttributionAnswer) -> AnyView {
    let last = answer.lengths.iter().map(|length| length.visits).max().unwrap_or_default();
    let rows = answer.lengths.iter().map(|length| {
        let share = length.conversions as f64 / answer.conversions.max(1) as f64;
        let name = match length.visits {
            0 => "none known".to_owned(),
            20 if last == 20 => "20 or more".to_owned(),
            visits => visits.to_string(),
        };
        view! {
            <tr data-name=length.visits.to_string() data-value=length.conversions.to_string()>
                <th scope="row">{name}</th>
                <td><i class="measure-bar" style:width=format::length(share)></i><span>{format::whole(length.conversions)}</span></td>
                <td>{percent(share)}</td>
            </tr>
        }
    });
    let lost = answer.without_conversion.map(|lost| {
        view! { <p class="muted">{format!("{} ways led to no conversion; the data-driven model weighs them too.", format::whole(lost))}</p> }
    });
    view! {
        <section class="card people-card" aria-labelledby="lengths-heading" data-testid="lengths">
            <header class="people-head"><h3 id="lengths-heading">"Visits before a conversion"</h3></header>
            <div class="people-table measure-models" tabindex="0" role="region" aria-label="How many visits it took">
                <table>
                    <thead><tr><th scope="col">"Visits"</th><th scope="col">"Conversions"</th><th scope="col">"Share"</th></tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
            {lost}
        </section>
    }
    .into_any()
}

//! The rows of an answer: sorted by a click on a column, page by page.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::query::{Cell, Dimension, Direction, Metric, Order, Row};

use super::page::Editing;
use super::result::change;
use super::words;
use crate::components::choice::{Choosable, choice};
use crate::components::names::flag_of;
use crate::format;
use crate::report::{Answered, Report};

/// Numbers of rows to choose from.
const LIMITS: [usize; 4] = [20, 50, 100, 1_000];

/// The table with its head and foot.
#[component]
pub fn Table(
    /// The report.
    editing: Editing,
    /// Its answer.
    report: Report,
) -> impl IntoView {
    let table = move || report.with(|answered| answered.map(|answered| table(editing, answered)));
    let is_loading = move || report.with(|answered| answered.is_none());
    view! {
        <section class="card explore-table" aria-label="Rows" data-testid="table" class:skeleton=is_loading>
            {editing.fault("order_by")}
            {editing.fault("limit")}
            {table}
        </section>
    }
}

fn table(editing: Editing, answered: &Answered) -> AnyView {
    let (query, answer) = (&answered.query, &answered.answer);
    if answer.rows.is_empty() {
        return view! { <p class="panel-empty muted">"Nothing in this period that passes the filters."</p> }.into_any();
    }
    let sorted = query.order_by.first().cloned().or_else(|| {
        let by_time = query.dimensions.first().filter(|first| first.is_time());
        let (field, direction) = match by_time {
            Some(time) => (time.to_string(), Direction::Asc),
            None => (query.metrics.first()?.name().to_owned(), Direction::Desc),
        };
        Some(Order { field, direction })
    });
    let dimensions = query
        .dimensions
        .iter()
        .map(|by| column(editing, by.to_string(), words::dimension(*by), sorted.as_ref(), Direction::Asc));
    let metrics = query.metrics.iter().map(|metric| {
        column(editing, metric.name().to_owned(), words::metric(*metric).to_owned(), sorted.as_ref(), Direction::Desc)
    });
    let rows = rows("Rows of the answer".to_owned(), answered, dimensions.chain(metrics).collect());
    view! {
        {rows}
        {foot(editing, answered)}
    }
    .into_any()
}

/// The rows of an answer below the heads of their columns.
pub fn rows(label: String, answered: &Answered, head: Vec<AnyView>) -> AnyView {
    let (query, answer) = (&answered.query, &answered.answer);
    let first = query.metrics.first().copied();
    let value = |row: &Row| first.and_then(|first| row.get(first.name())).map_or(0.0, words::number);
    let most = answer.rows.iter().map(value).fold(0.0, f64::max);
    let then = answer.comparison.as_ref();
    let rows = answer.rows.iter().enumerate().map(|(at, row)| {
        let before = then.and_then(|then| then.rows.get(at)?.as_ref());
        let share = if query.dimensions.is_empty() || most <= 0.0 { 0.0 } else { value(row) / most };
        line(&query.dimensions, &query.metrics, row, before, share)
    });
    let rows = rows.collect_view();
    view! {
        <div class="explore-scroll" tabindex="0" role="region" aria-label=label>
            <table>
                <thead><tr>{head}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The head of a column, which sorts by it.
fn column(editing: Editing, field: String, words: String, sorted: Option<&Order>, first: Direction) -> AnyView {
    let direction = sorted.filter(|order| order.field == field).map(|order| order.direction);
    let (aria, arrow) = match direction {
        Some(Direction::Asc) => (Some("ascending"), " ↑"),
        Some(Direction::Desc) => (Some("descending"), " ↓"),
        None => (None, ""),
    };
    let next = match direction {
        Some(Direction::Asc) => Direction::Desc,
        Some(Direction::Desc) => Direction::Asc,
        None => first,
    };
    let sort = move |_| {
        let order = Order { field: field.clone(), direction: next };
        editing.change(|state| state.order = Some(order));
    };
    view! {
        <th scope="col" aria-sort=aria class=(first == Direction::Asc).then_some("name")>
            <button type="button" on:click=sort>{words}<span aria-hidden="true">{arrow}</span></button>
        </th>
    }
    .into_any()
}

fn line(dimensions: &[Dimension], metrics: &[Metric], row: &Row, before: Option<&Row>, share: f64) -> AnyView {
    let names = dimensions.iter().enumerate().map(|(at, by)| {
        let text = match row.get(&by.to_string()) {
            Some(Cell::Text(text)) => text.as_str(),
            _ => "",
        };
        let bar = (at == 0).then(|| view! { <i class="bar" style:width=format::length(share)></i> });
        let name = words::value(*by, text);
        view! {
            <th scope="row" data-name=text.to_owned()>
                {bar}
                <span class="row-name" title=name.clone()>
                    <img class="flag" src=flag_of(*by, text) alt="" loading="lazy"/>{name.clone()}
                </span>
            </th>
        }
    });
    let cells = metrics.iter().map(|metric| {
        let value = row.get(metric.name());
        let moved = value.zip(before.and_then(|before| before.get(metric.name())));
        let moved = moved.map(|(now, before)| change(*metric, now, before));
        let data = value.map(words::number).map(format::data);
        view! { <td data-value=data>{value.map(|value| words::cell(*metric, value))}{moved}</td> }
    });
    view! { <tr>{names.collect_view()}{cells.collect_view()}</tr> }.into_any()
}

/// Which rows these are, and the way to the others.
fn foot(editing: Editing, answered: &Answered) -> AnyView {
    let (query, answer) = (&answered.query, &answered.answer);
    let (from, to) = (query.offset + 1, query.offset + answer.rows.len());
    let count = |rows: usize| format::whole(u64::try_from(rows).unwrap_or(u64::MAX));
    let words = match answer.total_rows {
        1 => "1 row".to_owned(),
        all => format!("{}–{} of {} rows", count(from), count(to), count(all)),
    };
    let (has_earlier, has_later) = (query.offset > 0, to < answer.total_rows);
    let turn = move |by: isize| {
        let mut next = editing.state.get_untracked();
        next.page = next.page.saturating_add_signed(by);
        editing.show(&next);
    };
    let limit = query.limit.unwrap_or_default();
    let mut limits: Vec<_> =
        LIMITS.iter().map(|rows| Choosable::new(rows.to_string(), rows.to_string(), *rows == limit)).collect();
    if !LIMITS.contains(&limit) {
        limits.push(Choosable::new(limit.to_string(), limit.to_string(), true));
    }
    let choose = UnsyncCallback::new(move |chosen: String| {
        if let Ok(rows) = chosen.parse() {
            editing.change(|state| state.limit = rows);
        }
    });
    let limits = choice("Rows of a page".to_owned(), "", "field", Signal::stored(limits), choose);
    view! {
        <div class="explore-foot">
            <span class="muted" data-testid="rows">{words}</span>
            <span class="build-also"><span class="muted" aria-hidden="true">"Rows of a page"</span>{limits}</span>
            <button type="button" class="button" disabled=!has_earlier on:click=move |_| turn(-1)>"Previous"</button>
            <button type="button" class="button" disabled=!has_later on:click=move |_| turn(1)>"Next"</button>
        </div>
    }
    .into_any()
}

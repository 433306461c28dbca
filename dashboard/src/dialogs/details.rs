//! A ranking in full: searched, sorted, page by page, and as a file.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::query::{Dimension, Direction, Filter, Filters, Metric, Operator, Order, Query};

use super::Dialog;
use crate::api;
use crate::components::{Retry, names, second, visitors};
use crate::download;
use crate::format;
use crate::metric::{Kpi, count, text};
use crate::report::{Answered, Report};
use crate::shown::Shown;
use crate::view::View;
use crate::view::filter::Condition;

/// Rows that are asked for at a time.
const PAGE: usize = 100;

/// How long a search waits for the next letter, in milliseconds.
const PAUSE_MS: u32 = 250;

/// The ranking of the dimension that the address names.
#[component]
pub fn Details(
    /// The site.
    tracking_id: String,
    /// What is shown.
    shown: Shown,
    /// All of it together.
    totals: Report,
) -> impl IntoView {
    let dimension = shown.with(|view| view.details).unwrap_or(Dimension::Page);
    let columns = columns(dimension);
    let search = RwSignal::new(String::new());
    let order = RwSignal::new((Metric::UniqueUsers, Direction::Desc));
    let limit = RwSignal::new(PAGE);
    let query = Memo::new(move |_| {
        let (field, direction) = order.get();
        let query = shown.with(|view| view.query(&tracking_id, columns.iter().map(|kpi| kpi.metric()).collect()));
        Query {
            dimensions: vec![dimension],
            filters: searched(query.filters.clone(), dimension, search.get().trim()),
            order_by: vec![Order { field: field.name().to_owned(), direction }],
            limit: Some(limit.get()),
            ..query
        }
    });
    let report = Report::keep(query, RwSignal::new(0));
    let pause = StoredValue::new_local(None::<Timeout>);
    let type_in = move |event: web_sys::Event| {
        let text = event_target_value(&event);
        let timeout = Timeout::new(PAUSE_MS, move || {
            limit.set(PAGE);
            search.set(text);
        });
        pause.set_value(Some(timeout));
    };
    let head = move || {
        let heads = columns.iter().map(|kpi| {
            let metric = kpi.metric();
            let sorted = move || match order.get() {
                (by, direction) if by == metric => {
                    Some(if direction == Direction::Desc { "descending" } else { "ascending" })
                }
                _ => None,
            };
            let sort = move |_| {
                order.update(|(by, direction)| {
                    let turns = *by == metric && *direction == Direction::Desc;
                    (*by, *direction) = (metric, if turns { Direction::Asc } else { Direction::Desc });
                });
            };
            view! { <th scope="col" aria-sort=sorted><button type="button" on:click=sort>{kpi.title()}</button></th> }
        });
        heads.collect_view()
    };
    let rows = move || report.with(|answered| Some(body(answered?, dimension, columns, totals.with(visitors), shown)));
    let more = move || {
        let (total, shown) = report.with(|answered| {
            answered.map_or((0, 0), |answered| (answered.answer.total_rows, answered.answer.rows.len()))
        });
        (shown < total).then(|| {
            view! {
                <button type="button" class="button" on:click=move |_| limit.update(|limit| *limit += PAGE)>
                    {format!("Show more: {shown} of {total}")}
                </button>
            }
        })
    };
    let is_empty = move || report.with(|answered| answered.is_some_and(|answered| answered.answer.rows.is_empty()));
    let has_failed = Memo::new(move |_| report.failure().is_some());
    let save = move |_| {
        let query = Query { limit: Some(wire::limits::QUERY_LIMIT_MAX), ..query.get_untracked() };
        spawn_local(async move {
            if let Ok(csv) = api::csv(&query).await {
                download::save(&format!("{}.csv", dimension.name()), "text/csv", &csv);
            }
        });
    };
    let close = move || shown.show(&View { details: None, ..shown.view() });
    view! {
        <Dialog title=names::dimension(dimension) class="wide" on_close=close>
            <div class="dialog-tools">
                <input type="search" aria-label="Search" placeholder="Search" on:input=type_in/>
                <button type="button" class="button" on:click=save>"CSV"</button>
            </div>
            <div class="details" class:stale=move || report.is_stale() tabindex="0" role="region" aria-label="Ranking">
                {move || has_failed.get().then(|| view! { <Retry report/> })}
                <table>
                    <thead><tr><th scope="col">{names::dimension(dimension)}</th>{head}<th scope="col">"%"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
                {move || is_empty().then(|| view! { <p class="panel-empty muted">"Nothing in this period."</p> })}
                {more}
            </div>
        </Dialog>
    }
}

/// What is asked of each value: of visits where counters know them.
pub fn columns(dimension: Dimension) -> &'static [Kpi] {
    match dimension {
        Dimension::Page | Dimension::Title | Dimension::Hostname => &[Kpi::Visitors, Kpi::Pageviews],
        Dimension::EventType | Dimension::Goal | Dimension::Property(_) => &[Kpi::Visitors, Kpi::Events],
        _ if second(dimension).0 == Metric::Visits => {
            &[Kpi::Visitors, Kpi::Visits, Kpi::BounceRate, Kpi::VisitDuration]
        }
        _ => &[Kpi::Visitors, Kpi::Pageviews, Kpi::BounceRate, Kpi::VisitDuration],
    }
}

/// Only values that contain what is looked for.
fn searched(filters: Filters, dimension: Dimension, text: &str) -> Filters {
    if text.is_empty() {
        return filters;
    }
    let contains = Filter::Test { operator: Operator::Contains, dimension, values: vec![text.to_owned()] };
    Filters::Expression(match filters {
        Filters::Expression(present) => Filter::And(vec![present, contains]),
        Filters::All(_) => contains,
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
fn body(answered: &Answered, dimension: Dimension, columns: &[Kpi], all: Option<u64>, shown: Shown) -> AnyView {
    let rows = answered.answer.rows.iter().map(|row| {
        let value = text(row, &dimension.to_string()).to_owned();
        let cells = columns.iter().map(|kpi| view! { <td>{format::figure(kpi.unit(), kpi.of(row, ""), "")}</td> });
        let share = all.filter(|all| *all > 0).map(|all| count(row, "unique_users") as f64 / all as f64);
        let alone = shown.with(|view| shown.address(&view.with(Condition::is(dimension, value.clone()))));
        view! {
            <tr data-name=value.clone()>
                <th scope="row">
                    <a href=alone>
                        <img class="flag" src=names::flag_of(dimension, &value) alt="" loading="lazy"/>
                        {names::value(dimension, &value)}
                    </a>
                </th>
                {cells.collect_view()}
                <td class="muted">{share.map(|share| format::percent(share.min(1.0)))}</td>
            </tr>
        }
    });
    rows.collect_view().into_any()
}

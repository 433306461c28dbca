//! A panel that ranks the values of a dimension: pages, sources, countries, devices.

use leptos::prelude::*;
use wire::query::{Dimension, Metric, Query};

use super::breakdown_row::{BreakdownRow, Ranked};
use super::{Retry, When};
use crate::format;
use crate::metric::{count, text};
use crate::period::Shown;
use crate::report::{Answered, Report};

/// Rows of a panel before all are asked for.
const FEW: usize = 9;

/// Rows when all are asked for.
const MANY: usize = 500;

/// A dimension that a panel can rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tab {
    /// What the tab says.
    pub title: &'static str,
    /// What a row is called.
    pub singular: &'static str,
    /// The dimension.
    pub dimension: Dimension,
}

impl Tab {
    /// The column beside visitors: of events there are no views.
    fn second(self) -> (Metric, &'static str, &'static str) {
        match self.dimension {
            Dimension::EventType => (Metric::Events, "events", "Events"),
            _ => (Metric::Pageviews, "pageviews", "Views"),
        }
    }
}

/// The panel.
#[component]
pub fn Breakdown(
    /// The dimensions on offer, the first shown first.
    tabs: &'static [Tab],
    /// The name browser tests find it by.
    test_id: &'static str,
    /// The site.
    tracking_id: String,
    /// The period.
    shown: Memo<Shown>,
    /// The period's totals, of whose visitors the rows are shares.
    totals: Report,
    /// Asks again when it changes.
    refresh: RwSignal<u64>,
) -> impl IntoView {
    let Some(first) = tabs.first() else { return ().into_any() };
    let tab = RwSignal::new(*first);
    let first = *first;
    let limit = RwSignal::new(FEW);
    let query = Memo::new(move |_| Query {
        dimensions: vec![tab.get().dimension],
        limit: Some(limit.get()),
        ..Query::new(tracking_id.clone(), shown.get().range(), vec![Metric::UniqueUsers, tab.get().second().0])
    });
    let report = Report::keep(query, refresh);
    // An answer about another dimension is no answer, however recent.
    let fits = move |answered: &&Answered| answered.query.dimensions.first() == Some(&tab.get().dimension);
    let rows = Memo::new(move |_| {
        report.with(|answered| {
            let answered = answered.filter(fits)?;
            Some(ranked(answered, tab.get(), totals.with(visitors)))
        })
    });
    let total = move || report.with(|answered| answered.filter(fits).map_or(0, |answered| answered.answer.total_rows));
    let length = Memo::new(move |_| rows.with(|rows| rows.as_ref().map(Vec::len)));
    let has_failed = Memo::new(move |_| report.failure().is_some());
    let has_more = Signal::derive(move || total() > FEW);
    let more = move || match limit.get() {
        FEW => format!("Show all {}", format::whole(u64::try_from(total()).unwrap_or(u64::MAX))),
        _ => "Show fewer".to_owned(),
    };
    let head = match tabs {
        [_] => view! { <h2>{first.title}</h2> }.into_any(),
        _ => view! { <Tabs tabs tab limit/> }.into_any(),
    };
    let table = move || match length.get() {
        _ if has_failed.get() => view! { <Retry report/> }.into_any(),
        None => view! { <div class="panel-body skeleton-rows"></div> }.into_any(),
        Some(0) => view! {
            <div class="panel-body"><p class="panel-empty muted">"Nothing in this period."</p></div>
        }
        .into_any(),
        Some(length) => view! {
            <div class="panel-body">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{tab.get().singular}</th>
                            <th scope="col">"Visitors"</th>
                            <th scope="col"><abbr title="Share of all visitors">"%"</abbr></th>
                            <th scope="col">{tab.get().second().2}</th>
                        </tr>
                    </thead>
                    <tbody>{(0..length).map(|at| view! { <BreakdownRow rows at/> }).collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any(),
    };
    view! {
        <section class="card panel" data-testid=test_id aria-label=first.title class:stale=move || report.is_stale()>
            <header class="panel-head">
                {head}
                <When holds=has_more>
                    <button
                        type="button"
                        class="button quiet"
                        aria-expanded=move || (limit.get() > FEW).to_string()
                        on:click=move |_| limit.update(|limit| *limit = if *limit > FEW { FEW } else { MANY })
                    >
                        {more}
                    </button>
                </When>
            </header>
            {table}
        </section>
    }
    .into_any()
}

/// The choice between a panel's dimensions.
#[component]
fn Tabs(tabs: &'static [Tab], tab: RwSignal<Tab>, limit: RwSignal<usize>) -> impl IntoView {
    let buttons = tabs.iter().map(|choice| {
        view! {
            <h2>
                <button
                    type="button"
                    aria-pressed=move || (tab.get() == *choice).to_string()
                    on:click=move |_| {
                        limit.set(FEW);
                        tab.set(*choice);
                    }
                >
                    {choice.title}
                </button>
            </h2>
        }
    });
    view! { <div class="tabs">{buttons.collect_view()}</div> }
}

/// All visitors of the period.
fn visitors(answered: Option<&Answered>) -> Option<u64> {
    answered?.answer.rows.first().map(|row| count(row, "unique_users"))
}

#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
fn ranked(answered: &Answered, tab: Tab, visitors: Option<u64>) -> Vec<Ranked> {
    let rows = &answered.answer.rows;
    let highest = rows.iter().map(|row| count(row, "unique_users")).max().unwrap_or(0).max(1);
    let (_, second, _) = tab.second();
    rows.iter()
        .map(|row| {
            let own = count(row, "unique_users");
            Ranked {
                dimension: tab.dimension,
                value: text(row, tab.dimension.name()).to_owned(),
                visitors: own,
                second: count(row, second),
                length: own as f64 / highest as f64,
                share: visitors.filter(|all| *all > 0).map(|all| (own as f64 / all as f64).min(1.0)),
            }
        })
        .collect()
}

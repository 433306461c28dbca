//! A panel that ranks the values of a dimension: pages, sources, countries, devices.

use leptos::prelude::*;
use wire::query::{Dimension, Metric, Query};

use super::Retry;
use super::breakdown_row::{BreakdownRow, Mark, Ranked};
use super::icon::{Icon, Picture};
use crate::kept::Kept;
use crate::metric::{count, text};
use crate::overview::{Piece, piece};
use crate::report::{Answered, Report};
use crate::shown::Shown;
use crate::view::View;

/// Title of the tab whose dimension is chosen among the site's properties.
pub const PROPERTIES: &str = "Properties";

/// Rows of a panel; the others are in the details.
const FEW: usize = 9;

/// A dimension that a panel can rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tab {
    /// What the tab says.
    pub title: &'static str,
    /// What a row is called.
    pub singular: &'static str,
    /// The dimension; none where it is still to be chosen among the site's properties.
    pub dimension: Option<Dimension>,
}

/// The column beside visitors: of the first and last pages of visits there are visits, of events and goals no views.
pub fn second(dimension: Dimension) -> (Metric, &'static str) {
    match dimension {
        Dimension::EntryPage | Dimension::ExitPage => (Metric::Visits, "Visits"),
        Dimension::EventType | Dimension::Goal | Dimension::Property(_) => (Metric::Events, "Events"),
        _ => (Metric::Pageviews, "Views"),
    }
}

/// The panel.
#[component]
pub fn Breakdown(
    /// The dimensions on offer, the first shown first.
    tabs: &'static [Tab],
    /// The name browser tests find it by.
    test_id: &'static str,
    /// What is kept of the site.
    kept: Kept,
    /// What is shown.
    shown: Shown,
    /// All of it together, of whose visitors the rows are shares.
    totals: Report,
    /// Asks again when it changes.
    refresh: RwSignal<u64>,
) -> impl IntoView {
    let Some(first) = tabs.first().copied() else { return ().into_any() };
    let tab = RwSignal::new(first);
    let is_chosen = Memo::new(move |_| tab.get().title == PROPERTIES);
    let choice = move || is_chosen.get().then(|| piece(Piece::Properties(kept, tab)));
    let rows = ranking(tab, first, kept, shown, totals, refresh, |_, _| ().into_any());
    framed(tabs, tab, test_id, shown, (choice, rows).into_any())
}

/// A panel around what its tab shows.
pub fn framed(tabs: &'static [Tab], tab: RwSignal<Tab>, test_id: &'static str, shown: Shown, body: AnyView) -> AnyView {
    let first = tab.get_untracked();
    let dimension = move || tab.get().dimension.or(first.dimension);
    let details = move || shown.with(|view| shown.address(&View { details: dimension(), ..view.clone() }));
    let head = match tabs {
        [_] => view! { <h2>{first.title}</h2> }.into_any(),
        _ => view! { <Tabs tabs tab/> }.into_any(),
    };
    view! {
        <section class=format!("card panel {test_id}") data-testid=test_id aria-label=first.title>
            <header class="panel-head">
                {head}
                <a class="button quiet" href=details hidden=move || tab.get().dimension.is_none()>
                    <Icon picture=Picture::EXPAND/>
                    "Details"
                </a>
            </header>
            {body}
        </section>
    }
    .into_any()
}

/// The first values of a tab's dimension.
pub fn ranking(
    tab: RwSignal<Tab>,
    first: Tab,
    kept: Kept,
    shown: Shown,
    totals: Report,
    refresh: RwSignal<u64>,
    mark: Mark,
) -> AnyView {
    // Until one is chosen, the first is asked about, which is answered already.
    let dimension = move || tab.get().dimension.or(first.dimension).unwrap_or(Dimension::Page);
    let query = Memo::new(move |_| {
        let dimension = dimension();
        let metrics = vec![Metric::UniqueUsers, second(dimension).0];
        Query {
            dimensions: vec![dimension],
            limit: Some(FEW),
            ..shown.with(|view| view.query(&kept.tracking_id.get_value(), metrics))
        }
    });
    let report = Report::keep(query, refresh);
    // An answer about another dimension is no answer, however recent.
    let fits = move |answered: &&Answered| answered.query.dimensions.first() == Some(&dimension());
    let rows = Memo::new(move |_| {
        report.with(|answered| {
            let answered = answered.filter(fits)?;
            Some(ranked(answered, dimension(), totals.with(visitors)))
        })
    });
    let length = Memo::new(move |_| rows.with(|rows| rows.as_ref().map(Vec::len)));
    let has_failed = Memo::new(move |_| report.failure().is_some());
    let is_open = Memo::new(move |_| tab.get().dimension.is_none());
    let table = move || match length.get() {
        _ if is_open.get() => ().into_any(),
        _ if has_failed.get() => view! { <Retry report/> }.into_any(),
        None => view! { <div class="panel-body skeleton-rows"></div> }.into_any(),
        Some(0) => view! {
            <div class="panel-body"><p class="panel-empty muted">"Nothing in this period."</p></div>
        }
        .into_any(),
        Some(length) => view! {
            <div class="panel-body" class:stale=move || report.is_stale()>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{tab.get().singular}</th>
                            <th scope="col">"Visitors"</th>
                            <th scope="col"><abbr title="Share of all visitors">"%"</abbr></th>
                            <th scope="col">{second(dimension()).1}</th>
                        </tr>
                    </thead>
                    <tbody>{(0..length).map(|at| view! { <BreakdownRow rows at shown mark/> }).collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any(),
    };
    table.into_any()
}

/// The choice between a panel's dimensions.
#[component]
fn Tabs(tabs: &'static [Tab], tab: RwSignal<Tab>) -> impl IntoView {
    let buttons = tabs.iter().map(|choice| {
        let is_chosen = move || tab.get().title == choice.title;
        view! {
            <h2>
                <button
                    type="button"
                    aria-pressed=move || is_chosen().to_string()
                    on:click=move |_| if !is_chosen() { tab.set(*choice) }
                >
                    {choice.title}
                </button>
            </h2>
        }
    });
    view! { <div class="tabs">{buttons.collect_view()}</div> }
}

/// All visitors of what is shown.
pub fn visitors(answered: Option<&Answered>) -> Option<u64> {
    answered?.answer.rows.first().map(|row| count(row, "unique_users"))
}

/// The rows of an answer, with their bars and shares.
#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
pub fn ranked(answered: &Answered, dimension: Dimension, visitors: Option<u64>) -> Vec<Ranked> {
    let rows = &answered.answer.rows;
    let highest = rows.iter().map(|row| count(row, "unique_users")).max().unwrap_or(0).max(1);
    let (metric, _) = second(dimension);
    rows.iter()
        .map(|row| {
            let own = count(row, "unique_users");
            Ranked {
                dimension,
                value: text(row, &dimension.to_string()).to_owned(),
                visitors: own,
                second: count(row, metric.name()),
                length: own as f64 / highest as f64,
                share: visitors.filter(|all| *all > 0).map(|all| (own as f64 / all as f64).min(1.0)),
            }
        })
        .collect()
}

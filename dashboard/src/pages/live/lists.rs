//! What is being read, where from, and by what: values by the people who are here now.

use leptos::prelude::*;
use wire::query::Dimension;
use wire::realtime::Realtime;

use crate::components::names::{flag_of, value as name_of};
use crate::format;

/// Rows of a list; it has as many at all times, so that nothing moves.
const ROWS: usize = 8;

/// One list.
struct List {
    title: &'static str,
    test_id: &'static str,
    dimension: Dimension,
    read: fn(&Realtime) -> Vec<Here>,
    rows: usize,
}

/// People at one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    /// The value.
    pub value: String,
    /// How many.
    pub visitors: u64,
}

/// Lists of their own.
const LISTS: [List; 3] = [
    List { title: "Being read now", test_id: "live-pages", dimension: Dimension::Page, read: pages, rows: ROWS },
    List { title: "Sources", test_id: "live-sources", dimension: Dimension::Source, read: sources, rows: ROWS },
    List { title: "Countries", test_id: "live-countries", dimension: Dimension::Country, read: countries, rows: ROWS },
];

/// Two short ones, one below the other.
const PAIR: [List; 2] = [
    List { title: "Events", test_id: "live-events", dimension: Dimension::EventType, read: event_types, rows: 4 },
    List { title: "Devices", test_id: "live-devices", dimension: Dimension::Device, read: devices, rows: 3 },
];

/// Pages by who is on them.
pub fn pages(now: &Realtime) -> Vec<Here> {
    now.top_pages.iter().map(|page| Here { value: page.url.clone(), visitors: page.active_users }).collect()
}

/// Sources by who came from them.
pub fn sources(now: &Realtime) -> Vec<Here> {
    top(&now.top_sources)
}

/// Countries by who is there.
pub fn countries(now: &Realtime) -> Vec<Here> {
    top(&now.top_countries)
}

fn event_types(now: &Realtime) -> Vec<Here> {
    top(&now.top_event_types)
}

fn devices(now: &Realtime) -> Vec<Here> {
    let of = |value: &str, visitors| Here { value: value.to_owned(), visitors };
    let devices = now.devices;
    vec![of("desktop", devices.desktop), of("mobile", devices.mobile), of("tablet", devices.tablet)]
}

fn top(values: &[wire::realtime::TopValue]) -> Vec<Here> {
    values.iter().map(|top| Here { value: top.value.clone(), visitors: top.active_users }).collect()
}

/// All lists.
#[component]
pub fn Lists(
    /// The site, now.
    realtime: RwSignal<Option<Realtime>>,
) -> impl IntoView {
    let card = move |List { title, test_id, dimension, read, rows }| {
        view! {
            <section class="card live-list" data-testid=test_id aria-label=title>
                <header><h2>{title}</h2><span class="muted">"Visitors"</span></header>
                <HereRows realtime read dimension rows/>
            </section>
        }
    };
    view! {
        {LISTS.map(card)}
        <div class="live-pair">{PAIR.map(card)}</div>
    }
}

/// The rows of a list, each with its bar; so many at all times.
#[component]
pub fn HereRows(
    /// The site, now.
    realtime: RwSignal<Option<Realtime>>,
    /// What is listed.
    read: fn(&Realtime) -> Vec<Here>,
    /// What the values are values of.
    dimension: Dimension,
    /// Rows at most.
    rows: usize,
) -> impl IntoView {
    let list = Memo::new(move |_| realtime.with(|now| now.as_ref().map(read)));
    let is_empty = Memo::new(move |_| list.with(|list| list.as_ref().is_some_and(Vec::is_empty)));
    let items = (0..rows).map(|at| view! { <HereRow list at dimension/> }).collect_view();
    view! {
        <ol class="live-rows" data-rows=rows.to_string()>
            <li class="live-nobody muted" hidden=move || !is_empty.get()>"Nobody at the moment"</li>
            {items}
        </ol>
    }
}

#[component]
fn HereRow(list: Memo<Option<Vec<Here>>>, at: usize, dimension: Dimension) -> impl IntoView {
    let here = Memo::new(move |_| list.with(|list| list.as_ref()?.get(at).cloned()));
    let name = move || here.get().map(|here| name_of(dimension, &here.value)).unwrap_or_default();
    let flag = move || here.get().and_then(|here| flag_of(dimension, &here.value));
    #[expect(clippy::cast_precision_loss, reason = "people at once are far below 2^53")]
    let width = move || {
        let most = list.with(|list| list.iter().flatten().map(|here| here.visitors).max().unwrap_or(0)).max(1);
        format::length(here.get().map_or(0, |here| here.visitors) as f64 / most as f64)
    };
    view! {
        <li
            hidden=move || here.with(Option::is_none)
            data-name=move || here.get().map(|here| here.value)
            data-value=move || here.get().map(|here| here.visitors)
        >
            <i class="bar" style:width=width></i>
            <span class="row-name" title=name><img class="flag" src=flag alt="" loading="lazy"/>{name}</span>
            <b>{move || here.get().map(|here| format::whole(here.visitors))}</b>
        </li>
    }
}

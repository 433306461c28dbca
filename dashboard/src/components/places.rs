//! Where visitors are: on the map, and as rankings of countries, regions and cities.

use leptos::prelude::*;
use wire::query::{Dimension, Metric, Query};

use super::breakdown::{Tab, framed, ranking, visitors};
use super::breakdown_row::Ranked;
use super::map::{Map, places};
use super::{Retry, names};
use crate::kept::Kept;
use crate::metric::{count, text};
use crate::report::Report;
use crate::shown::Shown;
use crate::view::filter::Condition;

const MAP: Tab = Tab { title: "Map", singular: "Country", dimension: Some(Dimension::Country) };

const LIST: Tab = Tab { title: "Countries", singular: "Country", dimension: Some(Dimension::Country) };

const TABS: [Tab; 4] = [
    MAP,
    LIST,
    Tab { title: "Regions", singular: "Region", dimension: Some(Dimension::Region) },
    Tab { title: "Cities", singular: "City", dimension: Some(Dimension::City) },
];

/// More than there are countries.
const COUNTRIES_MAX: usize = 300;

/// The panel.
#[component]
pub fn Places(
    /// What is kept of the site.
    kept: Kept,
    /// What is shown.
    shown: Shown,
    /// All of it together, of whose visitors the rows are shares.
    totals: Report,
    /// Asks again when it changes.
    refresh: RwSignal<u64>,
) -> impl IntoView {
    let tracking_id = kept.tracking_id.get_value();
    let tab = RwSignal::new(preferred(&tracking_id));
    follow(tab, tracking_id.clone(), shown);
    let is_map = Memo::new(move |_| tab.get() == MAP);
    let body = move || {
        let tracking_id = tracking_id.clone();
        if is_map.get() {
            mapped(tracking_id, shown, totals, refresh)
        } else {
            ranking(tab, LIST, kept, shown, totals, refresh, flag)
        }
    };
    framed(&TABS, tab, "panel-countries", shown, body.into_any())
}

/// The flag before a country's name. It is made here, so that panels that have none do without the code for it.
fn flag(rows: Memo<Option<Vec<Ranked>>>, at: usize) -> AnyView {
    let flag = move || {
        rows.with(|rows| {
            let row = rows.as_ref()?.get(at)?;
            names::flag_of(row.dimension, &row.value)
        })
    };
    view! { <img class="flag" src=flag alt="" loading="lazy"/> }.into_any()
}

/// Who looks at a country sees its regions next, and at a region its cities; and back again, to the map or the list, whichever
/// was looked at last.
fn follow(tab: RwSignal<Tab>, tracking_id: String, shown: Shown) {
    let next = Memo::new(move |_| {
        let about = |dimension| shown.with(|view| view.conditions.iter().any(|present| present.dimension == dimension));
        if about(Dimension::Region) || about(Dimension::City) {
            Dimension::City
        } else if about(Dimension::Country) {
            Dimension::Region
        } else {
            Dimension::Country
        }
    });
    let site = tracking_id.clone();
    Effect::new(move |was: Option<Dimension>| {
        let next = next.get();
        // What is there from the start is not gone to again.
        if was.map_or(next != Dimension::Country, |was| was != next) {
            let found = TABS.into_iter().find(|tab| tab.dimension == Some(next) && next != Dimension::Country);
            tab.set(found.unwrap_or_else(|| preferred(&site)));
        }
        next
    });
    Effect::new(move || {
        let tab = tab.get();
        if tab.dimension == Some(Dimension::Country) && tab != preferred(&tracking_id) {
            prefer(&tracking_id, tab);
        }
    });
}

/// The key under which a browser remembers of a site that its list was looked at last, and not its map.
fn key(tracking_id: &str) -> String {
    format!("tidemark-list:{tracking_id}")
}

fn preferred(tracking_id: &str) -> Tab {
    let storage = window().local_storage().ok().flatten();
    let list = storage.and_then(|storage| storage.get_item(&key(tracking_id)).ok().flatten());
    if list.is_some() { LIST } else { MAP }
}

/// A browser that keeps nothing shows the map again.
fn prefer(tracking_id: &str, tab: Tab) {
    if let Ok(Some(storage)) = window().local_storage() {
        let key = key(tracking_id);
        let _ = if tab == LIST { storage.set_item(&key, "1") } else { storage.remove_item(&key) };
    }
}

/// The map of what is shown.
fn mapped(tracking_id: String, shown: Shown, totals: Report, refresh: RwSignal<u64>) -> AnyView {
    let query = Memo::new(move |_| Query {
        dimensions: vec![Dimension::Country],
        limit: Some(COUNTRIES_MAX),
        ..shown.with(|view| view.query(&tracking_id, vec![Metric::UniqueUsers]))
    });
    let report = Report::keep(query, refresh);
    let places = Memo::new(move |_| {
        report.with(|answered| {
            let rows = answered?.answer.rows.iter();
            let country = Dimension::Country.name();
            let countries = rows.map(|row| (text(row, country).to_owned(), count(row, "unique_users")));
            Some(places(countries, totals.with(visitors)))
        })
    });
    let alone = move |code| shown.with(|view| shown.address(&view.with(Condition::is(Dimension::Country, code))));
    let way = Callback::new(alone);
    let has_failed = Memo::new(move |_| report.failure().is_some());
    let body = move || match has_failed.get() {
        true => view! { <Retry report/> }.into_any(),
        false => view! {
            <div class="panel-body map-body" class:stale=move || report.is_stale()><Map places way/></div>
        }
        .into_any(),
    };
    body.into_any()
}

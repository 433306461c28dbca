//! Where the people are who are here now.

use leptos::prelude::*;
use wire::query::Dimension;
use wire::realtime::Realtime;

use crate::components::map::{Map, places};
use crate::view::View;
use crate::view::filter::Condition;
use crate::view::period::Period;

/// The panel. A country leads to the overview of its visitors of today.
#[component]
pub fn MapPanel(
    /// The site.
    tracking_id: String,
    /// The site, now.
    realtime: RwSignal<Option<Realtime>>,
) -> impl IntoView {
    let places = Memo::new(move |_| {
        realtime.with(|now| {
            let now = now.as_ref()?;
            let countries = now.top_countries.iter().map(|top| (top.value.clone(), top.active_users));
            Some(places(countries, Some(now.active_users)))
        })
    });
    let alone = move |code| {
        let today = View { period: Period::parse(Some("day"), None), ..View::default() };
        let url = today.with(Condition::is(Dimension::Country, code)).to_url(str::to_owned);
        format!("/sites/{tracking_id}{url}")
    };
    let way = Callback::new(alone);
    view! {
        <section class="card live-list live-map" data-testid="live-map" aria-label="Where they are">
            <header><h2>"Where they are"</h2><span class="muted">"Visitors"</span></header>
            <Map places way/>
        </section>
    }
    .into_any()
}

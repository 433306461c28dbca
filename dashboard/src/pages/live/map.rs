//! Where the people are who are here now.

use leptos::prelude::*;
use wire::query::Dimension;
use wire::realtime::Realtime;

use crate::components::map::{Map, Place};
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
    let places = Memo::new(move |_| realtime.with(|now| now.as_ref().map(places)));
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

/// The countries that are told, most first, and those of the others together.
#[expect(clippy::cast_precision_loss, reason = "people at once are far below 2^53")]
fn places(now: &Realtime) -> Vec<Place> {
    let place = |code: &str, visitors: u64| {
        let share = (visitors as f64 / now.active_users.max(1) as f64).min(1.0);
        Place { code: code.to_owned(), visitors, share: Some(share) }
    };
    // A country may be told of for events that are not a visitor's.
    let here = now.top_countries.iter().filter(|top| top.active_users > 0);
    let told = here.map(|top| place(&top.value, top.active_users));
    let others = now.active_users.saturating_sub(now.top_countries.iter().map(|top| top.active_users).sum());
    told.chain((others > 0).then(|| place("", others))).collect()
}

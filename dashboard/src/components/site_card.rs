//! A site in the list of sites: its last 24 hours, and who is there now.

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::query::{Comparison, ComparisonPeriod, Dimension, Metric, Preset, Query};
use wire::realtime::Realtime;
use wire::session::Site;

use super::change::Change;
use super::icon::{Icon, Picture};
use super::sparkline::Sparkline;
use crate::api;
use crate::format;
use crate::metric::{Kpi, count};
use crate::report::Report;
use crate::session::Session;

/// How often a card asks who is there. A stream a card would use up the browser's connections.
const POLL_MS: u32 = 10_000;

/// How often a card asks for its hours.
const HOURS_MS: u32 = 60_000;

/// The card. `visitors` is told those of the last 24 hours.
#[component]
pub fn SiteCard(
    /// The site.
    site: Site,
    /// Whether it stands before the others.
    is_pinned: Signal<bool>,
    /// Turns that.
    pin: Callback<()>,
    /// Takes the visitors of the last 24 hours.
    visitors: Callback<u64>,
) -> impl IntoView {
    let round = RwSignal::new(0);
    StoredValue::new_local(Interval::new(HOURS_MS, move || {
        if !document().hidden() {
            round.try_update(|round| *round += 1);
        }
    }));
    let realtime = use_polled(site.tracking_id.clone());
    let day = {
        let tracking_id = site.tracking_id.clone();
        Memo::new(move |_| Query {
            compare: Some(Comparison {
                period: ComparisonPeriod::Previous,
                date_range: None,
                match_weekday: false,
                same_hours: false,
            }),
            ..Query::new(tracking_id.clone(), Preset::Hours24, vec![Metric::UniqueUsers])
        })
    };
    let hours = Memo::new(move |_| Query { dimensions: vec![Dimension::Hour], compare: None, ..day.get() });
    let (day, hours) = (Report::keep(day, round), Report::keep(hours, round));
    let of_day = move || {
        day.with(|answered| {
            let answer = &answered?.answer;
            let before = answer.comparison.as_ref().and_then(|compared| compared.rows.first()?.as_ref());
            Some((count(answer.rows.first()?, "unique_users"), before.map(|row| count(row, "unique_users"))))
        })
    };
    Effect::new(move || {
        if let Some((now, _)) = of_day() {
            visitors.run(now);
        }
    });
    #[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
    let change = move || {
        let (now, before) = of_day()?;
        Some(view! { <Change kpi=Kpi::Visitors now=now as f64 before=before? as f64/> })
    };
    let total = move || of_day().map_or_else(|| "–".to_owned(), |(now, _)| format::whole(now));
    let hourly = Signal::derive(move || {
        hours.with(|answered| {
            let rows = answered.into_iter().flat_map(|answered| &answered.answer.rows);
            rows.map(|row| count(row, "unique_users")).collect()
        })
    });
    let active = move || realtime.with(|now| now.as_ref().map(|now| now.active_users));
    let name = site.name.clone();
    let label = move || format!("{} {name}", if is_pinned.get() { "Unpin" } else { "Pin" });
    view! {
        <div class="card site-card">
            <a href=format!("/sites/{}", site.tracking_id)>
                <h2 class="ellipsis">{site.name}</h2>
                <Sparkline values=hourly/>
                <span class="site-figures">
                    <span><b>{total}</b>" visitors in 24 h "{change}</span>
                    <span class="muted">
                        <span class="live-dot" class:quiet=move || active().is_none_or(|active| active == 0) aria-hidden="true"></span>
                        {move || active().map_or_else(|| "–".to_owned(), format::whole)}
                        " now"
                    </span>
                </span>
            </a>
            <button
                type="button"
                class="icon-button pin"
                aria-pressed=move || is_pinned.get().to_string()
                aria-label=label
                on:click=move |_| pin.run(())
            >
                <Icon picture=Picture::PIN/>
            </button>
        </div>
    }
    .into_any()
}

/// A site, now, asked for every few seconds while the tab is visible.
fn use_polled(tracking_id: String) -> RwSignal<Option<Realtime>> {
    let realtime = RwSignal::new(None);
    let session = Session::of_page();
    let poll = move || {
        if document().hidden() {
            return;
        }
        let tracking_id = tracking_id.clone();
        spawn_local(async move {
            match api::realtime(&tracking_id).await {
                Ok(now) => {
                    realtime.try_set(Some(now));
                }
                Err(failure) => session.note(&failure),
            }
        });
    };
    poll();
    StoredValue::new_local(Interval::new(POLL_MS, poll));
    realtime
}

//! The last half hour, minute by minute, and where people are now.

use leptos::prelude::*;
use wire::realtime::{Realtime, SERIES_MINUTES};

use super::When;
use crate::format;
use crate::live::Live;

/// Pages listed in the strip.
const PAGES: usize = 3;

/// Visitors now, the minutes, and the pages being read; a quiet word where they are not for who looks.
#[component]
pub fn RealtimeStrip(
    /// The site, now.
    live: Live,
) -> impl IntoView {
    let withheld = Memo::new(move |_| live.is_withheld());
    move || {
        if !withheld.get() {
            return view! { <Now realtime=live.realtime/> }.into_any();
        }
        view! {
            <section class="card withheld" aria-labelledby="realtime-heading" data-testid="realtime-withheld">
                <h2 id="realtime-heading">"Right now"</h2>
                <p class="muted">"Live numbers are not part of this link."</p>
            </section>
        }
        .into_any()
    }
}

#[component]
fn Now(realtime: RwSignal<Option<Realtime>>) -> impl IntoView {
    let number = move |pick: fn(&Realtime) -> u64| {
        move || realtime.with(|now| now.as_ref().map_or_else(|| "–".to_owned(), |now| format::whole(pick(now))))
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rounded rate")]
    let events = number(|now| now.events_per_minute.round().max(0.0) as u64);
    let pages = move || {
        realtime.with(|now| {
            let pages = now.iter().flat_map(|now| now.top_pages.iter().take(PAGES));
            let rows = pages.map(|page| {
                view! {
                    <li>
                        <span class="ellipsis" title=page.url.clone()>{page.url.clone()}</span>
                        <b>{format::whole(page.active_users)}</b>
                    </li>
                }
            });
            rows.collect_view().into_any()
        })
    };
    let visitors = move || realtime.with(|now| now.as_ref().map(|now| now.active_users));
    let sessions = move || realtime.with(|now| now.as_ref().map(|now| now.active_sessions));
    let nobody = move || realtime.with(|now| now.as_ref().is_some_and(|now| now.top_pages.is_empty()));
    view! {
        <section class="card realtime" aria-labelledby="realtime-heading">
            <div class="realtime-now">
                <h2 id="realtime-heading">"Right now"</h2>
                <p class="realtime-count">
                    <b>{number(|now| now.active_users)}</b>
                    {move || if visitors() == Some(1) { " visitor" } else { " visitors" }}
                </p>
                <p class="muted">
                    <span>{number(|now| now.active_sessions)}</span>
                    {move || if sessions() == Some(1) { " session · " } else { " sessions · " }}
                    <span>{events}</span>" events/min"
                </p>
            </div>
            <div class="realtime-minutes">
                <h3>"Visitors per minute"</h3>
                <MinuteBars realtime/>
                <div class="realtime-axis muted" aria-hidden="true">
                    <span>"30 min ago"</span>
                    <span>"now"</span>
                </div>
            </div>
            <div class="realtime-pages">
                <h3>"Being read"</h3>
                <ol>{pages}</ol>
                <When holds=Signal::derive(nobody)><p class="muted">"Nobody at the moment."</p></When>
            </div>
        </section>
    }
}

/// A bar a minute.
#[component]
fn MinuteBars(
    /// The site, now.
    realtime: RwSignal<Option<Realtime>>,
) -> impl IntoView {
    let highest = move || realtime.with(highest);
    let label = move || format!("Visitors in each of the last 30 minutes, {} at most", format::whole(highest()));
    let bars = (0..usize::try_from(SERIES_MINUTES).unwrap_or(0)).map(|at| {
        let minute = move || realtime.with(|now| now.as_ref()?.minutes.get(at).copied());
        #[expect(clippy::cast_precision_loss, reason = "visitors of a minute are few")]
        let height = move || {
            let visitors = minute().map_or(0, |minute| minute.visitors);
            format::length(visitors as f64 / highest().max(4) as f64)
        };
        let hint = move || {
            let minute = minute()?;
            let (time, visitors) = (format::time(minute.start_ms), format::whole(minute.visitors));
            Some(format!("{time} UTC: {visitors} visitors, {} pageviews", format::whole(minute.pageviews)))
        };
        view! { <span title=hint><i style:height=height></i></span> }
    });
    view! { <div class="minute-bars" role="img" aria-label=label>{bars.collect_view()}</div> }
}

/// Visitors of the busiest minute.
fn highest(now: &Option<Realtime>) -> u64 {
    now.iter().flat_map(|now| &now.minutes).map(|minute| minute.visitors).max().unwrap_or(0)
}

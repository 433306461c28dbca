//! The present in big letters, for a screen that nobody touches. Dark, unless the address says `?wall&theme=light`.

use leptos::ev;
use leptos::prelude::*;
use wire::query::Dimension;

use super::hero::{events_per_minute, number, state};
use super::lists::{HereRows, countries, pages, sources};
use super::minutes::Bars;
use super::wake::keep_awake;
use crate::address::Address;
use crate::clock::Clock;
use crate::live::Live;

/// Visitors, minutes, pages, sources and countries, as large as the screen takes them.
#[component]
pub fn Wall(
    /// The site.
    tracking_id: String,
    /// Its name.
    name: RwSignal<String>,
    /// The site, now.
    live: Live,
    /// Now.
    clock: Clock,
) -> impl IntoView {
    keep_awake();
    let back = format!("/sites/{tracking_id}/live");
    let address = Address::of_page();
    let leaving = back.clone();
    let listener = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" {
            address.go(&leaving);
        }
    });
    on_cleanup(move || listener.remove());
    let is_light = move || address.all("theme").first().is_some_and(|theme| theme == "light");
    let realtime = live.realtime;
    let since = move || {
        let seconds = realtime.with(|now| now.as_ref().map(|now| clock.now_ms().saturating_sub(now.timestamp) / 1_000));
        match seconds {
            Some(seconds) if seconds >= 30 => format!("The numbers are {seconds} seconds old"),
            _ => String::new(),
        }
    };
    let column = move |title: &'static str, read, dimension| {
        view! {
            <section aria-label=title>
                <h2>{title}</h2>
                <HereRows realtime read dimension rows=6/>
            </section>
        }
    };
    view! {
        <main class="wall" id="content" class:light=is_light data-testid="wall">
            <header>
                <h1>{move || name.get()}</h1>
                <p class="live-state" role="status" data-state=move || state(live).0>
                    {move || if state(live).0 == "late" { state(live).1 } else { "" }}
                    " "
                    {since}
                </p>
                <a class="button quiet" href=back>"Leave (Esc)"</a>
            </header>
            <div class="wall-now">
                <p class="wall-count" data-testid="wall-count">{move || number(realtime, |now| now.active_users)}</p>
                <p class="wall-words"><span class="live-dot" aria-hidden="true"></span>"visitors now"</p>
                <p class="wall-also">
                    <b>{move || number(realtime, |now| now.active_sessions)}</b>" sessions"
                    <b>{move || number(realtime, events_per_minute)}</b>" events a minute"
                </p>
            </div>
            <div class="wall-minutes"><Bars realtime/></div>
            <div class="wall-lists">
                {column("Being read", pages, Dimension::Page)}
                {column("Sources", sources, Dimension::Source)}
                {column("Countries", countries, Dimension::Country)}
            </div>
        </main>
    }
}

//! How many are here, and how many were in each minute before.

use leptos::prelude::*;
use wire::realtime::Realtime;

use super::minutes::Minutes;
use crate::format;
use crate::live::{Connection, Live};

/// Least time between two numbers that are read out.
const SPOKEN_MS: f64 = 30_000.0;

/// Visitors now, and the last half hour.
#[component]
pub fn Hero(
    /// The site, now.
    live: Live,
) -> impl IntoView {
    let realtime = live.realtime;
    let number = move |pick: fn(&Realtime) -> u64| move || number(realtime, pick);
    let active = move || realtime.with(|now| now.as_ref().map(|now| now.active_users));
    view! {
        <section class="card live-hero" aria-labelledby="now-heading">
            <div class="live-now">
                <h2 id="now-heading"><span class="live-dot" aria-hidden="true"></span>"Visitors now"</h2>
                <p class="live-count" data-testid="live-count" data-value=active>{number(|now| now.active_users)}</p>
                <p class="muted">
                    <b>{number(|now| now.active_sessions)}</b>" sessions, "
                    <b>{number(events_per_minute)}</b>" events a minute"
                </p>
                <p class="live-state" role="status" data-state=move || state(live).0>{move || state(live).1}</p>
                <p class="visually-hidden" aria-live="polite">{spoken(live)}</p>
            </div>
            <Minutes realtime/>
        </section>
    }
}

/// A number of the present, or a dash before it is known.
pub fn number(realtime: RwSignal<Option<Realtime>>, pick: fn(&Realtime) -> u64) -> String {
    realtime.with(|now| now.as_ref().map_or_else(|| "–".to_owned(), |now| format::whole(pick(now))))
}

/// Events of a minute, in whole ones.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rounded rate")]
pub fn events_per_minute(now: &Realtime) -> u64 {
    now.events_per_minute.round().max(0.0) as u64
}

/// How the numbers come, for style sheets and for people.
pub fn state(live: Live) -> (&'static str, &'static str) {
    match live.connection.get() {
        Connection::Connecting => ("connecting", "Connecting…"),
        Connection::Open => ("open", "Distinct visitors of the last 5 minutes"),
        Connection::Reconnecting => ("late", "Late: the stream broke off, trying again"),
        Connection::Polling => ("late", "The stream is interrupted: asking every 10 seconds"),
        Connection::Withheld => ("withheld", "Live numbers are not part of this link"),
    }
}

/// The number of visitors in words, said now and then.
fn spoken(live: Live) -> Memo<String> {
    let last_ms = StoredValue::new(0.0);
    Memo::new(move |said: Option<&String>| {
        let active = live.realtime.with(|now| now.as_ref().map(|now| now.active_users));
        let now_ms = js_sys::Date::now();
        match active {
            Some(active) if now_ms - last_ms.get_value() >= SPOKEN_MS => {
                last_ms.set_value(now_ms);
                format!("{active} visitors now")
            }
            _ => said.cloned().unwrap_or_default(),
        }
    })
}

//! How many are on the site now.

use leptos::prelude::*;

use crate::format;
use crate::live::{Connection, Live};

/// The count with a dot that breathes while numbers are pushed.
#[component]
pub fn LiveBadge(
    /// The site, now.
    live: Live,
) -> impl IntoView {
    let state = move || match live.connection.get() {
        Connection::Connecting => "connecting",
        Connection::Open => "open",
        Connection::Reconnecting => "reconnecting",
        Connection::Polling => "polling",
        Connection::Withheld => "withheld",
    };
    let hint = move || match live.connection.get() {
        Connection::Connecting => "Connecting to the live stream",
        Connection::Open => "Distinct visitors of the last 5 minutes, live",
        Connection::Reconnecting => "The live stream is interrupted; trying again",
        Connection::Polling => "The live stream is interrupted; asking every 10 seconds",
        Connection::Withheld => "",
    };
    let active = move || live.realtime.with(|now| now.as_ref().map(|now| now.active_users));
    let is_late = move || live.connection.get() == Connection::Reconnecting;
    view! {
        <div class="live-badge" data-state=state title=hint hidden=move || live.is_withheld()>
            <span class="live-dot" aria-hidden="true"></span>
            <span>
                <b data-testid="live-visitors" data-value=active>
                    {move || active().map_or_else(|| "–".to_owned(), format::whole)}
                </b>
                <span class="live-words">
                    {move || if active() == Some(1) { " visitor now" } else { " visitors now" }}
                </span>
                <span class="live-word">" now"</span>
            </span>
            <span class="live-late" role="status">{move || is_late().then_some("reconnecting…")}</span>
        </div>
    }
}

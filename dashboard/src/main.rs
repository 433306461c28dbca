//! The dashboard: a single page in the browser, rendered by Leptos from the aggregator's API.
//!
//! ```text
//! address ──► shown: view (what is chosen, pure) ──► report, live ──► api ──► aggregator
//!                │                                      │
//!                └────► pages, dialogs ──► components ◄──┘ plot, scale, curve, series, day (pure), format (the browser's Intl)
//! ```
#![forbid(unsafe_code)]

mod api;
mod audience;
mod clock;
mod components;
mod curve;
mod day;
mod dialogs;
mod door;
mod download;
mod format;
mod later;
mod live;
mod manage;
mod metric;
mod pages;
mod plot;
mod refresh;
mod report;
mod scale;
mod series;
mod session;
mod shown;
mod theme;
mod view;

use leptos::mount::mount_to_body;
use leptos::prelude::*;
use leptos_router::components::Router;

use pages::Page;
use session::Session;

fn main() {
    mount_to_body(App);
}

/// The router, without routes of its own: pages are told apart by [`Page`].
#[component]
fn App() -> impl IntoView {
    Session::provide();
    view! {
        <Router>
            <Page/>
        </Router>
    }
}

//! The dashboard: a single page in the browser, rendered by Leptos from the aggregator's API.
//!
//! ```text
//! pages ──► components ──► report, live ──► api ──► aggregator
//!              │
//!              └──► plot, scale, curve, series, period, day (pure), format (the browser's Intl)
//! ```
#![forbid(unsafe_code)]

mod api;
mod audience;
mod clock;
mod components;
mod curve;
mod day;
mod door;
mod format;
mod live;
mod metric;
mod pages;
mod period;
mod plot;
mod refresh;
mod report;
mod scale;
mod series;
mod session;
mod theme;

use leptos::mount::mount_to_body;
use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use pages::Page;
use session::Session;

fn main() {
    mount_to_body(App);
}

/// The router, with one route: pages are told apart by [`Page`].
#[component]
fn App() -> impl IntoView {
    Session::provide();
    view! {
        <Router>
            <FlatRoutes fallback=|| ()>
                <Route path=path!("/*path") view=Page/>
            </FlatRoutes>
        </Router>
    }
}

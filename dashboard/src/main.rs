//! The dashboard: a single page in the browser, rendered by Leptos from the aggregator's API.
//!
//! ```text
//! address ──► shown: view (what is chosen, pure) ──► report, live ──► api ──► aggregator
//!                │                                      │
//!                └────► pages, dialogs ──► components ◄──┘ plot, scale, curve, series, day (pure), format (the browser's Intl)
//! ```
#![forbid(unsafe_code)]

mod address;
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
mod kept;
mod later;
mod live;
mod manage;
mod metric;
mod overview;
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

use address::Address;
use pages::Page;
use session::Session;

fn main() {
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    Session::provide();
    Address::provide();
    view! { <Page/> }
}

//! A site that has not sent anything yet.

use leptos::prelude::*;

/// Says so, and leads to where that changes.
#[component]
pub fn Waiting(
    /// The site.
    tracking_id: String,
) -> impl IntoView {
    view! {
        <section class="card waiting" data-testid="waiting">
            <h2><span class="live-dot" aria-hidden="true"></span>"Waiting for the first event"</h2>
            <p class="muted">"Put one line into your pages. This page fills by itself as soon as something arrives."</p>
            <a class="button primary" href=format!("/sites/{tracking_id}/install")>"Install it"</a>
        </section>
    }
}

//! A panel that could not be filled.

use leptos::prelude::*;

use crate::report::Report;

/// Says why, and tries again when asked.
#[component]
pub fn Retry(
    /// The report that failed.
    report: Report,
) -> impl IntoView {
    view! {
        <div class="failed" role="alert">
            <p>{move || report.failure().map(|failure| failure.sentence())}</p>
            <button type="button" class="button" on:click=move |_| report.ask()>"Retry"</button>
        </div>
    }
}

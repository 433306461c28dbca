//! The mark: water, and the line it reached.

use leptos::prelude::*;

/// The mark, as a picture without words.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
            <rect class="logo-sky" width="32" height="32" rx="8"/>
            <path class="logo-mark" d="M7 9.5h18"/>
            <path class="logo-water" d="M0 18c4 0 4-3.5 8-3.5s4 3.5 8 3.5 4-3.5 8-3.5 4 3.5 8 3.5v6a8 8 0 0 1-8 8H8a8 8 0 0 1-8-8z"/>
        </svg>
    }
}

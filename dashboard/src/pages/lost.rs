//! An address that is no page.

use leptos::prelude::*;

use crate::components::Logo;

/// Says so and leads home.
#[component]
pub fn Lost() -> impl IntoView {
    view! {
        <main class="alone" id="content">
            <Logo/>
            <h1>"No such page"</h1>
            <p>"This address leads nowhere. "<a href="/">"Go to your sites"</a></p>
        </main>
    }
}

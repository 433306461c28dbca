//! Pages without a site: the ways in, and addresses that are no page.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::door::LinkPage;
use super::share::SharePage;
use super::sign_in::SignIn;
use crate::components::Logo;
use crate::door::Door;

/// What the router knows no page for. Each of its routes costs as much as a page; these are told apart by hand.
#[component]
pub fn Elsewhere() -> impl IntoView {
    let path = use_location().pathname;
    move || {
        let path = path.get();
        match path.trim_end_matches('/') {
            "/signin" => view! { <SignIn/> }.into_any(),
            "/setup" => view! { <LinkPage door=|token| Door::SetUp { token }/> }.into_any(),
            "/invitation" => view! { <LinkPage door=|token| Door::Invitation { token }/> }.into_any(),
            "/password" => view! { <LinkPage door=|token| Door::Reset { token }/> }.into_any(),
            path => match path.strip_prefix("/share/") {
                Some(slug) if !slug.is_empty() => view! { <SharePage slug=slug.to_owned()/> }.into_any(),
                _ => view! { <Lost/> }.into_any(),
            },
        }
    }
}

/// Says so and leads home.
#[component]
fn Lost() -> impl IntoView {
    view! {
        <main class="alone" id="content">
            <Logo/>
            <h1>"No such page"</h1>
            <p>"This address leads nowhere. "<a href="/">"Go to your sites"</a></p>
        </main>
    }
}

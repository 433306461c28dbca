//! Which page an address is.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::door::LinkPage;
use super::share::SharePage;
use super::sign_in::SignIn;
use super::site::SitePage;
use super::sites::SitesPage;
use crate::components::Logo;
use crate::door::Door;

/// The page of the address. Each route of the router's own would cost as many bytes as a page.
#[component]
pub fn Page() -> impl IntoView {
    let path = use_location().pathname;
    move || {
        let path = path.get();
        match path.trim_end_matches('/') {
            "" => view! { <SitesPage/> }.into_any(),
            "/signin" => view! { <SignIn/> }.into_any(),
            "/setup" => view! { <LinkPage door=|token| Door::SetUp { token }/> }.into_any(),
            "/invitation" => view! { <LinkPage door=|token| Door::Invitation { token }/> }.into_any(),
            "/password" => view! { <LinkPage door=|token| Door::Reset { token }/> }.into_any(),
            path => match path.trim_start_matches('/').split_once('/') {
                Some(("sites", tracking_id)) => view! { <SitePage tracking_id=decoded(tracking_id)/> }.into_any(),
                Some(("share", slug)) => view! { <SharePage slug=decoded(slug)/> }.into_any(),
                _ => view! { <Lost/> }.into_any(),
            },
        }
    }
}

fn decoded(segment: &str) -> String {
    js_sys::decode_uri_component(segment).map_or_else(|_| segment.to_owned(), String::from)
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

//! Which page an address is.

use leptos::prelude::*;
use wasm_split_helpers::wasm_split;

use super::boards::{self, BOARD_STYLES};
use super::door::LinkPage;
use super::explore::ExplorePage;
use super::live::LivePage;
use super::onboarding::{Create, Install};
use super::people::{self, Question};
use super::settings::{Account, Alerts, Everyone, Settings};
use super::share::SharePage;
use super::sign_in::SignIn;
use super::site::SitePage;
use super::sites::SitesPage;
use super::unsubscribe::Unsubscribe;
use crate::address::Address;
use crate::components::{Logo, styled};
use crate::door::Door;
use crate::later::{Loaded, later};

/// The page of the address. Each route of the router's own would cost as many bytes as a page.
#[component]
pub fn Page() -> impl IntoView {
    let path = Address::of_page().path;
    // The parts of a site's settings are one page.
    let path = Memo::new(move |_| {
        let path = path.get();
        path.find("/settings/").and_then(|at| path.get(..at + 9)).map(str::to_owned).unwrap_or(path)
    });
    move || {
        let path = path.get();
        match path.trim_end_matches('/') {
            "" => later(|| Box::pin(sites())),
            "/signin" => later(|| Box::pin(sign_in())),
            "/setup" => later(|| Box::pin(link(|token| Door::SetUp { token }))),
            "/invitation" => later(|| Box::pin(link(|token| Door::Invitation { token }))),
            "/password" => later(|| Box::pin(link(|token| Door::Reset { token }))),
            "/unsubscribe" => later(|| Box::pin(unsubscribe())),
            "/account" => later(|| Box::pin(account())),
            "/people" => later(|| Box::pin(everyone())),
            #[cfg(feature = "gallery")]
            "/gallery" => later(|| Box::pin(gallery())),
            "/sites/new" => later(|| Box::pin(create())),
            path if path.ends_with("/install") => later(|| Box::pin(install())),
            path if path.ends_with("/settings") => later(|| Box::pin(settings())),
            path => match path.trim_start_matches('/').split_once('/') {
                Some(("sites", rest)) => match rest.split_once('/') {
                    None => view! { <SitePage tracking_id=decoded(rest)/> }.into_any(),
                    Some((_, "live")) => later(|| Box::pin(live())),
                    Some((_, "explore")) => later(|| Box::pin(explore())),
                    Some((_, "alerts")) => later(|| Box::pin(alerts())),
                    Some((_, page)) if page == "dashboards" || page.starts_with("dashboards/") => {
                        later(|| Box::pin(boards()))
                    }
                    Some((_, page)) => match Question::named(page) {
                        Some(question) => later(move || Box::pin(about_people(question))),
                        None => view! { <Lost/> }.into_any(),
                    },
                },
                // What is embedded differs by its styles, and by how it says who asks.
                Some(("share" | "embed", slug)) => {
                    let slug = decoded(slug);
                    later(move || Box::pin(share(slug.clone())))
                }
                _ => view! { <Lost/> }.into_any(),
            },
        }
    }
}

#[wasm_split(doors, fallible)]
fn sites() -> Loaded {
    Ok(view! { <SitesPage/> }.into_any())
}

#[wasm_split(doors, fallible)]
fn share(slug: String) -> Loaded {
    Ok(view! { <SharePage slug/> }.into_any())
}

#[wasm_split(doors, fallible)]
fn sign_in() -> Loaded {
    Ok(view! { <SignIn/> }.into_any())
}

#[wasm_split(doors, fallible)]
fn link(door: fn(String) -> Door) -> Loaded {
    Ok(view! { <LinkPage door/> }.into_any())
}

#[wasm_split(live, fallible)]
fn live() -> Loaded {
    Ok(styled(&["later-live"], view! { <LivePage tracking_id=site_of_address()/> }.into_any()))
}

#[wasm_split(explore, fallible)]
fn explore() -> Loaded {
    Ok(styled(&["later-live", "later-explore"], view! { <ExplorePage tracking_id=site_of_address()/> }.into_any()))
}

#[wasm_split(boards, fallible)]
fn boards() -> Loaded {
    Ok(styled(BOARD_STYLES, boards::page(site_of_address())))
}

#[wasm_split(people, fallible)]
fn about_people(question: Question) -> Loaded {
    let page = people::page(question, site_of_address());
    Ok(styled(&["later-live", "later-explore", "later-charts", "later-people"], page))
}

/// The site of an address below `/sites/`.
fn site_of_address() -> String {
    let path = Address::of_page().path.get_untracked();
    decoded(path.trim_start_matches("/sites/").split('/').next().unwrap_or_default())
}

#[wasm_split(settings, fallible)]
fn settings() -> Loaded {
    Ok(view! { <Settings/> }.into_any())
}

#[wasm_split(alerts, fallible)]
fn alerts() -> Loaded {
    Ok(view! { <Alerts/> }.into_any())
}

#[wasm_split(account, fallible)]
fn account() -> Loaded {
    Ok(view! { <Account/> }.into_any())
}

#[wasm_split(account, fallible)]
fn unsubscribe() -> Loaded {
    Ok(styled(&["later-settings"], view! { <Unsubscribe/> }.into_any()))
}

#[wasm_split(account, fallible)]
fn everyone() -> Loaded {
    Ok(view! { <Everyone/> }.into_any())
}

#[wasm_split(account, fallible)]
fn create() -> Loaded {
    Ok(view! { <Create/> }.into_any())
}

#[cfg(feature = "gallery")]
#[wasm_split(gallery, fallible)]
fn gallery() -> Loaded {
    Ok(view! { <super::gallery::Gallery/> }.into_any())
}

#[wasm_split(account, fallible)]
fn install() -> Loaded {
    Ok(view! { <Install/> }.into_any())
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

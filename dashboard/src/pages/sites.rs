//! The sites a person may read, each with its visitors now.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::session::Site;

use super::sign_in::Gate;
use crate::address::Address;
use crate::api::{self, Failure};
use crate::components::icon::{Icon, Picture};
use crate::components::{Logo, SignOutButton, SiteCard, ThemeToggle};
use crate::session::Session;

/// Where the pinned sites are remembered.
const PINNED: &str = "tidemark_pinned";

/// The list; with one site it is that site.
#[component]
pub fn SitesPage() -> impl IntoView {
    view! { <Gate><List/></Gate> }
}

#[component]
fn List() -> impl IntoView {
    document().set_title("Sites · Tidemark");
    let session = Session::of_page();
    let sites = RwSignal::new(None::<Result<Vec<Site>, Failure>>);
    let address = Address::of_page();
    let load = move || {
        spawn_local(async move {
            let answer = api::sites().await.map(|answer| answer.sites);
            match &answer {
                Ok(found) => {
                    if let [only] = found.as_slice() {
                        address.replace(&site_path(only));
                        return;
                    }
                }
                Err(failure) => session.note(failure),
            }
            sites.try_set(Some(answer));
        });
    };
    load();
    let body = move || {
        sites.get().map(|sites| match sites {
            Err(failure) => view! {
                <div class="card failed" role="alert">
                    <p>{failure.sentence()}</p>
                    <button type="button" class="button" on:click=move |_| load()>"Retry"</button>
                </div>
            }
            .into_any(),
            Ok(sites) if sites.is_empty() => view! {
                <div class="card waiting">
                    <h2>"No sites yet"</h2>
                    <p class="muted">"Add your first: it takes a name, and one line in its pages."</p>
                    <a class="button primary" href="/sites/new">"Add a site"</a>
                </div>
            }
            .into_any(),
            Ok(sites) => view! { <Cards sites/> }.into_any(),
        })
    };
    view! {
        <header class="top-bar">
            <div class="top-bar-row">
                <a class="home" href="/" aria-label="Tidemark"><Logo/></a>
                <div class="site-switcher"><h1>"Sites"</h1></div>
                <div class="tools">
                    <a class="button" href="/sites/new">"New site"</a>
                    <a class="icon-button" href="/account" aria-label="Your account" title="Your account">
                        <Icon picture=Picture::PERSON/>
                    </a>
                    <ThemeToggle/>
                    <SignOutButton/>
                </div>
            </div>
        </header>
        <main class="page" id="content">{body}</main>
    }
}

fn site_path(site: &Site) -> String {
    format!("/sites/{}", site.tracking_id)
}

/// The cards: pinned sites first, then by name or by visitors.
#[component]
fn Cards(sites: Vec<Site>) -> impl IntoView {
    let pinned = RwSignal::new(pinned());
    let by_visitors = RwSignal::new(false);
    let visitors = StoredValue::new(BTreeMap::<String, u64>::new());
    let count = sites.len();
    let sites = StoredValue::new(sites);
    let cards = move || {
        let (pins, by_visitors) = (pinned.get(), by_visitors.get());
        let mut sites = sites.get_value();
        visitors.with_value(|visitors| {
            sites.sort_by_key(|site| {
                let busy = visitors.get(&site.tracking_id).copied().filter(|_| by_visitors).unwrap_or(0);
                (!pins.contains(&site.tracking_id), Reverse(busy))
            });
        });
        let card = move |site: Site| {
            let id = StoredValue::new(site.tracking_id.clone());
            let is_pinned = Signal::derive(move || id.with_value(|id| pinned.with(|pins| pins.contains(id))));
            let pin = Callback::new(move |()| {
                pinned.update(|pins| {
                    let id = id.get_value();
                    if !pins.remove(&id) {
                        pins.insert(id);
                    }
                });
                pinned.with_untracked(remember);
            });
            let note = Callback::new(move |now| {
                visitors.update_value(|visitors| _ = visitors.insert(id.get_value(), now));
            });
            view! { <li><SiteCard site is_pinned pin visitors=note/></li> }
        };
        sites.into_iter().map(card).collect_view()
    };
    view! {
        <p class="sites-head">
            <span class="muted">{format!("{count} sites")}</span>
            <button
                type="button"
                class="button quiet"
                aria-pressed=move || by_visitors.get().to_string()
                on:click=move |_| by_visitors.update(|by| *by = !*by)
            >
                {move || if by_visitors.get() { "Sort by name" } else { "Sort by visitors" }}
            </button>
        </p>
        <ul class="sites">{cards}</ul>
    }
}

/// The sites that are pinned in this browser.
fn pinned() -> BTreeSet<String> {
    let storage = window().local_storage().ok().flatten();
    let text = storage.and_then(|storage| storage.get_item(PINNED).ok().flatten()).unwrap_or_default();
    text.split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

/// Remembers them; a browser that refuses storage forgets them with the page.
fn remember(pins: &BTreeSet<String>) {
    if let Ok(Some(storage)) = window().local_storage() {
        let text = pins.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let _ = storage.set_item(PINNED, &text);
    }
}

//! What owners decide about a site, and about themselves: `/sites/ID/settings/…`, `/account`, `/people`.

mod account;
mod alerts;
mod currencies;
mod danger;
mod digests;
mod erase;
mod everyone;
mod general;
mod goals;
mod keys;
mod links;
mod lock;
mod managed;
mod people;
mod privacy;
mod properties;
mod when;

use leptos::prelude::*;
use wasm_split_helpers::wasm_split;
use wire::account::Permission;

use super::sign_in::Gate;
use crate::address::Address;
use crate::components::frame::Frame;
use crate::components::panel;
use crate::components::rows::note;
use crate::later::{Loaded, later};
pub use account::Account;
pub use alerts::Alerts;
pub use everyone::Everyone;
use managed::Managed;

/// The parts of a site's settings: how they are called, in the address and on the screen.
const SECTIONS: [(&str, &str); 10] = [
    ("general", "General"),
    ("goals", "Goals"),
    ("properties", "Properties"),
    ("currencies", "Currencies"),
    ("privacy", "Privacy"),
    ("people", "People"),
    ("links", "Shared links"),
    ("digests", "Email digests"),
    ("keys", "Keys"),
    ("danger", "Danger zone"),
];

/// The settings of the site that the address names.
#[component]
pub fn Settings() -> impl IntoView {
    view! { <Gate><OfSite/></Gate> }
}

#[component]
fn OfSite() -> impl IntoView {
    let path = Address::of_page().path;
    let tracking_id = named(&path.get_untracked());
    let section = Memo::new(move |_| {
        let path = path.get();
        let name = path.split('/').nth(4).unwrap_or_default();
        SECTIONS.iter().position(|(section, _)| *section == name).unwrap_or_default()
    });
    panel::page(move || {
        let tracking_id = tracking_id.clone();
        Box::pin(async move { Ok(page(Managed::load(tracking_id).await?, section)) })
    })
}

fn page(site: Managed, section: Memo<usize>) -> AnyView {
    // Some parts are loaded when they are shown, and find the site here.
    provide_context(site);
    let home = site.path("");
    let parts = SECTIONS.into_iter().enumerate().map(|(at, (name, title))| {
        let current = move || (section.get() == at).then_some("page");
        view! { <a href=format!("{home}/settings/{name}") aria-current=current>{title}</a> }.into_any()
    });
    let parts: Vec<AnyView> = parts.collect();
    Effect::new(move || {
        let title = SECTIONS.get(section.get()).map_or("Settings", |(_, title)| title);
        document().set_title(&format!("{title} · {} · Tidemark", site.name.get()));
    });
    // What one is sent oneself is no setting of the site.
    let is_own = move || SECTIONS.get(section.get()).is_some_and(|(name, _)| *name == "digests");
    let locked = (!site.may(Permission::SitesWrite)).then(|| {
        let words = note("You may look at these settings. Editors and owners of this site may change them.");
        view! { <div hidden=is_own>{words}</div> }
    });
    let body = move || match SECTIONS.get(section.get()).map_or("", |(name, _)| name) {
        "goals" => goals::view(site).into_any(),
        "properties" => properties::view(site).into_any(),
        "currencies" => currencies::view(site).into_any(),
        "people" => later(|| Box::pin(people())),
        "links" => later(|| Box::pin(links())),
        "digests" => later(|| Box::pin(digests())),
        "keys" => later(|| Box::pin(keys())),
        "privacy" => later(|| Box::pin(privacy())),
        "danger" => danger::view(site).into_any(),
        _ => general::view(site).into_any(),
    };
    let crumbs = vec![(site.path(""), site.name.get_untracked())];
    view! {
        <Frame crumbs title="Settings">
            <div class="settings">
                <nav class="sections" aria-label="Settings">
                    {parts}
                    <a href=site.path("/install")>"Installation"</a>
                </nav>
                <main class="column" id="content" tabindex="-1">{locked}{body}</main>
            </div>
        </Frame>
    }
    .into_any()
}

/// A part, of the site whose settings are shown.
fn part(view: fn(Managed) -> Vec<AnyView>) -> Loaded {
    Ok(use_context::<Managed>().map(view).unwrap_or_default().into_any())
}

/// In the part of the account's pages, which has room for it: every part of its own is parted further from all others.
#[wasm_split(settings, fallible)]
fn privacy() -> Loaded {
    part(privacy::view)
}

#[wasm_split(settings, fallible)]
fn people() -> Loaded {
    part(people::view)
}

#[wasm_split(settings, fallible)]
fn links() -> Loaded {
    part(links::view)
}

#[wasm_split(settings, fallible)]
fn digests() -> Loaded {
    part(digests::view)
}

#[wasm_split(settings, fallible)]
fn keys() -> Loaded {
    part(keys::of_site)
}

/// The site that a path is about.
pub fn named(path: &str) -> String {
    let segment = path.split('/').nth(2).unwrap_or_default();
    js_sys::decode_uri_component(segment).map_or_else(|_| segment.to_owned(), String::from)
}

//! The bar at the top of a site's page; it stays there.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::session::Site;

use super::filter_bar::{Edited, FilterBar};
use super::icon::{Icon, Picture};
use super::live_badge::LiveBadge;
use super::page_bar::SiteTab;
use super::period_picker::PeriodPicker;
use super::site_switcher::SiteSwitcher;
use super::{Logo, ThemeToggle};
use crate::api;
use crate::audience::Audience;
use crate::kept::Kept;
use crate::live::Live;
use crate::session::Session;
use crate::shown::{Shown, escape};

/// Site, visitors now, period, theme, shortcuts, sign out. Who came by a shared link has no other sites and no session.
#[component]
pub fn TopBar(
    /// The sites that may be shown.
    sites: RwSignal<Vec<Site>>,
    /// The site, now.
    live: Live,
    /// The period shown.
    shown: Shown,
    /// The condition that is being changed.
    edited: Edited,
    /// What is kept of the site.
    kept: Kept,
    /// Whether the shortcuts are shown.
    shortcuts: RwSignal<bool>,
) -> impl IntoView {
    let (tracking_id, is_person) = (kept.tracking_id.get_value(), kept.audience == Audience::Person);
    let home = if is_person {
        view! { <a class="home" href="/" aria-label="All sites"><Logo/></a> }.into_any()
    } else {
        view! { <span class="home"><Logo/></span> }.into_any()
    };
    let search = Signal::derive(move || shown.with(|view| view.shared().to_url(escape)));
    let pages = is_person.then(|| SiteTab::Overview.links(&tracking_id, search));
    view! {
        <header class="top-bar">
            <div class="top-bar-row">
                {home}
                <SiteSwitcher tracking_id sites/>
                <LiveBadge live/>
                <PeriodPicker shown/>
                <div class="tools">
                    <button
                        type="button"
                        class="icon-button shortcuts-button"
                        aria-label="Keyboard shortcuts"
                        title="Keyboard shortcuts (?)"
                        on:click=move |_| shortcuts.set(true)
                    >
                        <Icon picture=Picture::KEYBOARD/>
                    </button>
                    <ThemeToggle/>
                    {is_person.then(|| view! { <SignOutButton/> })}
                </div>
            </div>
            <div class="top-bar-row second">
                {pages}
                <FilterBar shown edited kept/>
            </div>
        </header>
    }
}

/// Ends the session.
#[component]
pub fn SignOutButton() -> impl IntoView {
    let session = Session::of_page();
    let sign_out = move |_| {
        spawn_local(async move {
            if api::sign_out().await.is_ok() {
                session.end();
            }
        });
    };
    view! {
        <button type="button" class="icon-button" aria-label="Sign out" title="Sign out" on:click=sign_out>
            <Icon picture=Picture::DOOR/>
        </button>
    }
}

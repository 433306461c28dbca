//! The bar at the top of a site's pages beside its overview; it stays there.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::top_bar::SignOutButton;
use super::{Logo, ThemeToggle};
use crate::address::Address;
use crate::api;
use crate::shown::{escape, unescape};
use crate::view::carried::carried;

/// A page of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteTab {
    /// The overview.
    Overview,
    /// What happens now.
    Live,
    /// Reports.
    Explore,
    /// Questions about people.
    People,
    /// What people put together.
    Dashboards,
    /// Alerts.
    Alerts,
}

impl SiteTab {
    const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Overview, "Overview", ""),
        (Self::Live, "Live", "/live"),
        (Self::Explore, "Explore", "/explore"),
        (Self::People, "People", "/funnels"),
        (Self::Dashboards, "Dashboards", "/dashboards"),
        (Self::Alerts, "Alerts", "/alerts"),
    ];

    /// The pages of a site, as links; `search` is what each of them takes over from the page shown.
    pub fn links(self, tracking_id: &str, search: Signal<String>) -> AnyView {
        let links = Self::ALL.map(|(tab, words, path)| {
            let path = format!("/sites/{tracking_id}{path}");
            let href = move || path.clone() + &search.get();
            view! { <a href=href aria-current=(tab == self).then_some("page")>{words}</a> }
        });
        let settings = format!("/sites/{tracking_id}/settings");
        view! {
            <nav class="segments" aria-label="Pages of the site">
                {links}
                <a href=settings>"Settings"</a>
            </nav>
        }
        .into_any()
    }
}

/// Name of a site, its tracking id until that is known.
pub fn site_name(tracking_id: &str) -> RwSignal<String> {
    let name = RwSignal::new(tracking_id.to_owned());
    let tracking_id = tracking_id.to_owned();
    spawn_local(async move {
        if let Ok(answer) = api::sites().await
            && let Some(site) = answer.sites.into_iter().find(|site| site.tracking_id == tracking_id)
        {
            name.try_set(site.name);
        }
    });
    name
}

/// Home, the site's name, its pages, theme, sign out; and what the page puts there itself.
#[component]
pub fn PageBar(
    /// The site.
    tracking_id: String,
    /// Its name.
    name: RwSignal<String>,
    /// The page shown.
    tab: SiteTab,
    /// What the page puts in front of the tools.
    #[prop(optional)]
    children: Option<Children>,
    /// What stands in a second line.
    #[prop(optional)]
    second: Option<AnyView>,
) -> impl IntoView {
    let query = Address::of_page().query;
    let search = Signal::derive(move || query.with(|query| carried(query, escape, unescape)));
    let links = tab.links(&tracking_id, search);
    view! {
        <header class="top-bar">
            <div class="top-bar-row page-bar">
                <a class="home" href="/" aria-label="All sites"><Logo/></a>
                <h1 class="ellipsis">{move || name.get()}</h1>
                {links}
                <div class="tools">{children.map(|children| children())}<ThemeToggle/><SignOutButton/></div>
            </div>
            {second.map(|second| view! { <div class="top-bar-row second">{second}</div> })}
        </header>
    }
}

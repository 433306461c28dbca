//! Which site is shown, and the way to another.

use leptos::prelude::*;
use wire::session::Site;

use super::When;
use super::icon::{Icon, Picture};
use crate::address::Address;

/// The site's name; a list of all sites where there are several.
#[component]
pub fn SiteSwitcher(
    /// The site shown.
    tracking_id: String,
    /// The sites that may be shown.
    sites: RwSignal<Vec<Site>>,
) -> impl IntoView {
    let name = {
        let tracking_id = tracking_id.clone();
        move || {
            sites.with(|sites| {
                let site = sites.iter().find(|site| site.tracking_id == tracking_id);
                site.map_or_else(|| tracking_id.clone(), |site| site.name.clone())
            })
        }
    };
    let address = Address::of_page();
    view! {
        <div class="site-switcher">
            <h1>{name}</h1>
            <When holds=Signal::derive(move || sites.with(|sites| sites.len() > 1))>
                <Icon picture=Picture::DOWN/>
                <select
                    aria-label="Site"
                    on:change:target=move |event| {
                        let chosen = event.target().value();
                        let path = if chosen.is_empty() { "/".to_owned() } else { format!("/sites/{chosen}") };
                        address.go(&path);
                    }
                >
                    <option value="">"All sites"</option>
                    {
                        let tracking_id = tracking_id.clone();
                        move || {
                            sites
                                .get()
                                .into_iter()
                                .map(|site| {
                                    let is_shown = site.tracking_id == tracking_id;
                                    view! { <option value=site.tracking_id selected=is_shown>{site.name}</option> }
                                })
                                .collect_view()
                        }
                    }
                </select>
            </When>
        </div>
    }
}

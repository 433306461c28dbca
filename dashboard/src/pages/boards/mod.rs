//! Dashboards that people put together: `/sites/ID/dashboards`, and one of them: `/sites/ID/dashboards/7?range=30d`.
//!
//! | module | what |
//! |---|---|
//! | `list` | those of a site, and those to begin with (`ready`) |
//! | `board` | one: its widgets, and its name, period and links (`tools`) |
//! | `widget` | what a widget shows |
//! | `rounds` | when it is asked again |
//! | `edit`, `add`, `drag` | how one is changed, which there can be, and where it is put |
//! | `kept` | how they are kept |

mod add;
mod board;
mod drag;
mod edit;
mod kept;
mod list;
mod ready;
mod rounds;
mod tools;
mod widget;

use leptos::prelude::*;

use super::sign_in::Gate;
use crate::address::Address;
use crate::audience::Audience;
use crate::components::{Logo, PageBar, SiteTab, ThemeToggle, site_name};

/// Links of the page's head that name the styles.
pub const BOARD_STYLES: &[&str] = &["later-live", "later-explore", "later-charts", "later-people", "later-boards"];

/// The page of the address, for who is signed in.
pub fn page(tracking_id: String) -> AnyView {
    view! { <Gate>{framed(tracking_id.clone())}</Gate> }.into_any()
}

fn framed(tracking_id: String) -> AnyView {
    let path = Address::of_page().path.get_untracked();
    let number = path.split_once("/dashboards/").and_then(|(_, number)| number.trim_matches('/').parse().ok());
    let name = site_name(&tracking_id);
    let title = RwSignal::new("Dashboards".to_owned());
    Effect::new(move || document().set_title(&format!("{} {} · Tidemark", title.get(), name.get())));
    let content = match number {
        Some(number) => board::board(tracking_id.clone(), number, Audience::Person, title),
        None => list::list(tracking_id.clone()),
    };
    view! {
        <a class="skip" href="#content">"Skip to content"</a>
        <PageBar tracking_id name tab=SiteTab::Dashboards/>
        <main class="page boards" id="content" tabindex="-1">{content}</main>
    }
    .into_any()
}

/// The dashboard of a shared link.
pub fn shared(tracking_id: String, number: i64, audience: Audience) -> AnyView {
    let title = RwSignal::new("Dashboard".to_owned());
    Effect::new(move || document().set_title(&format!("{} · Tidemark", title.get())));
    let content = board::board(tracking_id, number, audience, title);
    view! {
        <header class="top-bar">
            <div class="top-bar-row page-bar">
                <span class="home"><Logo/></span>
                <h1 class="ellipsis">{move || title.get()}</h1>
                <div class="tools"><ThemeToggle/></div>
            </div>
        </header>
        <main class="page boards" id="content" tabindex="-1">{content}</main>
    }
    .into_any()
}

//! How a site begins to send, and whether it does: `/sites/ID/install`.

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use wire::session::{Site, Sites};

use super::checklist::{self, Seen};
use super::{refused, snippets, test_event};
use crate::address::Address;
use crate::api::{self, Failure};
use crate::clock::Clock;
use crate::components::frame::Frame;
use crate::components::panel::{self, again};
use crate::live::Live;
use crate::manage;
use crate::pages::settings::named;
use crate::pages::sign_in::Gate;
use crate::refresh::{Pace, follow_versions};

/// How often the page looks, whatever happens.
const LOOK_MS: u32 = 5_000;

/// Where events go while the server was not told.
const UNKNOWN_EDGE: &str = "https://edge.example.com";

/// A site that is being installed.
#[derive(Clone, Copy)]
pub struct Installed {
    /// Its tracking id.
    pub tracking_id: StoredValue<String>,
    /// What it is called.
    pub name: StoredValue<String>,
    /// Origin of this server, which has the script.
    pub host: StoredValue<String>,
    /// Origin of the edge, as far as it is known.
    pub edge: RwSignal<String>,
    /// Whether the server was told where the edge is: then the page may send there.
    pub is_edge_known: bool,
}

impl Installed {
    /// Where the site's pages are, in events that are made up: its name, where that is a host.
    pub fn page(self) -> String {
        let name = self.name.get_value();
        let is_host =
            name.contains('.') && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        format!("https://{}/", if is_host { name } else { "example.com".to_owned() })
    }
}

/// Snippets, a live checklist, what was refused, and a button that sends an event.
#[component]
pub fn Install() -> impl IntoView {
    view! { <Gate><OfSite/></Gate> }
}

#[component]
fn OfSite() -> impl IntoView {
    let tracking_id = named(&Address::of_page().path.get_untracked());
    panel::page(move || {
        let tracking_id = tracking_id.clone();
        Box::pin(async move {
            let Sites { sites, edge_url } = manage::read("/api/v1/sites").await?;
            let site = sites.into_iter().find(|site| site.tracking_id == tracking_id).ok_or_else(no_such_site)?;
            Ok(page(site, edge_url))
        })
    })
}

fn no_such_site() -> Failure {
    let detail = "there is no such site, or it is not yours to see";
    Failure::Problem(wire::problem::Problem::new(404, "no_such_site", detail))
}

fn page(site: Site, edge_url: Option<String>) -> AnyView {
    document().set_title(&format!("Installation · {} · Tidemark", site.name));
    let home = format!("/sites/{}", api::encoded(&site.tracking_id));
    let crumbs = vec![(home.clone(), site.name.clone())];
    let live = Live::follow(&site.tracking_id, Clock::start());
    let installed = Installed {
        tracking_id: StoredValue::new(site.tracking_id),
        name: StoredValue::new(site.name),
        host: StoredValue::new(window().location().origin().unwrap_or_default()),
        is_edge_known: edge_url.is_some(),
        edge: RwSignal::new(edge_url.unwrap_or_else(|| UNKNOWN_EDGE.to_owned())),
    };
    let (round, seen) = (RwSignal::new(0), Seen::nothing());
    follow_versions(
        round,
        move || live.realtime.with(|now| now.as_ref().map(|now| now.version)),
        move || seen.version.get(),
        || Pace::Running,
    );
    // What is refused makes no new version.
    StoredValue::new_local(Interval::new(LOOK_MS, move || {
        if !document().hidden() {
            again(round);
        }
    }));
    let change = move |event: web_sys::Event| {
        installed.edge.set(event_target_value(&event).trim().trim_end_matches('/').to_owned());
    };
    let edge = (!installed.is_edge_known).then(|| {
        view! {
            <section class="card set">
                <div class="set-body">
                    <h2>"Where your edge runs"</h2>
                    <p class="muted">"Tidemark was not told. Set "<code>"edge_url"</code>" in its settings file, and it stands in every snippet."</p>
                    <div class="field">
                        <label for="edge">"Origin of the edge"</label>
                        <input id="edge" type="url" spellcheck="false" prop:value=move || installed.edge.get() on:input=change/>
                    </div>
                </div>
            </section>
        }
    });
    view! {
        <Frame crumbs title="Installation">
            <main class="column wide alone-column" id="content" tabindex="-1">
                {checklist::view(installed, seen, round, home)}
                {edge}
                {snippets::view(installed)}
                {test_event::view(installed, seen)}
                {refused::view(installed, round)}
            </main>
        </Frame>
    }
    .into_any()
}

//! What is watched of a site: `/sites/ID/alerts`.

mod draft;
mod drawn;
mod editor;
mod list;
mod preview;

use std::time::Duration;

use gloo_net::http::Method;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::account::Permission;
use wire::alert::{Alert, Alerts as Kept, NewAlert};

use super::super::sign_in::Gate;
use super::managed::Managed;
use super::named;
use crate::address::Address;
use crate::api::Failure;
use crate::components::form::focus_later;
use crate::components::panel::{self, again, panel};
use crate::components::{PageBar, SiteTab, styled};
use crate::manage;
use draft::Draft;

/// Styles of the page.
const STYLE: &[&str] = &["later-settings", "later-alerts"];

/// Between two looks at how the alerts stand.
const EVERY: Duration = Duration::from_secs(5);

/// The page, and what is open on it.
#[derive(Clone, Copy)]
struct Watching {
    /// The site, and what may be done to it.
    site: Managed,
    /// Grows when the alerts changed.
    round: RwSignal<u64>,
    /// The alert that is put together.
    draft: RwSignal<Option<Draft>>,
    /// The alerts as they stand now: newer than the list, which stays as it is while somebody reads it.
    latest: RwSignal<Vec<Alert>>,
    /// Whether mail can be sent.
    can_mail: RwSignal<bool>,
}

/// The alerts of the site that the address names.
#[component]
pub fn Alerts() -> impl IntoView {
    view! { <Gate>{of_site()}</Gate> }
}

fn of_site() -> AnyView {
    let tracking_id = named(&Address::of_page().path.get_untracked());
    let page = panel::page(move || {
        let tracking_id = tracking_id.clone();
        Box::pin(async move { Ok(page(Managed::load(tracking_id).await?)) })
    });
    styled(STYLE, page)
}

fn page(site: Managed) -> AnyView {
    let watching = Watching {
        site,
        round: RwSignal::new(0),
        draft: RwSignal::new(None),
        latest: RwSignal::new(Vec::new()),
        can_mail: RwSignal::new(false),
    };
    watching.follow();
    Effect::new(move || document().set_title(&format!("Alerts · {} · Tidemark", site.name.get())));
    let skip = move |event: web_sys::MouseEvent| {
        // The focus moves without leaving a fragment in the address.
        event.prevent_default();
        focus_later("content".to_owned());
    };
    let make = move |_| watching.open(Draft::new(None));
    let may_write = site.may(Permission::SitesWrite);
    let listed = panel(watching.round, move || {
        Box::pin(async move {
            let kept: Kept = manage::read(&site.api("/alerts")).await?;
            watching.can_mail.try_set(kept.can_mail);
            Ok(list::view(watching, kept))
        })
    });
    let editor = move || watching.draft.get().map(|draft| editor::view(watching, draft));
    view! {
        <a class="skip" href="#content" on:click=skip>"Skip to content"</a>
        <PageBar tracking_id=site.tracking_id() name=site.name tab=SiteTab::Alerts/>
        <main class="alerts" id="content" tabindex="-1" data-testid="alerts">
            <div class="alerts-head">
                <h2>"Alerts"</h2>
                <button id="alert-new" type="button" class="button primary" hidden=!may_write on:click=make>"New alert"</button>
            </div>
            {editor}
            {listed}
        </main>
    }
    .into_any()
}

impl Watching {
    /// Whether whoever looks may change alerts.
    fn may_write(self) -> bool {
        self.site.may(Permission::SitesWrite)
    }

    /// Looks at how the alerts stand, as long as the page is there and seen.
    fn follow(self) {
        let look = move || {
            if document().hidden() {
                return;
            }
            spawn_local(async move {
                if let Ok(Kept { alerts, .. }) = manage::read(&self.site.api("/alerts")).await {
                    self.latest.try_set(alerts);
                }
            });
        };
        if let Ok(every) = set_interval_with_handle(look, EVERY) {
            on_cleanup(move || every.clear());
        }
    }

    /// Puts an alert together.
    fn open(self, draft: Draft) {
        self.draft.set(Some(draft));
        focus_later("alert-name".to_owned());
    }

    /// Puts nothing together any more.
    fn close(self) {
        self.draft.try_set(None);
        focus_later("alert-new".to_owned());
    }

    /// Watches all of these; `fault` says why not.
    fn make_all(self, wanted: Vec<NewAlert>, fault: RwSignal<Option<Failure>>) {
        spawn_local(async move {
            for one in wanted {
                if let Err(failure) = manage::send(Method::POST, &self.site.api("/alerts"), &one).await {
                    fault.try_set(Some(failure));
                    break;
                }
            }
            again(self.round);
        });
    }
}

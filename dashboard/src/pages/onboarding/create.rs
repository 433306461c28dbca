//! A new site: `/sites/new`.

use gloo_net::http::Method;
use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wire::account::Permission;

use crate::address::Address;
use crate::api;
use crate::components::field::{TEXT, Text, field};
use crate::components::form::{Card, Form, Lock, Sending, form_card};
use crate::components::frame::Frame;
use crate::components::panel::panel;
use crate::components::rows::note;
use crate::components::zone_picker::{own_zone, zone_picker};
use crate::manage;
use crate::pages::sign_in::Gate;

/// What those read who may not add one.
const NOT_YOURS: &str = "Owners of this installation add sites. Ask one of them to add yours and to invite you to it.";

/// What is asked of [`wire::change::NewSite`].
#[derive(Serialize)]
struct Wanted {
    name: String,
    settings: WantedSettings,
}

#[derive(Serialize)]
struct WantedSettings {
    time_zone: String,
}

/// What is read of [`wire::change::SiteDetails`].
#[derive(Deserialize)]
struct Made {
    tracking_id: String,
}

/// What is read of [`wire::account::Whoami`].
#[derive(Deserialize)]
struct Granted {
    everywhere: Vec<Permission>,
}

/// A form with two fields, one of them filled in.
#[component]
pub fn Create() -> impl IntoView {
    document().set_title("New site · Tidemark");
    view! {
        <Gate>
            <Frame title="New site">
                <main class="column alone-column" id="content" tabindex="-1">
                    {panel(RwSignal::new(0), || {
                        Box::pin(async {
                            let Granted { everywhere } = manage::read("/api/v1/session").await?;
                            Ok(if everywhere.contains(&Permission::SitesWrite) { form() } else { note(NOT_YOURS) })
                        })
                    })}
                </main>
            </Frame>
        </Gate>
    }
}

fn form() -> AnyView {
    let form = Form::new("new", &["name", "settings.time_zone"], Lock::Open);
    let (name, zone) = (RwSignal::new(String::new()), RwSignal::new(own_zone()));
    let address = Address::of_page();
    let send = UnsyncCallback::new(move |()| {
        let settings = WantedSettings { time_zone: zone.get_untracked() };
        let wanted = Wanted { name: host(&form.filled("name", name)?), settings };
        let making = async move {
            let made: Made = manage::parsed(&manage::send(Method::POST, "/api/v1/sites", &wanted).await?)?;
            address.go(&format!("/sites/{}/install", api::encoded(&made.tracking_id)));
            Ok(())
        };
        Some(Box::pin(making) as Sending)
    });
    let card = Card {
        title: "Add a site",
        words: "Then you put one line into its pages, and watch the first event arrive.",
        action: "Add the site",
        done: "Added.",
    };
    let hint = "Or whatever people call it.";
    let fields = vec![
        field(form, name, Text { name: "name", label: "Domain", placeholder: "shop.example", hint, ..TEXT }),
        zone_picker(form, zone, "settings.time_zone"),
    ];
    form_card(form, card, send, fields)
}

/// A name as it was typed, or the host of an address that was pasted.
fn host(typed: &str) -> String {
    let rest = typed.split_once("://").map_or(typed, |(_, rest)| rest);
    if rest.len() == typed.len() { typed.to_owned() } else { rest.split('/').next().unwrap_or(rest).to_owned() }
}

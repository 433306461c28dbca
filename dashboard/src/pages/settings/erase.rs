//! Erasing somebody who asks for it, and what became of that.

use gloo_net::http::Method;
use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wire::account::Permission;

use super::managed::Managed;
use super::when::ago;
use crate::api::Failure;
use crate::components::field::{TEXT, Text, choice, field, only_if};
use crate::components::form::{Card, Form, Lock, Sending, form_card};
use crate::components::panel::{again, panel};
use crate::components::rows::{Row, rows};
use crate::components::secret::shown_once;
use crate::manage;

/// Body of `POST /api/v1/deletions`: exactly one of the last three.
#[derive(Serialize)]
struct Wanted {
    tracking_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    visitor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    property: Option<Property>,
}

#[derive(Serialize)]
struct Property {
    name: String,
    value: String,
}

/// Its answer.
#[derive(Deserialize)]
struct Taken {
    marker: Option<Marker>,
}

/// What is to be sent so that somebody can be found.
#[derive(Deserialize)]
struct Marker {
    custom_property: String,
    value: String,
}

#[derive(Deserialize)]
struct Records {
    deletions: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    id: String,
    tracking_id: String,
    state: String,
    asked_at_ms: u64,
}

/// How somebody can be found.
const KINDS: &[(&str, &str)] = &[
    ("visitor", "By visitor: 32 digits, as the export has it"),
    ("property", "By a property: an order, an account"),
    ("client_id", "By client_id: the browser's random id"),
];

/// A form that takes a request, and the requests so far; for owners.
pub fn view(site: Managed) -> Option<AnyView> {
    let lock = site.lock(Permission::SitesDelete);
    if lock == Lock::Shut {
        return None;
    }
    let round = RwSignal::new(0);
    let form = Form::new("erase", &["visitor", "client_id", "property.name", "property.value"], lock);
    let text = || RwSignal::new(String::new());
    let kind = RwSignal::new("visitor".to_owned());
    let (visitor, client_id, name, value, event) = (text(), text(), text(), text(), text());
    let is = move |wanted: &'static str| move || kind.with(|kind| kind == wanted);
    let send = UnsyncCallback::new(move |()| {
        event.set(String::new());
        let mut wanted = Wanted { tracking_id: site.tracking_id(), visitor: None, client_id: None, property: None };
        match kind.get_untracked().as_str() {
            "visitor" => wanted.visitor = Some(form.filled("visitor", visitor)?),
            "client_id" => wanted.client_id = Some(form.filled("client_id", client_id)?),
            _ => {
                let name = form.filled("property.name", name)?;
                wanted.property = Some(Property { name, value: form.filled("property.value", value)? });
            }
        }
        let asking = async move {
            let answered = manage::send(Method::POST, "/api/v1/deletions", &wanted).await?;
            let taken: Taken = manage::parsed(&answered)?;
            if let (Some(marker), Some(client)) = (taken.marker, wanted.client_id) {
                event.try_set(marked(&wanted.tracking_id, &client, &marker)?);
            }
            again(round);
            Ok(())
        };
        Some(Box::pin(asking) as Sending)
    });
    let by_client = "Only where the site is counted with lasting ids: the edge alone can turn it into a visitor.";
    let marking = "Now send this event to the edge, from anywhere. The visitor that it is counted under is erased, and the event too.";
    let by_property = vec![
        field(form, name, Text { name: "property.name", label: "Property", placeholder: "order", ..TEXT }),
        field(form, value, Text { name: "property.value", label: "Value", ..TEXT }),
    ];
    let by_client = Text { name: "client_id", label: "client_id", hint: by_client, ..TEXT };
    let fields = vec![
        choice(form, kind, "kind", "How they can be found", KINDS),
        only_if(is("visitor"), vec![field(form, visitor, Text { name: "visitor", label: "Visitor", ..TEXT })]),
        only_if(is("property"), by_property),
        only_if(is("client_id"), vec![field(form, client_id, by_client)]),
        shown_once(event, "the event", marking),
        requests(site, round),
    ];
    let card = Card {
        title: "Erase a person",
        words: "All single events of one person, at their wish. It is done in the background; counters name nobody and stay.",
        action: "Erase",
        done: "Taken. It is done in the background.",
    };
    Some(form_card(form, card, send, fields))
}

/// The event by which the edge turns a `client_id` into the visitor that is erased.
fn marked(tracking_id: &str, client_id: &str, marker: &Marker) -> Result<String, Failure> {
    let json = |text: &str| serde_json::to_string(text);
    let (tracking_id, client_id) = (json(tracking_id)?, json(client_id)?);
    let (name, value) = (json(&marker.custom_property)?, json(&marker.value)?);
    Ok(format!(
        "{{\"tracking_id\":{tracking_id},\"client_id\":{client_id},\"event_type\":\"erase\",\n \"page\":{{\"url\":\"https://example.com/\"}},\"custom_properties\":{{{name}:{value}}}}}"
    ))
}

/// The requests so far. The list is for owners of the installation.
fn requests(site: Managed, round: RwSignal<u64>) -> AnyView {
    panel(round, move || {
        Box::pin(async move {
            let Records { deletions } = match manage::read("/api/v1/deletions").await {
                Err(failure) if failure.code() == Some("forbidden") => return Ok(().into_any()),
                answer => answer?,
            };
            let here = deletions.into_iter().filter(|record| record.tracking_id == site.tracking_id());
            let here: Vec<Row> = here
                .map(|record| {
                    let line = format!("{}, asked for {}", record.state, ago(record.asked_at_ms));
                    Row { title: record.id, lines: vec![line], ..Row::default() }
                })
                .collect();
            Ok(rows(here, "No requests so far."))
        })
    })
}

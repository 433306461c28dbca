//! Keys for programs: of a site, or of all sites of whoever makes them.

use gloo_net::http::Method;
use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::account::Permission;
use wire::grant::{Key, Keys, NewKey};

use super::managed::Managed;
use super::when::{ago, ends};
use crate::components::confirm::{Ask, confirm};
use crate::components::field::{NUMBER, TEXT, Text, field, group, tick};
use crate::components::form::{Card, Form, Lock, Sending, form_card};
use crate::components::panel::{again, panel};
use crate::components::rows::{Row, rows, section};
use crate::components::secret::shown_once;
use crate::manage;

/// What a key may do, and what that means.
const SCOPES: [(Permission, &str); 4] = [
    (Permission::StatsRead, "Read numbers"),
    (Permission::EventsRead, "Read single events"),
    (Permission::SitesRead, "Read settings"),
    (Permission::SitesWrite, "Change settings"),
];

/// The keys of a site.
pub fn of_site(site: Managed) -> Vec<AnyView> {
    view(Some(site.tracking_id()))
}

/// The keys of a site, or all that one has made; and a form for one more.
pub fn view(tracking_id: Option<String>) -> Vec<AnyView> {
    let tracking_id = StoredValue::new(tracking_id);
    let round = RwSignal::new(0);
    let keys = panel(round, move || {
        Box::pin(async move {
            let Keys { mut keys } = manage::read("/api/v1/keys").await?;
            let site = tracking_id.get_value();
            if site.is_some() {
                keys.retain(|key| key.tracking_id == site);
            }
            Ok(rows(keys.into_iter().map(|key| row(key, site.is_some(), round)).collect(), "No keys yet."))
        })
    });
    let words = "Programs send them in the header Authorization, as Bearer and the key.";
    vec![section("Keys".to_owned(), words, vec![keys]), making(tracking_id, round)]
}

fn making(tracking_id: StoredValue<Option<String>>, round: RwSignal<u64>) -> AnyView {
    let form = Form::new("key", &["name", "scopes", "days"], Lock::Open);
    let text = || RwSignal::new(String::new());
    let (name, days, secret) = (text(), text(), text());
    let scopes = SCOPES.map(|(scope, _)| RwSignal::new(scope == Permission::StatsRead));
    let send = UnsyncCallback::new(move |()| {
        secret.set(String::new());
        let chosen = SCOPES.into_iter().zip(scopes).filter(|(_, is_on)| is_on.get_untracked());
        let wanted = NewKey {
            name: form.filled("name", name)?,
            scopes: chosen.map(|((scope, _), _)| scope).collect(),
            tracking_id: tracking_id.get_value(),
            days: form.number_if_any("days", days)?,
        };
        let making = async move {
            let made: Key = manage::parsed(&manage::send(Method::POST, "/api/v1/keys", &wanted).await?)?;
            secret.try_set(made.secret.unwrap_or_default());
            name.try_set(String::new());
            again(round);
            Ok(())
        };
        Some(Box::pin(making) as Sending)
    });
    let ticks = SCOPES.into_iter().zip(scopes);
    let ticks = ticks.map(|((scope, label), value)| tick(form, value, scope.name(), label, scope.name())).collect();
    let fields = vec![
        field(form, name, Text { name: "name", label: "What it is for", placeholder: "Weekly report", ..TEXT }),
        group(form, "scopes", "What it may do", ticks),
        field(
            form,
            days,
            Text { name: "days", label: "Ends after", unit: "days", hint: "Left empty: never.", ..NUMBER },
        ),
        shown_once(secret, "the key", "This key is shown once. Copy it and keep it safe."),
    ];
    let words = if tracking_id.with_value(Option::is_some) {
        "For programs, and for this site alone. It may never do more than you may."
    } else {
        "For programs, and for all sites that you may see, now and later. It may never do more than you may."
    };
    form_card(form, Card { title: "Make a key", words, action: "Make the key", done: "Made." }, send, fields)
}

fn row(key: Key, is_of_site: bool, round: RwSignal<u64>) -> Row {
    let number = key.key;
    let scopes = key.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(", ");
    let used = key.used_at_ms.map_or_else(|| "never used".to_owned(), |ms| format!("last used {}", ago(ms)));
    let mut about = vec![used, ends(key.expires_at_ms)];
    if !is_of_site {
        about.insert(0, key.tracking_id.unwrap_or_else(|| "all sites".to_owned()));
    }
    about.extend(key.email);
    let ask = Ask {
        id: format!("key-{number}"),
        action: "Revoke",
        what: key.name.clone(),
        question: "It stops working at once.",
    };
    let revoke = confirm(ask, round, move || Box::pin(manage::remove(format!("/api/v1/keys/{number}"))));
    Row { title: key.name, lines: vec![scopes, about.join(" · ")], actions: vec![revoke], below: None }
}

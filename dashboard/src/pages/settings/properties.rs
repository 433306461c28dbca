//! Custom properties that are counted by value.

use leptos::prelude::*;
use wire::account::Permission;
use wire::change::SettingsChange;

use super::managed::Managed;
use crate::components::confirm::{Ask, confirm};
use crate::components::field::{TEXT, Text, field};
use crate::components::form::{Card, Form, Lock, form_card};
use crate::components::rows::{Row, rows, section};

const NAME: &str = "settings.properties";

/// The declared properties, and a form for one more.
pub fn view(site: Managed) -> Vec<AnyView> {
    let lock = site.lock(Permission::SitesWrite);
    let form = Form::new("property", &[NAME], lock);
    let name = RwSignal::new(String::new());
    let list = move || {
        site.round.track();
        let properties = site.settings().properties.into_iter().enumerate();
        let properties = properties.map(|(at, property)| row(site, lock, at, property)).collect();
        rows(
            properties,
            "None yet. Events may carry properties such as plan or author; those declared here are counted by value.",
        )
    };
    let read = move || {
        let mut properties = site.settings().properties;
        properties.push(form.filled(NAME, name)?);
        Some(declared(properties))
    };
    let send = site.send_then(read, move || {
        name.try_set(String::new());
    });
    let words = "What events say of themselves, beside what is known of every event.";
    let mut parts = vec![section("Properties".to_owned(), words, vec![list.into_any()])];
    if lock == Lock::Open {
        let hint = "As events carry it. Values of other properties are kept with single events, and counted when somebody asks.";
        let card = Card {
            title: "Declare a property",
            words: "It is counted from now on.",
            action: "Declare",
            done: "Declared.",
        };
        let text = Text { name: NAME, label: "Name", placeholder: "plan", hint, ..TEXT };
        parts.push(form_card(form, card, send, vec![field(form, name, text)]));
    }
    parts
}

fn row(site: Managed, lock: Lock, at: usize, property: String) -> Row {
    let (title, what) = (property.clone(), property.clone());
    if lock == Lock::Shut {
        return Row { title, ..Row::default() };
    }
    let ask =
        Ask { id: format!("property-{at}"), action: "Remove", what, question: "It is counted by value no longer." };
    let remove = confirm(ask, site.round, move || {
        let mut properties = site.settings().properties;
        properties.retain(|other| *other != property);
        site.sending(declared(properties))
    });
    Row { title, actions: vec![remove], ..Row::default() }
}

fn declared(properties: Vec<String>) -> SettingsChange {
    SettingsChange { properties: Some(properties), ..Default::default() }
}

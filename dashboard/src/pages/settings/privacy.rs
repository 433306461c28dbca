//! How visitors are told apart, what is kept of them and for how long.

use leptos::prelude::*;
use wire::account::Permission;
use wire::change::SettingsChange;
use wire::site::VisitorMode;

use super::erase;
use super::managed::Managed;
use crate::components::field::{NUMBER, Text, cards, field, tick};
use crate::components::form::{Card, Form, SAVE, form_card};

const COOKIELESS: &str = "cookieless";
const PERSISTENT: &str = "persistent";

/// How visitors are told apart, and what that means.
const MODES: &[(&str, &str, &str)] = &[
    (
        COOKIELESS,
        "Without lasting ids",
        "A visitor is a keyed hash, and its key is destroyed every day. Nothing is stored in the browser, and somebody who comes on two days counts as two.",
    ),
    (
        PERSISTENT,
        "With lasting ids",
        "With consent the browser keeps a random id, and somebody counts once in any range. Ask for consent where the law wants it.",
    ),
];

/// The forms.
pub fn view(site: Managed) -> Vec<AnyView> {
    let mut forms = vec![visitors(site), signals(site), retention(site)];
    forms.extend(erase::view(site));
    forms
}

fn visitors(site: Managed) -> AnyView {
    let form = Form::new("visitors", &["settings.visitors"], site.lock(Permission::SitesWrite));
    let mode = match site.settings().visitors {
        VisitorMode::Cookieless => COOKIELESS,
        VisitorMode::Persistent => PERSISTENT,
    };
    let value = RwSignal::new(mode.to_owned());
    let send = site.send(move || {
        let is_persistent = value.with_untracked(|value| value == PERSISTENT);
        let visitors = Some(if is_persistent { VisitorMode::Persistent } else { VisitorMode::Cookieless });
        Some(SettingsChange { visitors, ..Default::default() })
    });
    let card = Card { title: "Visitors", words: "How visitors are told apart, from the next event on.", ..SAVE };
    form_card(form, card, send, vec![cards(form, value, "settings.visitors", "How visitors are told apart", MODES)])
}

fn signals(site: Managed) -> AnyView {
    let form = Form::new("signals", &[], site.lock(Permission::SitesWrite));
    let value = RwSignal::new(site.settings().honours_dnt);
    let send =
        site.send(move || Some(SettingsChange { honours_dnt: Some(value.get_untracked()), ..Default::default() }));
    let words = "Events of browsers that ask not to be told apart count without a visitor and without a visit.";
    let hint = "Global Privacy Control is always honoured.";
    let fields = vec![tick(form, value, "settings.honours_dnt", "Honour Do Not Track", hint)];
    form_card(form, Card { title: "Wishes of browsers", words, ..SAVE }, send, fields)
}

fn retention(site: Managed) -> AnyView {
    const KEEPS: &str = "settings.keeps_events";
    const EVENTS: &str = "settings.event_retention_days";
    const ROLLUPS: &str = "settings.rollup_retention_days";
    let form = Form::new("retention", &[KEEPS, EVENTS, ROLLUPS], site.lock(Permission::SitesWrite));
    let settings = site.settings();
    let keeps = RwSignal::new(settings.keeps_events);
    let events = RwSignal::new(settings.event_retention_days.to_string());
    let rollups = RwSignal::new(settings.rollup_retention_days.to_string());
    let send = site.send(move || {
        Some(SettingsChange {
            keeps_events: Some(keeps.get_untracked()),
            event_retention_days: Some(form.number(EVENTS, events)?),
            rollup_retention_days: Some(form.number(ROLLUPS, rollups)?),
            ..Default::default()
        })
    });
    let hint = "Without them there are counters only: no export, no free combination of filters. What was kept before stays until its days are over.";
    let days = Text { unit: "days", ..NUMBER };
    let fields = vec![
        tick(form, keeps, KEEPS, "Keep single events", hint),
        field(form, events, Text { name: EVENTS, label: "Single events are kept for", ..days }),
        field(form, rollups, Text { name: ROLLUPS, label: "Counters are kept for", ..days }),
    ];
    let words = "Single events answer what counters cannot; counters are small and say nothing of one person.";
    form_card(form, Card { title: "Retention", words, ..SAVE }, send, fields)
}

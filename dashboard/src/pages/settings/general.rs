//! What a site is called, where its days begin, and what of its traffic counts.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::account::Permission;
use wire::change::{RatesChange, SettingsChange, SiteChange};

use super::managed::Managed;
use crate::components::field::{NUMBER, TEXT, Text, field, tick};
use crate::components::form::{Card, Form, SAVE, Sending, form_card};
use crate::components::rows::section;
use crate::components::secret::copyable;
use crate::components::zone_picker::zone_picker;

/// The forms.
pub fn view(site: Managed) -> Vec<AnyView> {
    let id = copyable(Signal::stored(site.tracking_id()), "the tracking id");
    let id =
        section("Tracking id".to_owned(), "Pages send it with their events. It stays the same for ever.", vec![id]);
    vec![name(site), id, zone(site), programs(site), rates(site)]
}

fn name(site: Managed) -> AnyView {
    let form = Form::new("name", &["name"], site.lock(Permission::SitesWrite));
    let value = RwSignal::new(site.name.get_untracked());
    let send = UnsyncCallback::new(move |()| {
        let change = SiteChange { name: Some(value.get_untracked()), settings: SettingsChange::default() };
        Some(Box::pin(site.change(change)) as Sending)
    });
    let card = Card { title: "Name", words: "What people call the site, usually its domain.", ..SAVE };
    form_card(form, card, send, vec![field(form, value, Text { name: "name", label: "Name", ..TEXT })])
}

fn zone(site: Managed) -> AnyView {
    let form = Form::new("zone", &["settings.time_zone"], site.lock(Permission::SitesWrite));
    let value = RwSignal::new(site.settings().time_zone);
    let send = site.send(move || Some(SettingsChange { time_zone: Some(value.get_untracked()), ..Default::default() }));
    let words = "Where the site's days begin and end. Reports follow at once, over all time.";
    form_card(
        form,
        Card { title: "Time zone", words, ..SAVE },
        send,
        vec![zone_picker(form, value, "settings.time_zone")],
    )
}

fn programs(site: Managed) -> AnyView {
    let form = Form::new("programs", &[], site.lock(Permission::SitesWrite));
    let value = RwSignal::new(site.settings().filters_bots);
    let send =
        site.send(move || Some(SettingsChange { filters_bots: Some(value.get_untracked()), ..Default::default() }));
    let hint = "They are counted as refused, by reason, and never as visitors.";
    let card = Card { title: "Programs", words: "Crawlers, monitors and browsers that a program steers.", ..SAVE };
    form_card(form, card, send, vec![tick(form, value, "settings.filters_bots", "Leave programs out", hint)])
}

fn rates(site: Managed) -> AnyView {
    const SITE: &str = "settings.rates.site_per_second";
    const VISITOR: &str = "settings.rates.visitor_per_second";
    const BLOCK: &str = "settings.rates.block_per_second";
    let form = Form::new("rates", &[SITE, VISITOR, BLOCK], site.lock(Permission::SitesWrite));
    let rates = site.settings().rates;
    let text = |number: u32| RwSignal::new(number.to_string());
    let (whole, visitor, block) =
        (text(rates.site_per_second), text(rates.visitor_per_second), text(rates.block_per_second));
    let send = site.send(move || {
        let rates = RatesChange {
            site_per_second: Some(form.number(SITE, whole)?),
            visitor_per_second: Some(form.number(VISITOR, visitor)?),
            block_per_second: Some(form.number(BLOCK, block)?),
        };
        Some(SettingsChange { rates, ..Default::default() })
    });
    let rate = Text { unit: "events a second", ..NUMBER };
    let hint = "Addresses that share their first part: IPv4 /24, IPv6 /48.";
    let fields = vec![
        field(form, whole, Text { name: SITE, label: "Of the whole site", ..rate }),
        field(form, visitor, Text { name: VISITOR, label: "Of one visitor", ..rate }),
        field(form, block, Text { name: BLOCK, label: "Of one network", hint, ..rate }),
    ];
    let words = "Events a second that are taken. Who sends more is told when to come back, and loses nothing.";
    let card = form_card(form, Card { title: "Limits on traffic", words, ..SAVE }, send, fields);
    view! { <details class="more"><summary>"Limits on traffic"</summary>{card}</details> }.into_any()
}

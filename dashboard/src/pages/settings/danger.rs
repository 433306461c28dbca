//! What cannot be undone.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::account::Permission;

use super::managed::Managed;
use crate::address::Address;
use crate::components::field::{TEXT, Text, field};
use crate::components::form::{Card, Form, Lock, SAVE, Sending, form_card};
use crate::components::rows::{note, words};
use crate::manage;

/// Deleting the site, once its name is typed.
pub fn view(site: Managed) -> Vec<AnyView> {
    let lock = site.lock(Permission::SitesDelete);
    if lock == Lock::Shut {
        return vec![note("Only an owner of this site may delete it.")];
    }
    let form = Form::new("delete", &["name"], lock);
    let typed = RwSignal::new(String::new());
    let address = Address::of_page();
    let send = UnsyncCallback::new(move |()| {
        let name = site.name.get_untracked();
        if typed.with_untracked(|typed| typed.trim() != name) {
            form.accuse("name", format!("Type {name} to say that it is this site you mean."));
            return None;
        }
        let deleting = async move {
            manage::remove(site.api("")).await?;
            address.replace("/");
            Ok(())
        };
        Some(Box::pin(deleting) as Sending)
    });
    let card = Card {
        title: "Delete this site",
        words: "Its numbers, its single events, its goals, links and invitations are erased, and its tracking id is free again once that is done. This cannot be undone.",
        action: "Delete the site",
        ..SAVE
    };
    let fields = vec![
        words(format!("Type {} to confirm.", site.name.get_untracked())),
        field(form, typed, Text { name: "name", label: "Name of the site", ..TEXT }),
    ];
    vec![view! { <div class="dangerous">{form_card(form, card, send, fields)}</div> }.into_any()]
}

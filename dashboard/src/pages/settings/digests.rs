//! Who is sent the site's week and month by mail.

use gloo_net::http::Method;
use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::account::Permission;
use wire::alert::DeliveryState;
use wire::digest::{DigestChoice, Digests, NewSubscriber, OwnDigests, SentDigest, Subscriber};

use super::managed::Managed;
use super::when::ago;
use crate::components::confirm::{Ask, confirm};
use crate::components::field::{TEXT, Text, field, tick};
use crate::components::form::{Card, Form, Lock, Sending, form_card};
use crate::components::panel::{again, panel};
use crate::components::rows::{Row, note, rows, section};
use crate::manage;

const WEEKLY: (&str, &str) = ("Weekly", "Each Monday from 6:00 on, about Monday to Sunday.");
const MONTHLY: (&str, &str) = ("Monthly", "On the 1st from 6:00 on, about the month before.");

/// One's own wish, and for editors everybody's.
pub fn view(site: Managed) -> Vec<AnyView> {
    let round = RwSignal::new(0);
    vec![panel(round, move || {
        Box::pin(async move {
            let digests: Digests = manage::read(&site.api("/digests")).await?;
            Ok(shown(site, digests, round).into_any())
        })
    })]
}

fn shown(site: Managed, digests: Digests, round: RwSignal<u64>) -> Vec<AnyView> {
    let Digests { can_mail, own, subscribers } = digests;
    let mut parts = Vec::new();
    if !can_mail {
        parts.push(note(
            "This server sends no mail yet: whoever runs it names a mail server in its settings, under [mail].",
        ));
    }
    match own {
        Some(own) => {
            let has_some = !own.choice.is_none();
            parts.push(choosing(site, own, can_mail, round));
            if has_some && can_mail {
                parts.push(trying(site));
            }
        }
        None => parts.push(note("You are signed in as the operator, who has no address. People with an account choose here what they are sent.")),
    }
    if site.may(Permission::SitesWrite) {
        let list = subscribers.into_iter().map(|one| row(site, one, round));
        let list = rows(list.collect(), "Nobody is sent digests of this site.");
        let words = "People choose for themselves; addresses without an account are added below.";
        parts.push(section("Who is sent them".to_owned(), words, vec![list]));
        parts.push(adding(site, can_mail, round));
    }
    parts
}

/// What the caller wants.
fn choosing(site: Managed, own: OwnDigests, can_mail: bool, round: RwSignal<u64>) -> AnyView {
    let lock = if can_mail || !own.choice.is_none() { Lock::Open } else { Lock::Shut };
    let form = Form::new("digests", &["weekly", "monthly"], lock);
    let (weekly, monthly) = (RwSignal::new(own.choice.weekly), RwSignal::new(own.choice.monthly));
    let send = UnsyncCallback::new(move |()| {
        let choice = DigestChoice { weekly: weekly.get_untracked(), monthly: monthly.get_untracked() };
        let choosing = async move {
            manage::send(Method::PUT, &site.api("/digests/own"), &choice).await?;
            again(round);
            Ok(())
        };
        Some(Box::pin(choosing) as Sending)
    });
    let to = view! { <p>"Sent to "<b>{own.email}</b></p> }.into_any();
    let fields = vec![
        to,
        tick(form, weekly, "weekly", WEEKLY.0, WEEKLY.1),
        tick(form, monthly, "monthly", MONTHLY.0, MONTHLY.1),
    ];
    let card = Card {
        title: "Digests for you",
        words: "The numbers of a week or a month, against the one before, by mail.",
        action: "Save",
        done: "Saved.",
    };
    form_card(form, card, send, fields)
}

/// A letter at once.
fn trying(site: Managed) -> AnyView {
    let form = Form::new("digest-test", &[], Lock::Open);
    let send = UnsyncCallback::new(move |()| {
        let sending = async move {
            manage::request(Method::POST, &site.api("/digests/own/test"), None, None).await?;
            Ok(())
        };
        Some(Box::pin(sending) as Sending)
    });
    let card = Card {
        title: "Look at one now",
        words: "The latest that is complete, sent to you alone.",
        action: "Send it",
        done: "On its way.",
    };
    form_card(form, card, send, Vec::new())
}

/// An address more.
fn adding(site: Managed, can_mail: bool, round: RwSignal<u64>) -> AnyView {
    let form = Form::new("subscriber", &["email", "weekly", "monthly"], if can_mail { Lock::Open } else { Lock::Shut });
    let (email, weekly, monthly) = (RwSignal::new(String::new()), RwSignal::new(true), RwSignal::new(false));
    let send = UnsyncCallback::new(move |()| {
        let wanted = NewSubscriber {
            email: form.filled("email", email)?,
            weekly: weekly.get_untracked(),
            monthly: monthly.get_untracked(),
        };
        let adding = async move {
            manage::send(Method::POST, &site.api("/digests"), &wanted).await?;
            email.try_set(String::new());
            again(round);
            Ok(())
        };
        Some(Box::pin(adding) as Sending)
    });
    let text = Text { name: "email", label: "E-mail", kind: "email", placeholder: "board@shop.example", ..TEXT };
    let fields = vec![
        field(form, email, text),
        tick(form, weekly, "weekly", WEEKLY.0, ""),
        tick(form, monthly, "monthly", MONTHLY.0, ""),
    ];
    let card = Card {
        title: "Add an address",
        words: "For somebody without an account. Each mail holds a link that ends it.",
        action: "Add",
        done: "Added.",
    };
    form_card(form, card, send, fields)
}

fn row(site: Managed, one: Subscriber, round: RwSignal<u64>) -> Row {
    let number = one.subscriber;
    let mut line = vec![wanted(one.choice).to_owned()];
    if one.is_person {
        line.push("has an account".to_owned());
    }
    let ask = Ask {
        id: format!("subscriber-{number}"),
        action: "Remove",
        what: one.email.clone(),
        question: "Nothing is sent there any more.",
    };
    let is_ours = !one.is_person && !one.has_unsubscribed;
    let remove =
        is_ours.then(|| confirm(ask, round, move || Box::pin(manage::remove(site.api(&format!("/digests/{number}"))))));
    let lines = [line.join(" · ")].into_iter().chain(one.last.as_ref().map(last)).collect();
    Row { title: one.email, lines, actions: remove.into_iter().collect(), below: None }
}

/// What becomes of a subscriber's week and month, in words.
fn wanted(choice: DigestChoice) -> &'static str {
    match (choice.weekly, choice.monthly) {
        (true, true) => "weekly and monthly",
        (true, false) => "weekly",
        (false, true) => "monthly",
        (false, false) => "has unsubscribed",
    }
}

fn last(sent: &SentDigest) -> String {
    let when = ago(sent.at_ms);
    let fault = sent.delivery.fault.as_deref().map(|fault| format!(": {fault}")).unwrap_or_default();
    match sent.delivery.state {
        DeliveryState::Delivered => format!("last sent {when}"),
        DeliveryState::Waiting => format!("made {when}, waits to be sent{fault}"),
        DeliveryState::Failed => format!("made {when}, not sent{fault}"),
    }
}

//! Who may do what with a site, and who is invited.

use gloo_net::http::Method;
use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::account::{Membership, Permission, Role, User, Users};
use wire::grant::{Invitation, Invitations, NewInvitation};

use super::managed::Managed;
use super::when::day;
use crate::components::confirm::{Ask, confirm};
use crate::components::field::{TEXT, Text, choice, field, select};
use crate::components::form::{Card, Form, Lock, Sending, form_card};
use crate::components::panel::{again, panel};
use crate::components::rows::{Row, note, rows, section};
use crate::components::secret::shown_once;
use crate::manage;

/// Roles, and what each may.
const ROLES: &[(&str, &str)] = &[
    ("viewer", "Viewer: reads numbers"),
    ("editor", "Editor: and changes settings, shares links"),
    ("owner", "Owner: and decides who may, deletes the site"),
];

/// The same in short.
const TITLES: &[(&str, &str)] = &[("viewer", "Viewer"), ("editor", "Editor"), ("owner", "Owner")];

/// Members, invitations, and a form for one more.
pub fn view(site: Managed) -> Vec<AnyView> {
    let lock = site.lock(Permission::PeopleWrite);
    if lock == Lock::Shut {
        return vec![note("Only owners of this site see its people and decide what they may.")];
    }
    let round = RwSignal::new(0);
    let members = panel(round, move || {
        Box::pin(async move {
            let Users { users } = manage::read(&site.api("/members")).await?;
            let Invitations { invitations } = manage::read(&site.api("/invitations")).await?;
            let mut listed: Vec<Row> = users.into_iter().map(|user| member(site, user, round)).collect();
            listed.extend(invitations.into_iter().map(|invitation| invitee(site, invitation, round)));
            Ok(rows(listed, "Nobody yet but the owners of the installation."))
        })
    });
    let words = "Who may see this site. Owners of the whole installation may do everything, and are not listed here.";
    vec![section("People".to_owned(), words, vec![members]), inviting(site, round)]
}

fn inviting(site: Managed, round: RwSignal<u64>) -> AnyView {
    let form = Form::new("invite", &["email", "role"], Lock::Open);
    let (email, link) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let role = RwSignal::new("viewer".to_owned());
    let send = UnsyncCallback::new(move |()| {
        link.set(String::new());
        let whom = Some(email.get_untracked()).filter(|email| !email.trim().is_empty());
        let invitation = NewInvitation { role: role_of(&role.get_untracked()), email: whom };
        let inviting = async move {
            let answered = manage::send(Method::POST, &site.api("/invitations"), &invitation).await?;
            let made: Invitation = manage::parsed(&answered)?;
            link.try_set(made.url.unwrap_or_default());
            email.try_set(String::new());
            again(round);
            Ok(())
        };
        Some(Box::pin(inviting) as Sending)
    });
    let hint = "Only they may take it up. Left empty: whoever has the link.";
    let text = Text { name: "email", label: "E-mail", kind: "email", placeholder: "ann@shop.example", hint, ..TEXT };
    let fields = vec![
        field(form, email, text),
        choice(form, role, "role", "Role", ROLES),
        shown_once(link, "the link", "This link is shown once. Copy it and pass it on."),
    ];
    let card = Card {
        title: "Invite somebody",
        words: "Nobody is sent mail: you get a link to pass on. It lets one person in, and is valid for seven days.",
        action: "Make the link",
        done: "Invited.",
    };
    form_card(form, card, send, fields)
}

fn member(site: Managed, user: User, round: RwSignal<u64>) -> Row {
    let number = user.user;
    let path = move || site.api(&format!("/members/{number}"));
    let role = RwSignal::new(user.role.map_or("viewer", Role::name).to_owned());
    let said = RwSignal::new(String::new());
    let change = move |chosen: String| {
        let membership = Membership { role: role_of(&chosen) };
        spawn_local(async move {
            let words = match manage::send(Method::PUT, &path(), &membership).await {
                Ok(_) => "Saved.".to_owned(),
                Err(failure) => {
                    again(round);
                    failure.sentence()
                }
            };
            said.try_set(words);
        });
    };
    let ask = Ask {
        id: format!("member-{number}"),
        action: "Remove",
        what: user.email.clone(),
        question: "They see this site no longer.",
    };
    let actions = vec![
        view! { <span class="muted" role="status">{move || said.get()}</span> }.into_any(),
        select(format!("role-{number}"), format!("Role of {}", user.email), role, TITLES, change),
        confirm(ask, round, move || Box::pin(manage::remove(path()))),
    ];
    Row { title: user.name, lines: vec![user.email], actions, below: None }
}

fn invitee(site: Managed, invitation: Invitation, round: RwSignal<u64>) -> Row {
    let number = invitation.invitation;
    let title = invitation.email.unwrap_or_else(|| "Whoever has the link".to_owned());
    let line = format!("invited as {}, until {}", invitation.role.name(), day(invitation.expires_at_ms));
    let ask = Ask {
        id: format!("invitation-{number}"),
        action: "Withdraw",
        what: format!("the invitation of {title}"),
        question: "The link is good no longer.",
    };
    let withdraw = confirm(ask, round, move || Box::pin(manage::remove(site.api(&format!("/invitations/{number}")))));
    Row { title, lines: vec![line], actions: vec![withdraw], below: None }
}

fn role_of(name: &str) -> Role {
    Role::ALL.into_iter().find(|role| role.name() == name).unwrap_or(Role::Viewer)
}

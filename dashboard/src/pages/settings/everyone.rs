//! Everybody with an account here, and what they did lately: `/people`.

use gloo_net::http::Method;
use leptos::prelude::*;
use wire::account::{Audit, Permission, User, UserChange, Users};

use super::when::{ago, day};
use crate::components::confirm::{Ask, confirm};
use crate::components::form::Sending;
use crate::components::frame::Frame;
use crate::components::panel::panel;
use crate::components::rows::{Row, note, rows, section};
use crate::manage::{self, Granted};
use crate::pages::sign_in::Gate;

/// Entries of the log that are shown.
const ENTRIES_MAX: usize = 30;

/// The people of the installation, for its owners.
#[component]
pub fn Everyone() -> impl IntoView {
    document().set_title("People · Tidemark");
    let crumbs = vec![("/account".to_owned(), "Your account".to_owned())];
    view! {
        <Gate>
            <Frame crumbs=crumbs.clone() title="People">
                <main class="column alone-column" id="content" tabindex="-1">
                    {panel(RwSignal::new(0), || Box::pin(async { Ok(page(&Granted::ask().await?).into_any()) }))}
                </main>
            </Frame>
        </Gate>
    }
}

fn page(granted: &Granted) -> Vec<AnyView> {
    if !granted.everywhere.contains(&Permission::PeopleWrite) {
        return vec![note("Only owners of this installation see everybody who has an account.")];
    }
    let round = RwSignal::new(0);
    let people = panel(round, move || {
        Box::pin(async move {
            let Users { users } = manage::read("/api/v1/users").await?;
            Ok(rows(users.into_iter().map(|user| row(user, round)).collect(), "Nobody has an account yet."))
        })
    });
    let log = panel(round, || {
        Box::pin(async {
            let Audit { entries } = manage::read("/api/v1/audit").await?;
            // Who signed in says little, and is most of it.
            let changes = entries.into_iter().filter(|entry| !entry.action.starts_with("session."));
            let entries = changes.take(ENTRIES_MAX).map(|entry| {
                let line = format!("{} · {} · {}", entry.about, entry.who, ago(entry.at_ms));
                Row { title: entry.action, lines: vec![line], ..Row::default() }
            });
            Ok(rows(entries.collect(), "Nothing yet."))
        })
    });
    let everybody = "Everybody with an account. Owners of the installation may do everything on every site. Somebody new comes in by an invitation to a site, or by the command tidemark user add.";
    vec![
        section("People".to_owned(), everybody, vec![people]),
        section(
            "What was changed lately".to_owned(),
            "Who did what to which. GET /api/v1/audit has all of it.",
            vec![log],
        ),
    ]
}

fn row(user: User, round: RwSignal<u64>) -> Row {
    let (number, is_owner) = (user.user, user.is_owner);
    let path = format!("/api/v1/users/{number}");
    let to_change = path.clone();
    let change = move || {
        let path = to_change.clone();
        let changing =
            async move { manage::send(Method::PATCH, &path, &UserChange { is_owner: !is_owner }).await.map(|_| ()) };
        Box::pin(changing) as Sending
    };
    let (action, question) = if is_owner {
        ("Owner no more", "They keep the sites they are members of.")
    } else {
        ("Make an owner", "They may do everything, on every site.")
    };
    let since = format!("{}since {}", if is_owner { "owner, " } else { "" }, day(user.created_at_ms));
    let owner = Ask { id: format!("owner-{number}"), action, what: user.email.clone(), question };
    let removal = Ask {
        id: format!("user-{number}"),
        action: "Remove",
        what: user.email.clone(),
        question: "Their sessions and keys end.",
    };
    let remove = confirm(removal, round, move || Box::pin(manage::remove(path.clone())));
    let actions = vec![confirm(owner, round, change), remove];
    Row { title: user.name, lines: vec![user.email, since], actions, below: None }
}

//! One's own account: `/account`.

use gloo_net::http::Method;
use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::account::{PasswordChange, Permission, Session, Sessions};
use wire::problem::Problem;

use super::keys;
use super::when::ago;
use crate::api::Failure;
use crate::components::confirm::{Ask, confirm};
use crate::components::field::{TEXT, Text, field};
use crate::components::form::{Card, Form, Lock, Sending, form_card};
use crate::components::frame::Frame;
use crate::components::panel::panel;
use crate::components::rows::{Row, note, rows, section, words};
use crate::manage::{self, Granted};
use crate::pages::sign_in::Gate;

/// Password, browsers, keys.
#[component]
pub fn Account() -> impl IntoView {
    document().set_title("Your account · Tidemark");
    view! {
        <Gate>
            <Frame title="Your account">
                <main class="column alone-column" id="content" tabindex="-1">
                    {panel(RwSignal::new(0), || Box::pin(async { Ok(page(Granted::ask().await?).into_any()) }))}
                </main>
            </Frame>
        </Gate>
    }
}

fn page(granted: Granted) -> Vec<AnyView> {
    let mut parts = Vec::new();
    if let Some(email) = granted.email {
        parts.push(section(granted.name.unwrap_or_default(), "", vec![words(email)]));
        parts.push(password());
    } else {
        parts.push(note(
            "You are signed in as the operator, by a one-time link: there is no password to change. Accounts are made by invitations, or by the command tidemark user add.",
        ));
    }
    if granted.everywhere.contains(&Permission::PeopleWrite) {
        let everyone = view! {
            <p class="note" role="note">"You own this installation. "<a href="/people">"See everybody who has an account"</a></p>
        };
        parts.push(everyone.into_any());
    }
    parts.push(browsers());
    parts.extend(keys::view(None));
    parts
}

fn password() -> AnyView {
    let form = Form::new("password", &["current", "new"], Lock::Open);
    let text = || RwSignal::new(String::new());
    let (current, new) = (text(), text());
    let send = UnsyncCallback::new(move |()| {
        let change = PasswordChange { current: form.filled("current", current)?, new: form.filled("new", new)? };
        let changing = async move {
            manage::send(Method::PUT, "/api/v1/password", &change).await.map_err(of_form)?;
            current.try_set(String::new());
            new.try_set(String::new());
            Ok(())
        };
        Some(Box::pin(changing) as Sending)
    });
    let secret = Text { kind: "password", ..TEXT };
    let present = Text { name: "current", label: "Present password", autocomplete: "current-password", ..secret };
    let hint = "At least 10 characters. A sentence is good.";
    let fields = vec![
        field(form, current, present),
        field(form, new, Text { name: "new", label: "New password", autocomplete: "new-password", hint, ..secret }),
    ];
    let card = Card {
        title: "Password",
        words: "Every other browser is signed out when it changes.",
        action: "Change the password",
        done: "Changed. Other browsers are signed out.",
    };
    form_card(form, card, send, fields)
}

/// A failure in the words of the form: there is no address in it.
fn of_form(failure: Failure) -> Failure {
    match failure {
        Failure::Problem(problem) if problem.code == "wrong_password" => {
            let detail = "the present password is wrong".to_owned();
            Failure::Problem(Problem { detail, ..problem.with_field("current") })
        }
        other => other,
    }
}

fn browsers() -> AnyView {
    let round = RwSignal::new(0);
    let list = panel(round, move || {
        Box::pin(async move {
            let Sessions { sessions } = manage::read("/api/v1/sessions").await?;
            let has_others = sessions.len() > 1;
            let mut parts = vec![rows(sessions.into_iter().map(|session| row(session, round)).collect(), "")];
            if has_others {
                let ask = Ask {
                    id: "others".to_owned(),
                    action: "Sign out everywhere else",
                    what: String::new(),
                    question: "All browsers but this one.",
                };
                parts.push(confirm(ask, round, || Box::pin(manage::remove("/api/v1/sessions".to_owned()))));
            }
            Ok(parts.into_any())
        })
    });
    section("Browsers".to_owned(), "Where you are signed in.", vec![list])
}

fn row(session: Session, round: RwSignal<u64>) -> Row {
    let number = session.session;
    let kind = if session.browser.is_empty() { "Some browser".to_owned() } else { session.browser };
    let begun = ago(session.created_at_ms);
    if session.is_current {
        return Row { title: kind, lines: vec![format!("this browser, signed in {begun}")], ..Row::default() };
    }
    let line = format!("last used {}, signed in {begun}", ago(session.seen_at_ms));
    let ask = Ask {
        id: format!("session-{number}"),
        action: "Sign out",
        what: kind.clone(),
        question: "It has to sign in again.",
    };
    let end = confirm(ask, round, move || Box::pin(manage::remove(format!("/api/v1/sessions/{number}"))));
    Row { title: kind, lines: vec![line], actions: vec![end], below: None }
}

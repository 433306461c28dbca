//! Where the link of an email digest leads: `/unsubscribe#TOKEN`.

use gloo_net::http::Method;
use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::digest::Unsubscribing;

use crate::address::Address;
use crate::api::{self, Failure};
use crate::components::Logo;
use crate::components::form::{Card, Form, Lock, Sending, form_card};
use crate::components::panel::{again, panel};
use crate::manage;

/// Says what is sent where, and ends it by one click: not by being opened, which mail programs do by themselves.
#[component]
pub fn Unsubscribe() -> impl IntoView {
    document().set_title("Unsubscribe · Tidemark");
    let token = Address::of_page().fragment;
    let round = RwSignal::new(0);
    let body = panel(round, move || {
        let path = format!("/api/v1/unsubscribe/{}", api::encoded(&token.get_untracked()));
        Box::pin(async move {
            match manage::read::<Unsubscribing>(&path).await {
                Ok(found) => Ok(shown(found, path, round)),
                Err(Failure::Problem(problem)) if problem.status == 404 => Ok(view! {
                    <p role="status">"This link is no longer good: its site or its subscription is gone, so nothing is sent."</p>
                }
                .into_any()),
                Err(failure) => Err(failure),
            }
        })
    });
    view! {
        <main class="alone" id="content" tabindex="-1">
            <Logo/>
            <h1>"Email digests"</h1>
            {body}
        </main>
    }
}

fn shown(Unsubscribing { site, email, choice }: Unsubscribing, path: String, round: RwSignal<u64>) -> AnyView {
    let kinds = match (choice.weekly, choice.monthly) {
        (true, true) => "weekly and monthly digests",
        (true, false) => "weekly digests",
        (false, true) => "monthly digests",
        (false, false) => {
            return view! { <p role="status"><b>{email}</b>" is sent no digests of "<b>{site}</b>"."</p> }.into_any();
        }
    };
    let form = Form::new("unsubscribe", &[], Lock::Open);
    let send = UnsyncCallback::new(move |()| {
        let path = path.clone();
        let ending = async move {
            manage::request(Method::POST, &path, None, None).await?;
            again(round);
            Ok(())
        };
        Some(Box::pin(ending) as Sending)
    });
    let about = view! { <p><b>{email}</b>" is sent "{kinds}" of "<b>{site}</b>"."</p> }.into_any();
    let card = Card { title: "Unsubscribe", words: "", action: "Unsubscribe", done: "" };
    form_card(form, card, send, vec![about])
}

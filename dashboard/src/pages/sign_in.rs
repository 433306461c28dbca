//! Signing in: by an address and a password, or by a one-time link, `/signin#TOKEN`.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_split_helpers::wasm_split;
use wire::account::Entry;

use super::door::Alone;
use crate::address::Address;
use crate::api::{self, Failure};
use crate::components::{DoorForm, Logo};
use crate::dialogs::Dialog;
use crate::door::Door;
use crate::later::{Loaded, later};
use crate::session::Session;

/// Shows its children to those who are signed in, and the way to sign in to the others: in place of them, or over them where
/// the session ended while somebody looked.
#[component]
pub fn Gate(children: ChildrenFn) -> impl IntoView {
    let session = Session::of_page();
    let is_shut = Memo::new(move |_| session.is_refused() && !session.is_interrupted());
    let over = move || session.is_interrupted().then(|| later(move || Box::pin(again(session))));
    move || if is_shut.get() { later(move || Box::pin(sign_in(session))) } else { (children(), over).into_any() }
}

#[wasm_split(doors, fallible)]
fn sign_in(session: Session) -> Loaded {
    let on_open = UnsyncCallback::new(move |()| session.begin());
    Ok(view! { <HowTo on_open/> }.into_any())
}

#[wasm_split(doors, fallible)]
fn again(session: Session) -> Loaded {
    Ok(view! { <Again session/> }.into_any())
}

/// Signing in over a page that stays. Who closes it wants to leave.
#[component]
fn Again(session: Session) -> impl IntoView {
    let on_open = UnsyncCallback::new(move |()| session.begin());
    let close = move || {
        if session.is_interrupted_untracked() {
            session.end();
        }
    };
    view! {
        <Dialog title="You were signed out".to_owned() class="again" on_close=close>
            <div class="dialog-body">
                <p>"Sign in and go on where you were. What is on the page behind this is as of before."</p>
                <DoorForm door=Door::SignIn on_open/>
                <p>
                    <button type="button" class="button quiet" on:click=move |_| session.begin()>
                        "I signed in elsewhere: try again"
                    </button>
                </p>
            </div>
        </Dialog>
    }
}

/// Where signing in has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Progress {
    /// The address carries no token.
    NoToken,
    /// The token is on its way.
    Asking,
    /// The token was not taken.
    Failed(Failure),
}

/// Spends the link's token, or explains how to get a new link.
#[component]
pub fn SignIn() -> impl IntoView {
    let session = Session::of_page();
    let address = Address::of_page();
    let home = move || {
        session.begin();
        address.replace("/");
    };
    let on_open = UnsyncCallback::new(move |()| home());
    // A second link pasted into the same tab changes the fragment alone.
    let fragment = address.fragment;
    let progress = RwSignal::new(Progress::NoToken);
    Effect::new(move || {
        let token = fragment.get();
        if token.is_empty() {
            return;
        }
        progress.set(Progress::Asking);
        // A token is a secret and spent once: it stays neither on the screen nor in the history.
        if let Ok(history) = window().history() {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some("/signin"));
        }
        spawn_local(async move {
            let entry = Entry { token: Some(token), email: None, password: None };
            match api::knock("/api/v1/session", serde_json::to_string(&entry)).await {
                Ok(()) => home(),
                Err(failure) => {
                    progress.try_set(Progress::Failed(failure));
                }
            }
        });
    });
    move || match progress.get() {
        Progress::Asking => view! {
            <main class="alone" id="content">
                <Logo/>
                <h1>"Signing in…"</h1>
            </main>
        }
        .into_any(),
        Progress::NoToken => view! { <HowTo on_open/> }.into_any(),
        Progress::Failed(failure) if failure.code() == Some("link_not_valid") => {
            view! { <HowTo on_open reason="This link has expired or was already used."/> }.into_any()
        }
        Progress::Failed(other) => view! { <HowTo on_open reason=other.sentence()/> }.into_any(),
    }
}

/// The form, and the other way in.
#[component]
fn HowTo(
    /// What happens when somebody is signed in.
    on_open: UnsyncCallback<()>,
    /// Why the page is shown.
    #[prop(optional, into)]
    reason: Option<String>,
) -> impl IntoView {
    let reason = reason.unwrap_or_else(|| Door::SignIn.words().to_owned());
    view! {
        <Alone door=Door::SignIn on_open reason>
            <p class="muted">
                "No account, or the password forgotten? Run this where Tidemark runs and open the link it prints:"
            </p>
            <pre class="code"><code>"tidemark link"</code></pre>
        </Alone>
    }
}

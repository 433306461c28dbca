//! Signing in by a one-time link: `/signin#TOKEN`.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use wasm_bindgen::JsValue;

use crate::api::{self, Failure};
use crate::components::Logo;
use crate::session::Session;

const INVITATION: &str = "Sign in to see your numbers.";

/// Shows its children to those who are signed in, and the way to sign in to the others.
#[component]
pub fn Gate(children: ChildrenFn) -> impl IntoView {
    let session = Session::of_page();
    move || {
        if session.is_refused() { view! { <HowTo reason=INVITATION/> }.into_any() } else { children() }
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
    let navigate = use_navigate();
    // A second link pasted into the same tab changes the fragment alone.
    let fragment = use_location().hash;
    let progress = RwSignal::new(Progress::NoToken);
    Effect::new(move || {
        let token = fragment.get().trim_start_matches('#').to_owned();
        if token.is_empty() {
            return;
        }
        progress.set(Progress::Asking);
        // A token is a secret and spent once: it stays neither on the screen nor in the history.
        if let Ok(history) = window().history() {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some("/signin"));
        }
        let navigate = navigate.clone();
        spawn_local(async move {
            match api::sign_in(token).await {
                Ok(()) => {
                    session.begin();
                    let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
                    navigate("/", options);
                }
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
        Progress::NoToken => view! { <HowTo reason=INVITATION/> }.into_any(),
        Progress::Failed(Failure::SignedOut) => {
            view! { <HowTo reason="This link has expired or was already used."/> }.into_any()
        }
        Progress::Failed(other) => view! { <HowTo reason=other.sentence()/> }.into_any(),
    }
}

/// A calm page with the one thing to do.
#[component]
fn HowTo(
    /// Why the page is shown.
    #[prop(into)]
    reason: String,
) -> impl IntoView {
    document().set_title("Sign in · Tidemark");
    view! {
        <main class="alone" id="content">
            <Logo/>
            <h1>"Tidemark"</h1>
            <p role="status">{reason}</p>
            <p class="muted">"For a new sign-in link, run this where Tidemark runs and open what it prints:"</p>
            <pre class="code"><code>"tidemark link"</code></pre>
        </main>
    }
}

//! The pages behind links whose token stands behind `#`: `/setup`, `/invitation`, `/password`.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;

use crate::address::Address;
use crate::components::{DoorForm, Logo};
use crate::door::Door;
use crate::session::Session;

/// The way in that the address names. Its token stays in the address until it is spent, so that the page can be loaded
/// again, and leaves the history with it.
#[component]
pub fn LinkPage(
    /// Makes the way in of its token.
    door: fn(String) -> Door,
) -> impl IntoView {
    let session = Session::of_page();
    let address = Address::of_page();
    let on_open = UnsyncCallback::new(move |()| {
        session.begin();
        address.replace("/");
    });
    move || {
        let token = address.fragment.get();
        if token.is_empty() {
            return view! { <Incomplete/> }.into_any();
        }
        view! { <Alone door=door(token) on_open/> }.into_any()
    }
}

/// A calm page with nothing but a way in; its children stand below the form.
#[component]
pub fn Alone(
    /// The way in.
    door: Door,
    /// What happens when it is open.
    on_open: UnsyncCallback<()>,
    /// Why it is shown, where that is not what it is for.
    #[prop(optional, into)]
    reason: Option<String>,
    /// What else there is to know.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    document().set_title(&format!("{} · Tidemark", door.title()));
    let (title, words) = (door.title(), reason.unwrap_or_else(|| door.words().to_owned()));
    view! {
        <main class="alone" id="content">
            <Logo/>
            <h1>{title}</h1>
            <p role="status">{words}</p>
            <DoorForm door on_open/>
            {children.map(|children| children())}
        </main>
    }
}

#[component]
fn Incomplete() -> impl IntoView {
    document().set_title("Incomplete link · Tidemark");
    view! {
        <main class="alone" id="content">
            <Logo/>
            <h1>"This link is incomplete"</h1>
            <p>"Open it as it was given to you, with all that stands behind the #."</p>
        </main>
    }
}

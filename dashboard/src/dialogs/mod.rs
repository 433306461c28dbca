//! What opens over a page. Each is a part of the program that is loaded when it is first opened.

mod details;
mod filter;
mod help;
mod palette;

use leptos::html::Dialog as DialogElement;
use leptos::prelude::*;
use wasm_split_helpers::wasm_split;
use wire::session::Site;

use crate::audience::Audience;
use crate::components::{Edited, Icon, Picture};
use crate::later::{Loaded, later};
use crate::report::Report;
use crate::shown::Shown;

/// The dialogs of a site's page.
#[component]
pub fn Dialogs(
    /// The site.
    tracking_id: String,
    /// What is shown.
    shown: Shown,
    /// All of it together.
    totals: Report,
    /// The condition that is being changed.
    edited: Edited,
    /// Whether the shortcuts are listed.
    is_listed: RwSignal<bool>,
    /// Whether anything is to be found.
    is_finding: RwSignal<bool>,
    /// Who looks.
    audience: Audience,
    /// The sites there are.
    sites: RwSignal<Vec<Site>>,
) -> impl IntoView {
    let tracking_id = StoredValue::new(tracking_id);
    let details = Memo::new(move |_| shown.with(|view| view.details));
    let site = move || tracking_id.get_value();
    move || {
        if details.get().is_some() {
            later(move || Box::pin(show_details(site(), shown, totals)))
        } else if edited.get().is_some() {
            later(move || Box::pin(edit(site(), shown, edited)))
        } else if is_listed.get() {
            later(move || Box::pin(help(is_listed)))
        } else if is_finding.get() {
            later(move || Box::pin(find(audience, site(), sites, shown, is_finding)))
        } else {
            ().into_any()
        }
    }
}

#[wasm_split(dialogs, fallible)]
fn show_details(tracking_id: String, shown: Shown, totals: Report) -> Loaded {
    Ok(view! { <details::Details tracking_id shown totals/> }.into_any())
}

#[wasm_split(dialogs, fallible)]
fn edit(tracking_id: String, shown: Shown, edited: Edited) -> Loaded {
    Ok(view! { <filter::FilterDialog tracking_id shown edited/> }.into_any())
}

#[wasm_split(dialogs, fallible)]
fn find(
    audience: Audience,
    tracking_id: String,
    sites: RwSignal<Vec<Site>>,
    shown: Shown,
    is_finding: RwSignal<bool>,
) -> Loaded {
    Ok(view! { <palette::Palette audience tracking_id sites shown is_open=is_finding/> }.into_any())
}

#[wasm_split(dialogs, fallible)]
fn help(is_listed: RwSignal<bool>) -> Loaded {
    Ok(view! { <help::Help is_listed/> }.into_any())
}

/// A dialog over the page, open from the start; Escape and its cross close it.
#[component]
pub fn Dialog(
    /// What it is about.
    title: String,
    /// How wide it is: a class.
    class: &'static str,
    /// What happens when it closes.
    on_close: impl Fn() + 'static,
    /// What it shows.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<DialogElement>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get().filter(|dialog| !dialog.open()) {
            let _ = dialog.show_modal();
        }
    });
    let close = move |_| {
        if let Some(dialog) = dialog.get() {
            dialog.close();
        }
    };
    view! {
        <dialog class=format!("dialog {class}") node_ref=dialog aria-labelledby="dialog-title" on:close=move |_| on_close()>
            <header class="dialog-head">
                <h2 id="dialog-title">{title}</h2>
                <button type="button" class="icon-button" aria-label="Close" title="Close (Esc)" on:click=close>
                    <Icon picture=Picture::Cross/>
                </button>
            </header>
            {children()}
        </dialog>
    }
    .into_any()
}

//! What opens over a page: a part of the program that is loaded when any of it is first opened.

mod details;
mod filter;
mod help;
mod notes;
mod palette;
mod segments;

use leptos::html::Dialog as DialogElement;
use leptos::prelude::*;
use wasm_split_helpers::wasm_split;
use wire::session::Site;

use crate::components::{Edited, Icon, Picture};
use crate::kept::{Kept, Opened};
use crate::later::{Loaded, later};
use crate::report::Report;
use crate::shown::Shown;

pub use details::columns;

/// The heading of what is open: where the focus goes when what had it is gone.
const TITLE: &str = "dialog-title";

/// What the dialogs of a site's page are about, and what says which of them is open.
#[derive(Clone, Copy)]
pub struct Dialogs {
    /// What is shown.
    pub shown: Shown,
    /// All of it together, where rankings are shown in full.
    pub totals: Option<Report>,
    /// The condition that is being changed.
    pub edited: Edited,
    /// Whether the shortcuts are listed.
    pub is_listed: RwSignal<bool>,
    /// Whether anything is to be found.
    pub is_finding: RwSignal<bool>,
    /// The sites there are.
    pub sites: RwSignal<Vec<Site>>,
    /// What is kept of the site.
    pub kept: Kept,
}

/// The dialog that is open, if one is.
pub fn dialogs(dialogs: Dialogs) -> AnyView {
    let Dialogs { shown, edited, is_listed, is_finding, kept, .. } = dialogs;
    let is_open = Memo::new(move |_| {
        shown.with(|view| view.details.is_some())
            || edited.with(Option::is_some)
            || is_listed.get()
            || is_finding.get()
            || kept.opened.get() != Opened::Nothing
    });
    (move || is_open.get().then(|| later(move || Box::pin(open(dialogs))))).into_any()
}

#[wasm_split(dialogs, fallible)]
fn open(dialogs: Dialogs) -> Loaded {
    let Dialogs { shown, totals, edited, is_listed, is_finding, sites, kept } = dialogs;
    let tracking_id = move || kept.tracking_id.get_value();
    let details = Memo::new(move |_| shown.with(|view| view.details));
    let dialog = move || {
        if let Some(totals) = totals.filter(|_| details.get().is_some()) {
            view! { <details::Details tracking_id=tracking_id() shown totals/> }.into_any()
        } else if edited.get().is_some() {
            view! { <filter::FilterDialog tracking_id=tracking_id() shown edited kept/> }.into_any()
        } else if is_listed.get() {
            view! { <help::Help is_listed/> }.into_any()
        } else if is_finding.get() {
            view! { <palette::Palette sites shown kept is_open=is_finding/> }.into_any()
        } else {
            match kept.opened.get() {
                Opened::Nothing => ().into_any(),
                Opened::Notes(start_ms, end_ms) => {
                    view! { <notes::Notes shown kept span=(start_ms, end_ms)/> }.into_any()
                }
                Opened::Segments => view! { <segments::Segments shown kept/> }.into_any(),
            }
        }
    };
    Ok(dialog.into_any())
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
    // One that goes is closed first: so the focus goes back to where it was.
    on_cleanup(move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    });
    let close = move |_| {
        if let Some(dialog) = dialog.get() {
            dialog.close();
        }
    };
    view! {
        <dialog class=format!("dialog {class}") node_ref=dialog aria-labelledby=TITLE on:close=move |_| on_close()>
            <header class="dialog-head">
                <h2 id=TITLE tabindex="-1">{title}</h2>
                <button type="button" class="icon-button" aria-label="Close" title="Close (Esc)" on:click=close>
                    <Icon picture=Picture::CROSS/>
                </button>
            </header>
            {children()}
        </dialog>
    }
    .into_any()
}

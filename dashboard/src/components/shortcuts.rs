//! Keyboard shortcuts, and the list of them.

use leptos::ev;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use crate::period::{Period, Shown};

/// Controls that need the keys for themselves.
const TYPING: &str = "input, textarea, select, dialog, [contenteditable]";

/// Listens for the page's shortcuts until the owner goes.
pub fn use_shortcuts(shown: Memo<Shown>, is_listed: RwSignal<bool>) {
    let navigate = use_navigate();
    let listener = window_event_listener(ev::keydown, move |event| {
        if is_for_others(&event) {
            return;
        }
        let shown = shown.get_untracked();
        let key = event.key();
        let next = match key.as_str() {
            "?" => {
                is_listed.set(true);
                return;
            }
            "ArrowLeft" => Some(shown.earlier()),
            "ArrowRight" => shown.later(),
            _ => Period::CHOICES
                .into_iter()
                .find(|(_, _, _, letter)| key.eq_ignore_ascii_case(letter.encode_utf8(&mut [0; 4])))
                .map(|(choice, ..)| choice),
        };
        if let Some(next) = next.filter(|next| *next != shown.period) {
            let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
            navigate(&next.to_query_string(), options);
        }
    });
    on_cleanup(move || listener.remove());
}

fn is_for_others(event: &KeyboardEvent) -> bool {
    let is_typing = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|element| element.closest(TYPING).ok().flatten())
        .is_some();
    is_typing || event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing()
}

/// The list, over the page.
#[component]
pub fn Shortcuts(
    /// Whether it is shown.
    is_listed: RwSignal<bool>,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        if is_listed.get() && !dialog.open() {
            let _ = dialog.show_modal();
        }
    });
    let periods = Period::CHOICES.map(|(_, name, _, key)| {
        view! { <div><dt><kbd>{key.to_ascii_uppercase()}</kbd></dt><dd>{name}</dd></div> }
    });
    view! {
        <dialog class="shortcuts" node_ref=dialog aria-labelledby="shortcuts-heading" on:close=move |_| is_listed.set(false)>
            <form method="dialog">
                <h2 id="shortcuts-heading">"Keyboard shortcuts"</h2>
                <dl>
                    {periods}
                    <div><dt><kbd>"←"</kbd><kbd>"→"</kbd></dt><dd>"Previous, next period"</dd></div>
                    <div><dt><kbd>"?"</kbd></dt><dd>"This list"</dd></div>
                    <div><dt><kbd>"Esc"</kbd></dt><dd>"Close"</dd></div>
                </dl>
                <p class="muted">"On the chart, ← and → read the values one by one."</p>
                <button class="button" type="submit">"Close"</button>
            </form>
        </dialog>
    }
}

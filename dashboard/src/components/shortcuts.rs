//! Keyboard shortcuts, and the list of them.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, Storage};
use wire::session::Site;

use super::filter_bar::Edited;
use super::menu::toggle_menu;
use crate::shown::Shown;
use crate::view::period::{CHOICES, Period};
use crate::view::{Compared, View};

/// Controls that need the keys for themselves.
const TYPING: &str = "input, textarea, select, dialog, [popover], [contenteditable]";

/// Where somebody who wants no single keys says so.
const OFF: &str = "tidemark_keys_off";

/// Listens for the page's shortcuts until the owner goes. `sites` are those that digits lead to.
pub fn use_shortcuts(
    shown: Shown,
    edited: Edited,
    is_listed: RwSignal<bool>,
    is_finding: RwSignal<bool>,
    sites: RwSignal<Vec<Site>>,
) {
    let listener = window_event_listener(ev::keydown, move |event| {
        if (event.ctrl_key() || event.meta_key()) && event.key() == "k" {
            event.prevent_default();
            return is_finding.set(true);
        }
        if is_for_others(&event) || (are_off() && event.key() != "?") {
            return;
        }
        let (view, today) = untrack(|| (shown.view(), shown.today()));
        let over = |period: Option<Period>| period.map(|period| view.over(period));
        let key = event.key().to_ascii_lowercase();
        let next = match key.as_str() {
            "?" => return is_listed.set(true),
            "/" => {
                event.prevent_default();
                return edited.set(Some(None));
            }
            "c" => return toggle_menu("period"),
            "arrowleft" => over(view.period.earlier(today)),
            "arrowright" => over(view.period.later(today)),
            "escape" => Some(View { conditions: Vec::new(), details: None, ..view.clone() }),
            "x" => {
                let compared = if view.compared == Compared::Nothing { Compared::Previous } else { Compared::Nothing };
                Some(View { compared, ..view.clone() })
            }
            "i" => {
                let offered = view.period.intervals(today);
                let at = offered.iter().position(|interval| *interval == view.interval(today)).unwrap_or(0);
                Some(View { interval: offered.get((at + 1) % offered.len()).copied(), ..view.clone() })
            }
            digit if matches!(digit.as_bytes(), [b'1'..=b'9']) => {
                let at = digit.parse::<usize>().unwrap_or(1) - 1;
                let site = sites.with_untracked(|sites| sites.get(at).map(|site| site.tracking_id.clone()));
                return site.into_iter().for_each(|site| shown.leave(&format!("/sites/{site}")));
            }
            _ => CHOICES
                .into_iter()
                .flatten()
                .find(|(_, _, letter)| key.starts_with(*letter) && key.len() == 1)
                .map(|(preset, ..)| view.over(Period::Named(*preset))),
        };
        if let Some(next) = next {
            shown.show(&next);
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
    // Also where nothing in an open dialog has the focus: its keys are its own.
    let is_covered = document().query_selector("dialog[open]").is_ok_and(|open| open.is_some());
    is_typing || is_covered || event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing()
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Whether single keys do nothing, as somebody wanted it.
pub fn are_off() -> bool {
    storage().is_some_and(|storage| storage.get_item(OFF).ok().flatten().is_some())
}

/// Remembers whether single keys do nothing.
pub fn turn(off: bool) {
    // What a browser does not keep holds for no longer than it keeps things.
    let _ = storage().map(|storage| if off { storage.set_item(OFF, "1") } else { storage.remove_item(OFF) });
}

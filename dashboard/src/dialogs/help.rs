//! The list of keyboard shortcuts, and their switch.

use leptos::prelude::*;

use super::Dialog;
use crate::components::shortcuts::{are_off, turn};
use crate::view::period::CHOICES;

/// The shortcuts that are not periods.
const OTHERS: [(&str, &str); 10] = [
    ("← →", "Previous, next period"),
    ("C", "Choose a period"),
    ("X", "Compare, or not"),
    ("I", "Next length of buckets"),
    ("N", "On the chart: note the point"),
    ("/", "Filter"),
    ("Esc", "Close, or clear all filters"),
    ("1–9", "Another site"),
    ("⌘K", "Find anything"),
    ("?", "This list"),
];

/// The list.
#[component]
pub fn Help(
    /// Whether it is shown.
    is_listed: RwSignal<bool>,
) -> impl IntoView {
    let row = |key: String, name: &'static str| view! { <div><dt><kbd>{key}</kbd></dt><dd>{name}</dd></div> };
    let periods = CHOICES.into_iter().flatten();
    let periods = periods.map(|(_, name, key)| row(key.to_ascii_uppercase().to_string(), name)).collect_view();
    let others = OTHERS.map(|(key, name)| row(key.to_owned(), name));
    view! {
        <Dialog title="Keyboard shortcuts".to_owned() class="narrow" on_close=move || { is_listed.set(false); }>
            <div class="shortcuts">
                <dl>{periods}</dl>
                <dl>{others}</dl>
            </div>
            <label class="switch">
                <input type="checkbox" prop:checked=!are_off() on:change:target=move |event| turn(!event.target().checked())/>
                <span>"Single keys do something"</span>
            </label>
            <p class="muted">"On the chart, ← and → read the values one by one, and Enter looks closer."</p>
        </Dialog>
    }
}

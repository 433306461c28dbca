//! A field for a number, in the middle of a line.

use leptos::prelude::*;

/// The field; `value` is what stands in it, and `change` is handed what is typed.
pub fn number(
    label: String,
    (least, step): (&'static str, &'static str),
    value: impl Fn() -> String + Send + Sync + 'static,
    change: impl Fn(String) + 'static,
) -> AnyView {
    view! {
        <input
            class="field segment-number"
            type="number"
            inputmode="decimal"
            min=least
            step=step
            aria-label=label
            prop:value=value
            on:change=move |event| change(event_target_value(&event))
        />
    }
    .into_any()
}

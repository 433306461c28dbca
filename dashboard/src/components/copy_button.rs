//! A button that copies a text.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

/// Copies `text` and says so for a moment.
#[component]
pub fn CopyButton(
    /// What is copied.
    text: Signal<String>,
    /// What that is, for those who cannot see what stands beside the button.
    what: &'static str,
) -> impl IntoView {
    let is_copied = RwSignal::new(false);
    let copy = move |_| {
        let copying = window().navigator().clipboard().write_text(&text.get_untracked());
        spawn_local(async move {
            if JsFuture::from(copying).await.is_ok() {
                is_copied.try_set(true);
                set_timeout(
                    move || {
                        is_copied.try_set(false);
                    },
                    Duration::from_secs(2),
                );
            }
        });
    };
    view! {
        <button type="button" class="button copy" aria-label=format!("Copy {what}") on:click=copy>
            <span role="status">{move || if is_copied.get() { "Copied" } else { "Copy" }}</span>
        </button>
    }
}

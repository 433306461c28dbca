//! The button that changes the colours.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::theme::Theme;

/// Goes around system, light, dark.
#[component]
pub fn ThemeToggle() -> impl IntoView {
    let theme = RwSignal::new(Theme::remembered());
    let label = move || format!("Theme: {}. Change to {}", theme.get().name(), theme.get().next().name());
    view! {
        <button
            type="button"
            class="icon-button"
            aria-label=label
            title=label
            on:click=move |_| {
                theme.update(|theme| *theme = theme.next());
                theme.get().choose();
            }
        >
            {move || {
                let picture = match theme.get() {
                    Theme::System => Picture::SCREEN,
                    Theme::Light => Picture::SUN,
                    Theme::Dark => Picture::MOON,
                };
                view! { <Icon picture/> }
            }}
        </button>
    }
}

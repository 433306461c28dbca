//! Content under a condition.

use leptos::prelude::*;

/// Shows its children while the condition holds. Like Leptos' `Show`, but compiled once for all
/// conditions and contents instead of once for each.
#[component]
pub fn When(
    /// The condition.
    #[prop(into)]
    holds: Signal<bool>,
    /// The content.
    children: ChildrenFn,
) -> impl IntoView {
    let holds = Memo::new(move |_| holds.get());
    move || holds.get().then(|| children())
}

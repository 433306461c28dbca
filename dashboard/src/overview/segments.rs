//! The way from filters to segments, behind the filters.

use leptos::prelude::*;
use wire::query::Dimension;

use crate::kept::{Kept, Opened};
use crate::shown::Shown;

/// A button, where there is anything to keep or anything kept.
pub fn view(kept: Kept, shown: Shown) -> AnyView {
    let button = move || {
        let is_own =
            shown.with(|view| view.conditions.iter().any(|condition| condition.dimension != Dimension::Segment));
        let words = match (is_own && kept.may_write.get(), kept.segments.with(Vec::is_empty)) {
            (true, _) => "Save as segment",
            (false, false) => "Segments",
            (false, true) => return None,
        };
        let open = move |_| kept.opened.set(Opened::Segments);
        Some(view! { <li><button type="button" class="button quiet" on:click=open>{words}</button></li> })
    };
    button.into_any()
}

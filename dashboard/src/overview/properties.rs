//! Which of a site's properties a panel ranks.

use leptos::prelude::*;
use wire::query::{Dimension, PropertyName};

use crate::api;
use crate::components::Tab;
use crate::components::panel::panel;
use crate::kept::Kept;

/// What the property is remembered under that was chosen last.
const KEY: &str = "tidemark-property";

/// The choice; where the site declares none, how it does.
pub fn view(kept: Kept, tab: RwSignal<Tab>) -> AnyView {
    let choice = panel(RwSignal::new(0), move || {
        Box::pin(async move {
            let declared = api::properties(&kept.tracking_id.get_value()).await?;
            Ok(if declared.is_empty() { nothing(kept) } else { choice(tab, declared) })
        })
    });
    view! { <div class="panel-choice">{choice}</div> }.into_any()
}

fn nothing(kept: Kept) -> AnyView {
    let settings = kept.tracking_id.with_value(|id| format!("/sites/{}/settings/properties", api::encoded(id)));
    view! {
        <p class="panel-empty muted">
            "Events may carry properties of your own, such as plan or author. "
            <a href=settings>"Declare those to count"</a>
            ", and their values are ranked here."
        </p>
    }
    .into_any()
}

fn choice(tab: RwSignal<Tab>, declared: Vec<String>) -> AnyView {
    let rank = move |name: &str| {
        if let Some(name) = PropertyName::new(name) {
            tab.try_update(|tab| tab.dimension = Some(Dimension::Property(name)));
        }
    };
    let storage = || window().local_storage().ok().flatten();
    let last = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    let chosen = declared.iter().find(|name| Some(*name) == last.as_ref()).or(declared.first()).cloned();
    let chosen = chosen.unwrap_or_default();
    rank(&chosen);
    let options = declared.into_iter().map(|name| {
        let is_chosen = name == chosen;
        let value = name.clone();
        view! { <option value=value selected=is_chosen>{name}</option> }
    });
    let choose = move |event: web_sys::Event| {
        let name = event_target_value(&event);
        // A browser that keeps nothing begins with the first the next time.
        let _ = storage().map(|storage| storage.set_item(KEY, &name));
        rank(&name);
    };
    view! { <select aria-label="Property" on:change=choose>{options.collect::<Vec<_>>()}</select> }.into_any()
}

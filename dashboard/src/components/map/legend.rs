//! What the colours of the map say, and who is not on it.

use std::sync::Arc;

use leptos::prelude::*;

use super::Places;
use super::place::elsewhere;
use super::world::World;
use crate::components::strength::STEPS;
use crate::format;

/// From one visitor to those of the busiest country; and how many are nowhere on the map.
pub fn legend(world: Arc<World>, places: Places, most: Memo<Option<u64>>) -> AnyView {
    let missing = move || {
        let elsewhere = places.with(|places| elsewhere(places.as_deref().unwrap_or_default(), &world));
        match (most.get(), elsewhere) {
            (None, 0) if places.with(Option::is_some) => "Nobody in this period.".to_owned(),
            (_, 0) => String::new(),
            (_, elsewhere) => format!("{} elsewhere or unknown", format::whole(elsewhere)),
        }
    };
    let scale = move || {
        let most = most.get().filter(|most| *most > 0)?;
        let steps = (1..=STEPS).map(|step| view! { <i data-step=step.to_string()></i> }).collect_view();
        let from = (most > 1).then(|| view! { <span>"1"</span> });
        Some(view! {
            <span class="map-scale" role="img" aria-label=format!("Colours: from 1 to {} visitors", format::whole(most))>
                {from}
                {steps}
                <span>{format::short(most)}</span>
            </span>
        })
    };
    view! {
        <figcaption class="map-legend muted">
            <span>{missing}</span>
            {scale}
        </figcaption>
    }
    .into_any()
}

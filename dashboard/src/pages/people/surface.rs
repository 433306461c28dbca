//! The surface of a drawing: a cursor on it follows pointer and arrow keys, and what is there is shown and said.

use leptos::html::Div;
use leptos::prelude::*;

use crate::components::stepping;
use crate::format;

/// A drawing over places from left to right.
pub trait Placed: Send + Sync + 'static {
    /// How many places there are.
    fn count(&self) -> usize;

    /// Where the middle of a place is, as a share of the width.
    fn middle(&self, at: usize) -> f64;

    /// The place nearest to a share of the width.
    fn nearest(&self, share: f64) -> Option<usize>;

    /// What is at a place, in a sentence.
    fn say(&self, at: usize) -> String;

    /// The same as it is shown beside the cursor.
    fn hint(&self, at: usize) -> AnyView;
}

/// What lies around and on the surface.
pub struct Laid {
    /// What the drawing is called.
    pub title: String,
    /// Words beside the scale.
    pub ticks: AnyView,
    /// What is drawn.
    pub shapes: AnyView,
    /// Words below.
    pub labels: AnyView,
}

/// The surface.
pub fn surface<D: Placed>(drawn: StoredValue<D>, Laid { title, ticks, shapes, labels }: Laid) -> AnyView {
    let surface = NodeRef::<Div>::new();
    let cursor = RwSignal::new(None::<usize>);
    let spoken = RwSignal::new(String::new());
    let count = drawn.with_value(D::count);
    let follow = move |event: web_sys::PointerEvent| {
        let Some(surface) = surface.get() else { return };
        let room = surface.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - room.left()) / room.width().max(1.0);
        cursor.set(drawn.with_value(|drawn| drawn.nearest(share)));
    };
    let step = move |event: web_sys::KeyboardEvent| {
        let Some(next) = stepping::step(&event, cursor, count) else { return };
        spoken.set(next.map(|at| drawn.with_value(|drawn| drawn.say(at))).unwrap_or_default());
    };
    let place = Memo::new(move |_| cursor.get().map(|at| drawn.with_value(|drawn| drawn.middle(at))));
    let left = move || place.get().map(format::length).unwrap_or_default();
    let hint = move || cursor.get().map(|at| drawn.with_value(|drawn| drawn.hint(at)));
    view! {
        <div class="chart-frame">
            <div class="chart-ticks" aria-hidden="true">{ticks}</div>
            <div
                class="chart-surface"
                node_ref=surface
                tabindex="0"
                role="group"
                aria-roledescription="chart"
                aria-label=format!("{title} in {count} values. Left and right arrow keys read them.")
                on:pointermove=follow
                on:pointerdown=follow
                on:pointerleave=move |_| cursor.set(None)
                on:blur=move |_| cursor.set(None)
                on:keydown=step
            >
                <svg viewBox="0 0 10000 10000" preserveAspectRatio="none" aria-hidden="true">{shapes}</svg>
                <div class="chart-cursor" hidden=move || place.get().is_none() style:left=left></div>
                <div
                    class="tooltip"
                    hidden=move || place.get().is_none()
                    class:flipped=move || place.get().is_some_and(|place| place > 0.5)
                    style:left=left
                >
                    {hint}
                </div>
            </div>
            <div class="chart-axis" aria-hidden="true">{labels}</div>
            <div class="visually-hidden" aria-live="polite">{move || spoken.get()}</div>
        </div>
    }
    .into_any()
}

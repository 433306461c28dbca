//! A widget that is dragged by its grip takes the place of the one that it is let go over. Escape lets it stay.

use leptos::ev;
use leptos::prelude::*;

use super::board::Board;

/// What a widget is dragged by. Keys have the buttons beside it.
pub fn grip(board: Board, id: usize) -> AnyView {
    let take = move |event: web_sys::PointerEvent| {
        if event.button() == 0 {
            // No text is selected on the way.
            event.prevent_default();
            board.dragged.set(Some((id, None)));
        }
    };
    view! { <span class="widget-grip" aria-hidden="true" title="Drag to another place" on:pointerdown=take></span> }
        .into_any()
}

/// Follows the pointer as long as the dashboard is there.
pub fn dragging(board: Board) {
    let dragged = board.dragged;
    let follow = window_event_listener(ev::pointermove, move |event| {
        let Some((id, before)) = dragged.get_untracked() else { return };
        let over = below(&event);
        if over != before {
            dragged.set(Some((id, over)));
        }
    });
    let drop = window_event_listener(ev::pointerup, move |_| {
        let Some((id, over)) = dragged.get_untracked() else { return };
        dragged.set(None);
        if let Some(over) = over {
            board.place(id, over);
        }
    });
    let give_up = window_event_listener(ev::pointercancel, move |_| dragged.set(None));
    let escape = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && dragged.get_untracked().is_some() {
            dragged.set(None);
        }
    });
    on_cleanup(move || {
        follow.remove();
        drop.remove();
        give_up.remove();
        escape.remove();
    });
}

/// The widget that the pointer is over.
fn below(event: &web_sys::PointerEvent) -> Option<usize> {
    #[expect(clippy::cast_precision_loss, reason = "places on a screen")]
    let element = document().element_from_point(event.client_x() as f32, event.client_y() as f32)?;
    element.closest("[data-widget]").ok()??.get_attribute("data-widget")?.parse().ok()
}

//! Keeps the screen awake while a page is shown (W3C, *Screen Wake Lock*). A browser without it lets the screen sleep.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::VisibilityState;

/// Keeps the screen awake until the owner goes. The browser takes the lock away with the tab, so it is asked for again when
/// the tab comes back.
pub fn keep_awake() {
    let lock = StoredValue::new_local(None::<JsValue>);
    let ask = move || {
        if document().visibility_state() == VisibilityState::Hidden {
            return;
        }
        spawn_local(async move {
            let Some(granted) = request() else { return };
            if let Ok(granted) = JsFuture::from(granted).await
                && let Some(late) = lock.try_set_value(Some(granted))
            {
                // The page went meanwhile.
                release(late.as_ref());
            }
        });
    };
    ask();
    let visibility = window_event_listener_untyped("visibilitychange", move |_| ask());
    on_cleanup(move || {
        visibility.remove();
        lock.try_with_value(|lock| release(lock.as_ref()));
    });
}

fn request() -> Option<Promise> {
    let keeper = Reflect::get(&window().navigator(), &"wakeLock".into()).ok()?;
    let request: Function = Reflect::get(&keeper, &"request".into()).ok()?.dyn_into().ok()?;
    request.call1(&keeper, &"screen".into()).ok()?.dyn_into().ok()
}

fn release(lock: Option<&JsValue>) {
    let Some(lock) = lock else { return };
    let release = Reflect::get(lock, &"release".into()).ok().and_then(|release| release.dyn_into::<Function>().ok());
    if let Some(release) = release {
        let _ = release.call0(lock);
    }
}

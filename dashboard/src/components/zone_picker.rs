//! A time zone, found by typing a part of its name.

use js_sys::{Array, Function, Intl, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, KeyboardEvent};

use super::field::about;
use super::form::Form;

/// Zones that are listed at once; typing finds the others.
const LISTED_MAX: usize = 60;

/// A text with a list below it: a combobox as the ARIA practices have it. `name` is the server's for it.
pub fn zone_picker(form: Form, value: RwSignal<String>, name: &'static str) -> AnyView {
    let zones = StoredValue::new(zones());
    let is_open = RwSignal::new(false);
    let is_typed = RwSignal::new(false);
    let active = RwSignal::new(0);
    let (id, list) = (form.id(name), form.id(name) + "-list");
    let found = move || {
        let wanted = if is_typed.get() { value.with(|value| plain(value)) } else { String::new() };
        zones.with_value(|zones| {
            zones.iter().filter(|zone| plain(zone).contains(&wanted)).take(LISTED_MAX).cloned().collect::<Vec<_>>()
        })
    };
    let choose = move |zone: String| {
        value.set(zone);
        is_typed.set(false);
        is_open.set(false);
    };
    let option_id = {
        let list = list.clone();
        move |at: usize| format!("{list}-{at}")
    };
    let go = {
        let option_id = option_id.clone();
        let list = list.clone();
        move |at: usize| {
            active.set(at);
            show(&list, &option_id(at));
        }
    };
    let key = move |event: KeyboardEvent| {
        let last = found().len().saturating_sub(1);
        let at = active.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if is_open.get_untracked() => go(if at >= last { 0 } else { at + 1 }),
            "ArrowUp" if is_open.get_untracked() => go(if at == 0 { last } else { at - 1 }),
            "ArrowDown" | "ArrowUp" => is_open.set(true),
            "Enter" if is_open.get_untracked() => {
                if let Some(zone) = found().into_iter().nth(at) {
                    choose(zone);
                }
            }
            "Escape" if is_open.get_untracked() => is_open.set(false),
            _ => return,
        }
        event.prevent_default();
    };
    let type_in = move |event: web_sys::Event| {
        value.set(event_target_value(&event));
        active.set(0);
        is_typed.set(true);
        is_open.set(true);
    };
    let options = {
        let option_id = option_id.clone();
        move || {
            let options = is_open.get().then(&found).unwrap_or_default().into_iter().enumerate();
            let options = options.map(|(at, zone)| {
                let words = zone.replace('_', " ");
                view! {
                    <li
                        id=option_id(at)
                        role="option"
                        aria-selected=move || if active.get() == at { "true" } else { "false" }
                        on:pointerdown=move |event| {
                            event.prevent_default();
                            choose(zone.clone());
                        }
                    >
                        {words}
                    </li>
                }
            });
            options.collect_view()
        }
    };
    let active_id = move || is_open.get().then(|| option_id(active.get()));
    let now = move || value.with(|zone| now_in(zone)).map(|now| format!("It is {now} there now.")).unwrap_or_default();
    view! {
        <div class="field">
            <label for=id.clone()>"Time zone"</label>
            <div class="field-input combo">
                <input
                    id=id.clone()
                    role="combobox"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-autocomplete="list"
                    aria-controls=list.clone()
                    aria-expanded=move || if is_open.get() { "true" } else { "false" }
                    aria-activedescendant=active_id
                    aria-invalid=move || form.fault_of(name).map(|_| "true")
                    aria-describedby=format!("{id}-now {id}-about")
                    prop:value=move || value.get()
                    on:input=type_in
                    on:keydown=key
                    on:pointerdown=move |_| is_open.set(true)
                    on:blur=move |_| {
                        is_open.set(false);
                        is_typed.set(false);
                    }
                />
                <ul id=list role="listbox" aria-label="Time zones" hidden=move || !is_open.get()>{options}</ul>
            </div>
            <p class="about" id=id.clone() + "-now">{now}</p>
            {about(form, name, "")}
        </div>
    }
    .into_any()
}

/// The browser's own zone; `UTC` where it does not tell.
pub fn own_zone() -> String {
    let zone = Intl::DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
    Reflect::get(&zone, &"timeZone".into()).ok().and_then(|zone| zone.as_string()).unwrap_or_else(|| "UTC".to_owned())
}

/// All zones that the browser knows, and UTC, which browsers leave out.
fn zones() -> Vec<String> {
    let mut zones = vec!["UTC".to_owned()];
    let known = Reflect::get(&js_sys::global(), &"Intl".into())
        .and_then(|intl| Reflect::get(&intl, &"supportedValuesOf".into()))
        .ok()
        .and_then(|list| list.dyn_into::<Function>().ok())
        .and_then(|list| list.call1(&JsValue::UNDEFINED, &"timeZone".into()).ok())
        .and_then(|known| known.dyn_into::<Array>().ok());
    zones.extend(known.iter().flat_map(Array::iter).filter_map(|zone| zone.as_string()).filter(|zone| zone != "UTC"));
    zones
}

/// Day and time in a zone; nothing where there is no such zone.
fn now_in(zone: &str) -> Option<String> {
    let options = Object::new();
    for (name, setting) in
        [("timeZone", zone), ("weekday", "long"), ("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")]
    {
        Reflect::set(&options, &name.into(), &setting.into()).ok()?;
    }
    // A name that is no zone's makes the constructor throw.
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    let format = Reflect::get(&intl, &"DateTimeFormat".into()).ok()?.dyn_into::<Function>().ok()?;
    let format = Reflect::construct(&format, &Array::of2(&"en-GB".into(), &options)).ok()?;
    let format = Reflect::get(&format, &"format".into()).ok()?.dyn_into::<Function>().ok()?;
    format.call0(&JsValue::UNDEFINED).ok()?.as_string()
}

/// A name as people type it.
fn plain(zone: &str) -> String {
    zone.to_lowercase().replace(['_', ' '], "")
}

/// Scrolls an option into the list.
fn show(list: &str, option: &str) {
    let element = |id: &str| document().get_element_by_id(id).and_then(|found| found.dyn_into::<HtmlElement>().ok());
    if let (Some(list), Some(option)) = (element(list), element(option)) {
        let (top, bottom) = (option.offset_top(), option.offset_top() + option.offset_height());
        if top < list.scroll_top() {
            list.set_scroll_top(top);
        } else if bottom > list.scroll_top() + list.client_height() {
            list.set_scroll_top(bottom - list.client_height());
        }
    }
}

//! A button and what opens below it: the browser's own popover, which Escape and a click elsewhere close.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{HtmlElement, KeyboardEvent};

use super::icon::{Icon, Picture};

#[wasm_bindgen]
extern "C" {
    /// An element with `popover`.
    type Popover;

    /// Closes it, where it is open.
    #[wasm_bindgen(method, js_name = hidePopover)]
    fn hide(this: &Popover);

    /// Opens or closes it.
    #[wasm_bindgen(method, js_name = togglePopover)]
    fn toggle(this: &Popover) -> bool;
}

/// Opens or closes the menu of a name, as its button does.
pub fn toggle_menu(name: &str) {
    if let Some(menu) = document().get_element_by_id(&format!("{name}-menu")) {
        menu.unchecked_into::<Popover>().toggle();
    }
}

/// The button with its words, and the menu. A link in it closes it; arrow keys go from one to the next.
#[component]
pub fn Menu(
    /// Name of the menu within the page.
    name: &'static str,
    /// What the button is called.
    label: &'static str,
    /// What stands on the button.
    #[prop(into)]
    words: Signal<String>,
    /// What it offers.
    children: Children,
) -> impl IntoView {
    let menu = NodeRef::<Div>::new();
    let id = format!("{name}-menu");
    let close = move |event: web_sys::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let is_choice = target.is_some_and(|target| target.closest("a, [data-closes]").ok().flatten().is_some());
        if let Some(menu) = menu.get().filter(|_| is_choice) {
            menu.unchecked_into::<Popover>().hide();
        }
    };
    let called = move || format!("{label}: {}", words.get());
    view! {
        <div class="menu-place">
            <button type="button" class="button menu-button" popovertarget=id.clone() aria-label=called title=label>
                <span>{move || words.get()}</span>
                <Icon picture=Picture::DOWN/>
            </button>
            <div class="menu" id=id popover="auto" node_ref=menu role="group" aria-label=label on:click=close on:keydown=walk>
                {children()}
            </div>
        </div>
    }
    .into_any()
}

/// Up and down go through what can be chosen.
fn walk(event: KeyboardEvent) {
    let key = event.key();
    if key != "ArrowDown" && key != "ArrowUp" {
        return;
    }
    let here = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let menu = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let choices = menu.and_then(|menu| menu.query_selector_all("a, button").ok());
    let (Some(here), Some(choices)) = (here, choices) else { return };
    let all = (0..choices.length()).filter_map(|at| choices.item(at)?.dyn_into::<HtmlElement>().ok());
    let all: Vec<HtmlElement> = all.collect();
    let place = all.iter().position(|choice| *choice == here);
    let next = match (key.as_str(), place) {
        ("ArrowDown", Some(at)) => at + 1,
        ("ArrowUp", Some(at)) => at.saturating_sub(1),
        _ => 0,
    };
    if let Some(next) = all.get(next) {
        event.prevent_default();
        let _ = next.focus();
    }
}

//! Where the browser is, and going elsewhere without loading the program again. A link to a page of the dashboard is followed
//! here; anything else, and what is to open elsewhere, is the browser's.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, History, MouseEvent, Url};

/// What begins like this is no page.
const NOT_PAGES: [&str; 2] = ["/api/", "/sdk/"];

/// The page's address.
#[derive(Clone, Copy)]
pub struct Address {
    parts: RwSignal<Parts>,
    /// What comes before the question mark.
    pub path: Memo<String>,
    /// What comes after it.
    pub query: Memo<String>,
    /// What comes after `#`.
    pub fragment: Memo<String>,
}

#[derive(Clone, Default)]
struct Parts {
    path: String,
    query: String,
    fragment: String,
}

impl Parts {
    fn of_browser() -> Self {
        let location = window().location();
        let without = |mark: char, text: Result<String, JsValue>| {
            text.map(|text| text.trim_start_matches(mark).to_owned()).unwrap_or_default()
        };
        Self {
            path: location.pathname().unwrap_or_default(),
            query: without('?', location.search()),
            fragment: without('#', location.hash()),
        }
    }
}

impl Address {
    /// Follows the browser, and hands the address to everything below.
    pub fn provide() -> Self {
        let parts = RwSignal::new(Parts::of_browser());
        let address = Self {
            parts,
            path: Memo::new(move |_| parts.with(|parts| parts.path.clone())),
            query: Memo::new(move |_| parts.with(|parts| parts.query.clone())),
            fragment: Memo::new(move |_| parts.with(|parts| parts.fragment.clone())),
        };
        window_event_listener(ev::popstate, move |_| parts.set(Parts::of_browser()));
        window_event_listener(ev::click, move |event| {
            if let Some(to) = followed(&event) {
                event.prevent_default();
                address.go(&to);
            }
        });
        provide_context(address);
        address
    }

    /// The page's address.
    pub fn of_page() -> Self {
        use_context().unwrap_or_else(Self::provide)
    }

    /// The values of a parameter, escapes and all.
    pub fn all(self, name: &str) -> Vec<String> {
        let query = self.query.get();
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.filter(|(found, _)| *found == name).map(|(_, value)| value.to_owned()).collect()
    }

    /// Goes to another address of the dashboard: one step in the history, and none where it is this one.
    pub fn go(self, to: &str) {
        let location = window().location();
        let is_this = |here: String| Url::new_with_base(to, &here).is_ok_and(|to| to.href() == here);
        if !location.href().is_ok_and(is_this) {
            self.change(to, History::push_state_with_url);
        }
    }

    /// Takes the present step in the history for another address.
    pub fn replace(self, to: &str) {
        self.change(to, History::replace_state_with_url);
    }

    fn change(self, to: &str, write: fn(&History, &JsValue, &str, Option<&str>) -> Result<(), JsValue>) {
        let is_written = window().history().and_then(|history| write(&history, &JsValue::NULL, "", Some(to)));
        if is_written.is_err() {
            return;
        }
        let before = self.path.get_untracked();
        self.parts.set(Parts::of_browser());
        if self.path.get_untracked() != before {
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    }
}

/// Where a click leads, if that is a page of the dashboard and meant to be shown here.
fn followed(event: &MouseEvent) -> Option<String> {
    let is_meant_otherwise = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    if event.default_prevented() || event.button() != 0 || is_meant_otherwise {
        return None;
    }
    let link = event.target()?.dyn_into::<Element>().ok()?.closest("a[href]").ok()??;
    if link.has_attribute("target") || link.has_attribute("download") {
        return None;
    }
    let here = Url::new(&window().location().href().ok()?).ok()?;
    let to = Url::new_with_base(&link.get_attribute("href")?, &here.href()).ok()?;
    let path = to.pathname();
    let is_page = to.origin() == here.origin() && !NOT_PAGES.iter().any(|start| path.starts_with(start));
    let is_within = path == here.pathname() && to.search() == here.search() && !to.hash().is_empty();
    (is_page && !is_within).then(|| to.href())
}

//! The browser's side: requests and beacons.
//!
//! No call is made while the outbox is worked on, for a page may have replaced what is called here, and it may come back as a
//! call into the core.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::{RequestInit, Window};

use crate::runtime::text;
use crate::text::Text;

/// Most bytes of the URL that batches go to; a script's `data-endpoint` is not longer.
const URL_BYTES_MAX: usize = 2048;

#[wasm_bindgen]
extern "C" {
    /// What sends for a page: its calls neither throw nor reject.
    #[wasm_bindgen(extends = Window)]
    pub type Page;

    /// As `Navigator` has it, which web-sys takes for one that throws.
    #[wasm_bindgen(method, js_name = sendBeacon)]
    fn send_beacon(this: &Page, url: &str, body: &JsValue) -> bool;
}

/// What the core uses of a page.
pub struct Browser {
    page: JsValue,
    request: JsValue,
    url: Text<URL_BYTES_MAX>,
}

impl Browser {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { page: JsValue::UNDEFINED, request: JsValue::UNDEFINED, url: Text::new() }
    }

    /// Says what sends, what all requests share, and where they go.
    pub fn set(&mut self, page: Page, request: RequestInit, url: &[u8]) {
        self.page = page.into();
        self.request = request.into();
        self.url.push(url);
    }

    /// Makes a request; ends in its response, or nothing.
    pub fn send(&self, body: &JsValue) -> Promise {
        let request: &RequestInit = self.request.unchecked_ref();
        request.set_body(body);
        self.page().fetch_with_str_and_init(text(self.url.bytes()), request)
    }

    /// Whether the browser took a beacon.
    pub fn beacon(&self, body: &JsValue) -> bool {
        self.page().send_beacon(text(self.url.bytes()), body)
    }

    fn page(&self) -> &Page {
        self.page.unchecked_ref()
    }
}

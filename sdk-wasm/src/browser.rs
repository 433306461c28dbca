//! The browser's side: clock, randomness, requests and beacons.
//!
//! A page may have replaced any of what is called here: what may throw is caught, and no call is made while the outbox is
//! borrowed, for it may come back as a call into the core.

use alloc::string::String;

use js_sys::{Function, Math};
use wasm_bindgen::prelude::*;
use web_sys::{Navigator, Performance, RequestInit, Window};

#[wasm_bindgen]
extern "C" {
    /// What `fetch` gives: as `js_sys::Promise`, but pages replace `fetch`, so its calls are caught.
    type Pending;

    #[wasm_bindgen(catch)]
    fn fetch(url: &str, request: &RequestInit) -> Result<Pending, JsValue>;

    #[wasm_bindgen(catch, method)]
    fn then(this: &Pending, answered: &Function, failed: &Function) -> Result<JsValue, JsValue>;
}

/// What the core uses of a page.
pub struct Browser {
    performance: Performance,
    navigator: Navigator,
    url: String,
    request: RequestInit,
    /// Called with what became of a request that is waited for.
    pub answered: Function,
    /// Called with what became of one that is not.
    pub ignored: Function,
}

impl Browser {
    /// Nothing where there is no monotonic clock. `request` is what all requests to `url` share.
    pub fn new(window: &Window, url: String, request: RequestInit, answered: Function, ignored: Function) -> Option<Self> {
        let performance = window.performance()?;
        Some(Self { performance, navigator: window.navigator(), url, request, answered, ignored })
    }

    /// 128 random bits; from the weaker source in a page that has broken its own `crypto`.
    pub fn seed(window: &Window) -> [u32; 4] {
        let mut seed = [0; 16];
        let is_drawn = window.crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut seed)).is_ok();
        let (words, _) = seed.as_chunks();
        ::core::array::from_fn(|position| match words.get(position) {
            Some(word) if is_drawn => u32::from_le_bytes(*word),
            _ => (Math::random() * 4_294_967_296.0) as u32,
        })
    }

    /// Milliseconds on a clock that only goes forward while a page is open, and goes on in the next.
    pub fn now(&self) -> f64 {
        self.performance.time_origin() + self.performance.now()
    }

    /// Makes a request; `done` is called with its response, or with why there is none.
    pub fn send(&self, body: &str, done: &Function) -> Result<JsValue, JsValue> {
        self.request.set_body(&JsValue::from_str(body));
        fetch(&self.url, &self.request)?.then(done, done)
    }

    /// Whether the browser took a beacon.
    pub fn beacon(&self, body: &str) -> bool {
        self.navigator.send_beacon_with_opt_str(&self.url, Some(body)).unwrap_or(false)
    }
}

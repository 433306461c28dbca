//! The browser's side: clock, randomness, requests and beacons.
//!
//! A page may have replaced any of what is called here: what may throw is caught, and no call is made while the outbox is worked
//! on, for it may come back as a call into the core.

use alloc::string::String;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{Crypto, Navigator, Performance, RequestInit};

#[wasm_bindgen]
extern "C" {
    /// What `fetch` gives: as `js_sys::Promise`, but pages replace `fetch`, so its calls are caught.
    type Pending;

    #[wasm_bindgen(catch)]
    fn fetch(url: &str, request: &RequestInit) -> Result<Pending, JsValue>;

    #[wasm_bindgen(catch, method)]
    fn then(this: &Pending, answered: &Function, failed: &Function) -> Result<(), JsValue>;
}

/// What the core uses of a page.
pub struct Browser {
    /// The clock.
    pub performance: Performance,
    /// What takes beacons.
    pub navigator: Navigator,
    /// The source of randomness.
    pub crypto: Crypto,
    /// Where batches go.
    pub url: String,
    /// What all requests share.
    pub request: RequestInit,
    /// Called with what became of a request that is waited for.
    pub answered: Function,
    /// Called with what became of one that is not.
    pub ignored: Function,
}

impl Browser {
    /// Milliseconds on a clock that only goes forward while a page is open, and goes on in the next.
    pub fn now(&self) -> f64 {
        self.performance.time_origin() + self.performance.now()
    }

    /// Whether a request could be made; `done` is called with its response, or with why there is none.
    pub fn send(&self, body: &str, done: &Function) -> bool {
        self.request.set_body(&JsValue::from_str(body));
        fetch(&self.url, &self.request).is_ok_and(|pending| pending.then(done, done).is_ok())
    }

    /// Whether the browser took a beacon.
    pub fn beacon(&self, body: &str) -> bool {
        self.navigator.send_beacon_with_opt_str(&self.url, Some(body)).unwrap_or(false)
    }

    /// 128 random bits. Nothing is written where `crypto` throws, which it never does for so few.
    pub fn seed(&self) -> [u8; 16] {
        let mut bits = [0; 16];
        let _ = self.crypto.get_random_values_with_u8_array(&mut bits);
        bits
    }
}

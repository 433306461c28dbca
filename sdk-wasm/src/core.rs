//! What the hooks call (`js/page/transport.js`); `js/plain-core.js` is the same in JavaScript.
//!
//! Texts come as bytes of UTF-8 in a place of the module's own, and calls say how many: wasm-bindgen's own way for texts needs
//! an allocator, which nothing else here does.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::RequestInit;

use crate::browser::{Browser, Page};
use crate::outbox::Outbox;
use crate::random::Random;
use crate::runtime::{Slot, text};

static BROWSER: Slot<Browser> = Slot::new(Browser::new());
static OUTBOX: Slot<Outbox> = Slot::new(Outbox::new());

/// Starts: `page` sends, each time with what `request` says, to a URL of so many bytes of input. 128 random bits are what ids are
/// drawn from. Nothing works before.
#[wasm_bindgen]
pub fn begin(page: Page, request: RequestInit, url: usize, a: u32, b: u32, c: u32, d: u32) {
    OUTBOX.with(|outbox| {
        outbox.random = Random::new([a, b, c, d]);
        BROWSER.with(|browser| browser.set(page, request, outbox.given(url)));
    });
}

/// Where texts are put.
#[wasm_bindgen]
pub fn input() -> *const u8 {
    OUTBOX.with(|outbox| outbox.input.as_ptr())
}

/// [`Outbox::share`].
#[wasm_bindgen]
pub fn share(bytes: usize) {
    OUTBOX.with(|outbox| outbox.share(bytes));
}

/// [`Outbox::offer`].
#[wasm_bindgen]
pub fn offer(bytes: usize, now_ms: f64) -> bool {
    OUTBOX.with(|outbox| outbox.offer(bytes, now_ms))
}

/// [`Outbox::flush`].
#[wasm_bindgen]
pub fn flush() {
    OUTBOX.with(Outbox::flush);
}

/// [`Outbox::due_at_ms`].
#[wasm_bindgen]
pub fn due() -> f64 {
    OUTBOX.with(|outbox| outbox.due_at_ms())
}

/// Sends what is due. Ends in its response, or nothing, for [`settle`].
#[wasm_bindgen]
pub fn advance(bytes: usize) -> Promise {
    let body = OUTBOX.with(|outbox| copy(outbox.take_due(bytes)));
    BROWSER.get().send(&body)
}

/// [`Outbox::settle`].
#[wasm_bindgen]
pub fn settle(status: u32, retry_after_s: f64, now_ms: f64) {
    OUTBOX.with(|outbox| outbox.settle(status, retry_after_s, now_ms));
}

/// Hands what is not delivered to the browser, which outlives the page. A beacon's end is not told: where events may be kept
/// they are, until an answer says that they are counted.
#[wasm_bindgen]
pub fn leave(keeps: bool, bytes: usize) {
    let mut start = OUTBOX.with(Outbox::leave);
    loop {
        let end = OUTBOX.with(|outbox| outbox.line_end(start));
        if end == start {
            return;
        }
        let body = OUTBOX.with(|outbox| copy(outbox.body(start, end, bytes)));
        let is_taken = BROWSER.get().beacon(&body);
        if !is_taken {
            let _ = BROWSER.get().send(&body);
        }
        if is_taken && !keeps {
            OUTBOX.with(|outbox| outbox.taken(start, end));
        } else {
            start = end;
        }
    }
}

/// [`Outbox::save`].
#[wasm_bindgen]
pub fn save() -> JsValue {
    OUTBOX.with(|outbox| copy(outbox.save()))
}

/// [`Outbox::restore`].
#[wasm_bindgen]
pub fn restore(bytes: usize) {
    OUTBOX.with(|outbox| outbox.restore(bytes));
}

/// A text for JavaScript.
fn copy(bytes: &[u8]) -> JsValue {
    JsValue::from_str(text(bytes))
}

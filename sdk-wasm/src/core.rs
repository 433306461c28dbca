//! What the hooks call (`js/page/transport.js`); `js/plain-core.js` is the same in JavaScript.

use alloc::boxed::Box;
use alloc::string::String;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{RequestInit, Response, Window};

use crate::browser::Browser;
use crate::outbox::Outbox;
use crate::runtime::Slot;

static BROWSER: Slot<&Browser> = Slot::new(None);
static OUTBOX: Slot<Outbox> = Slot::new(Some(Outbox::new()));

/// Starts: `request` is what all requests to `url` share. `answered` is called with what a request that [`advance`] made came
/// to, for [`settle`]; `ignored` with what others came to. Nothing works before, nor in a browser without a monotonic clock.
#[wasm_bindgen]
pub fn begin(window: &Window, url: String, request: RequestInit, answered: Function, ignored: Function) {
    let Some(browser) = Browser::new(window, url, request, answered, ignored) else { return };
    let seed = Browser::seed(window);
    BROWSER.set(Box::leak(Box::new(browser)));
    with(|outbox| seed.into_iter().for_each(|word| outbox.random.seed(word)));
}

/// [`Outbox::share`].
#[wasm_bindgen]
pub fn share(envelope: &str) {
    with(|outbox| outbox.share(envelope));
}

/// [`Outbox::offer`].
#[wasm_bindgen]
pub fn offer(event: &str, at_ms: f64) -> bool {
    OUTBOX.with(|outbox| outbox.offer(event, at_ms)).unwrap_or(false)
}

/// [`Outbox::flush`].
#[wasm_bindgen]
pub fn flush() {
    with(Outbox::flush);
}

/// [`Outbox::due_at_ms`].
#[wasm_bindgen]
pub fn due() -> f64 {
    OUTBOX.with(|outbox| outbox.due_at_ms()).unwrap_or(f64::INFINITY)
}

/// Sends what is due.
#[wasm_bindgen]
pub fn advance() {
    let Some(browser) = browser() else { return };
    let now_ms = browser.now();
    let body = OUTBOX.with(|outbox| outbox.take_due(now_ms)).unwrap_or_default();
    if !body.is_empty() && browser.send(&body, &browser.answered).is_err() {
        settle(&JsValue::UNDEFINED);
    }
}

/// Ends the request in flight, by its response or whatever came instead. Answers its status, 0 without one.
#[wasm_bindgen]
pub fn settle(answer: &JsValue) -> u16 {
    let Some(browser) = browser() else { return 0 };
    let response = answer.dyn_ref::<Response>();
    let status = response.map_or(0, Response::status);
    let retry_after_s = response
        .and_then(|response| response.headers().get("retry-after").ok().flatten())
        .and_then(|seconds| seconds.parse::<u32>().ok())
        .unwrap_or(0);
    let now_ms = browser.now();
    with(|outbox| outbox.settle(status.into(), retry_after_s.into(), now_ms));
    status
}

/// Hands what is not delivered to the browser, which outlives the page. A beacon's end is not told: where events may be kept
/// they are, until an answer says that they are counted.
#[wasm_bindgen]
pub fn leave(keeps: bool) {
    let Some(browser) = browser() else { return };
    let mut position = 0;
    loop {
        let now_ms = browser.now();
        let body = OUTBOX.with(|outbox| outbox.leave(position, now_ms)).unwrap_or_default();
        if body.is_empty() {
            return;
        }
        let is_taken = browser.beacon(&body);
        if !is_taken {
            let _ = browser.send(&body, &browser.ignored);
        }
        if is_taken && !keeps {
            with(|outbox| outbox.taken(position));
        } else {
            position += 1;
        }
    }
}

/// [`Outbox::save`].
#[wasm_bindgen]
pub fn save() -> String {
    OUTBOX.with(Outbox::save).unwrap_or_default()
}

/// [`Outbox::restore`].
#[wasm_bindgen]
pub fn restore(saved: &str) {
    with(|outbox| outbox.restore(saved));
}

/// Works on the outbox: only by its own methods, none of which calls out of the module, so that it is never found in use.
fn with(work: impl FnOnce(&mut Outbox)) {
    let _ = OUTBOX.with(work);
}

/// What [`begin`] was given. It is never changed, so that calls that come back find it too.
fn browser() -> Option<&'static Browser> {
    BROWSER.with(|browser| *browser)
}

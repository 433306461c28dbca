//! What the hooks call (`js/page/transport.js`); `js/plain-core.js` is the same in JavaScript.
//!
//! Texts come as UTF-8 in bytes: wasm-bindgen's own way for texts is three times the size.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{Crypto, Navigator, Performance, RequestInit};

use crate::browser::Browser;
use crate::outbox::Outbox;
use crate::runtime::{Slot, text};

static BROWSER: Slot<Option<&Browser>> = Slot::new(None);
static OUTBOX: Slot<Outbox> = Slot::new(Outbox::new());

/// Starts: `request` is what all requests to `url` share. `answered` is called with what a request that [`advance`] made came
/// to, for [`settle`]; `ignored` with what others came to. Nothing works before.
#[wasm_bindgen]
pub fn begin(
    performance: Performance,
    navigator: Navigator,
    crypto: Crypto,
    url: Vec<u8>,
    request: RequestInit,
    answered: Function,
    ignored: Function,
) {
    let url = text(url);
    let browser = Box::leak(Box::new(Browser { performance, navigator, crypto, url, request, answered, ignored }));
    let seed = browser.seed();
    BROWSER.with(|slot| *slot = Some(browser));
    OUTBOX.with(|outbox| seed.as_chunks().0.iter().for_each(|word| outbox.random.seed(u32::from_le_bytes(*word))));
}

/// [`Outbox::share`].
#[wasm_bindgen]
pub fn share(envelope: Vec<u8>) {
    OUTBOX.with(|outbox| outbox.share(&text(envelope)));
}

/// [`Outbox::offer`].
#[wasm_bindgen]
pub fn offer(event: Vec<u8>, at_ms: f64) -> bool {
    OUTBOX.with(|outbox| outbox.offer(&text(event), at_ms))
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

/// Sends what is due.
#[wasm_bindgen]
pub fn advance() {
    let Some(browser) = browser() else { return };
    let now_ms = browser.now();
    let body = OUTBOX.with(|outbox| outbox.take_due(now_ms));
    if !body.is_empty() && !browser.send(&body, &browser.answered) {
        settle(0, 0.0);
    }
}

/// Ends the request in flight, by its status (0: no answer) and the seconds of `Retry-After` (0: none).
#[wasm_bindgen]
pub fn settle(status: u32, retry_after_s: f64) {
    let Some(browser) = browser() else { return };
    let now_ms = browser.now();
    OUTBOX.with(|outbox| outbox.settle(status, retry_after_s, now_ms));
}

/// Hands what is not delivered to the browser, which outlives the page. A beacon's end is not told: where events may be kept
/// they are, until an answer says that they are counted.
#[wasm_bindgen]
pub fn leave(keeps: bool) {
    let Some(browser) = browser() else { return };
    let now_ms = browser.now();
    let mut position = 0;
    loop {
        let body = OUTBOX.with(|outbox| outbox.leave(position, now_ms));
        if body.is_empty() {
            return;
        }
        let is_taken = browser.beacon(&body);
        if !is_taken {
            browser.send(&body, &browser.ignored);
        }
        if is_taken && !keeps {
            OUTBOX.with(|outbox| outbox.taken(position));
        } else {
            position += 1;
        }
    }
}

/// [`Outbox::save`].
#[wasm_bindgen]
pub fn save() -> String {
    OUTBOX.with(Outbox::save)
}

/// [`Outbox::restore`].
#[wasm_bindgen]
pub fn restore(saved: Vec<u8>) {
    OUTBOX.with(|outbox| outbox.restore(&text(saved)));
}

/// What [`begin`] was given. It is never changed.
fn browser() -> Option<&'static Browser> {
    BROWSER.with(|browser| *browser)
}

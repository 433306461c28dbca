//! The browser's side: three functions for the loader, and the requests, beacons and timers.
//!
//! A call into the browser that a page may have replaced (`fetch`, `then`) is made while nothing is
//! borrowed, and its exceptions are results.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Function, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Crypto, Navigator, Performance, RequestInit, Response, Window};

use crate::event::{Event, Page, Property, user};
use crate::id::{ID_BYTES, Id};
use crate::limits::PROPERTIES_MAX;
use crate::outbox::{Answer, Outbox};
use crate::runtime::Slot;

#[wasm_bindgen]
extern "C" {
    /// What `fetch` gives: as `js_sys::Promise`, but pages replace `fetch`, so its calls are caught.
    type Pending;

    #[wasm_bindgen(catch)]
    fn fetch(url: &str, request: &RequestInit) -> Result<Pending, JsValue>;

    #[wasm_bindgen(catch, method)]
    fn then(this: &Pending, answered: &Function, failed: &Function) -> Result<JsValue, JsValue>;
}

static TRACKER: Slot<Tracker> = Slot::new();

/// Everything of one page load.
struct Tracker {
    window: Window,
    crypto: Crypto,
    performance: Performance,
    navigator: Navigator,
    request: RequestInit,
    url: String,
    tracking_id: String,
    user: Vec<u8>,
    outbox: Outbox,
    timer_at_ms: f64,
    on_timer: Function,
    on_answer: Function,
}

/// Starts: `request` is what all requests share; `settings` are the tracking id, the URL that batches
/// go to, the language and the width of the screen. Does nothing in a browser without random
/// numbers or a monotonic clock.
#[wasm_bindgen]
pub fn begin(window: Window, request: RequestInit, settings: &Array) {
    let (Ok(crypto), Some(performance)) = (window.crypto(), window.performance()) else {
        return;
    };
    let on_timer = Closure::<dyn FnMut()>::new(|| {
        TRACKER.with(Tracker::timer_fired);
        advance();
    });
    let on_answer = Closure::<dyn FnMut(JsValue)>::new(|answer: JsValue| settle(answer.dyn_ref()));
    TRACKER.set(Tracker {
        navigator: window.navigator(),
        window,
        request,
        tracking_id: text(settings, 0),
        url: text(settings, 1),
        user: user(&text(settings, 2), number(settings, 3)),
        crypto,
        performance,
        outbox: Outbox::new(),
        timer_at_ms: f64::INFINITY,
        on_timer: on_timer.into_js_value().unchecked_into(),
        on_answer: on_answer.into_js_value().unchecked_into(),
    });
}

/// Takes one event: its name, its properties as pairs of name and value, URL, title and referrer of
/// the page, and the monotonic clock. An array, because a function of six texts is costly glue.
#[wasm_bindgen]
pub fn track(call: &Array) {
    let properties = properties(&call.get(1).unchecked_into());
    TRACKER.with(|tracker| {
        let event_id = new_id(&tracker.crypto);
        let event = Event {
            event_type: &text(call, 0),
            event_id,
            at_ms: whole(number(call, 5)),
            page: Page { url: &text(call, 2), title: &text(call, 3), referrer: &text(call, 4) },
            user: &tracker.user,
            properties: &properties,
        };
        tracker.outbox.offer(event_id, &event.encode(), tracker.performance.now());
    });
    advance();
}

/// Hands what is not delivered to the browser, which outlives the page.
#[wasm_bindgen]
pub fn leave() {
    TRACKER.with(|tracker| {
        let now_ms = whole(tracker.performance.now());
        let Tracker { outbox, navigator, tracking_id, url, .. } = tracker;
        outbox.leave(|batch| {
            let body = Uint8Array::from(batch.encode(tracking_id, now_ms).as_slice());
            navigator.send_beacon_with_opt_buffer_source(url, Some(&body)).unwrap_or(false)
        });
    });
    advance();
}

/// Sends what is due, or sets the timer for when something will be.
fn advance() {
    let Some(Some((url, request, on_answer))) = TRACKER.with(Tracker::prepare) else {
        return;
    };
    if fetch(&url, &request).and_then(|pending| pending.then(&on_answer, &on_answer)).is_err() {
        settle(None);
    }
}

/// Ends a request; `response` is absent when there was none.
fn settle(response: Option<&Response>) {
    let status = response.map_or(0, Response::status);
    let retry_after_s = response
        .and_then(|response| response.headers().get("retry-after").ok().flatten())
        .and_then(|seconds| seconds.parse().ok())
        .unwrap_or(0);
    TRACKER.with(|tracker| {
        let mut random = [0; 4];
        fill(&tracker.crypto, &mut random);
        let random = u32::from_le_bytes(random);
        tracker.outbox.settle(Answer::new(status, retry_after_s), tracker.performance.now(), random);
    });
    advance();
}

impl Tracker {
    /// The next request, if one is due. Else the timer is set.
    fn prepare(&mut self) -> Option<(String, RequestInit, Function)> {
        let now_ms = self.performance.now();
        if let Some(batch) = self.outbox.take_due(now_ms) {
            let body = batch.encode(&self.tracking_id, whole(now_ms));
            self.request.set_body(&Uint8Array::from(body.as_slice()));
            return Some((self.url.clone(), self.request.clone(), self.on_answer.clone()));
        }
        let due_at_ms = self.outbox.due_at_ms()?;
        if due_at_ms < self.timer_at_ms {
            self.timer_at_ms = due_at_ms;
            let delay_ms = (due_at_ms - now_ms) as i32 + 1;
            let _ = self.window.set_timeout_with_callback_and_timeout_and_arguments_0(&self.on_timer, delay_ms);
        }
        None
    }

    /// A timer that was replaced by an earlier one fires too, and changes nothing.
    fn timer_fired(&mut self) {
        if self.performance.now() >= self.timer_at_ms {
            self.timer_at_ms = f64::INFINITY;
        }
    }
}

/// The properties that are text, finite numbers or booleans; others are left out.
fn properties(entries: &Array) -> Vec<(String, Property)> {
    let mut properties = Vec::new();
    for entry in entries.iter().take(PROPERTIES_MAX) {
        let entry: Array = entry.unchecked_into();
        let value = entry.get(1);
        let property = if let Some(text) = value.as_string() {
            Property::Text(text)
        } else if let Some(number) = value.as_f64().filter(|number| number.is_finite()) {
            Property::Number(number)
        } else if let Some(boolean) = value.as_bool() {
            Property::Boolean(boolean)
        } else {
            continue;
        };
        properties.push((text(&entry, 0), property));
    }
    properties
}

fn text(values: &Array, position: u32) -> String {
    values.get(position).as_string().unwrap_or_default()
}

fn number(values: &Array, position: u32) -> f64 {
    values.get(position).as_f64().unwrap_or_default()
}

/// Whole milliseconds, which take five bytes instead of nine.
fn whole(ms: f64) -> f64 {
    f64::from(ms as u32)
}

fn new_id(crypto: &Crypto) -> Id {
    let mut random = [0; ID_BYTES];
    fill(crypto, &mut random);
    Id::new(random)
}

/// Fails only in a page that has broken its own `crypto`; the edge then sees equal ids.
fn fill(crypto: &Crypto, random: &mut [u8]) {
    let _ = crypto.get_random_values_with_u8_array(random);
}

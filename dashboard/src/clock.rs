//! The server's time, so that a wrong clock in front of the screen moves no chart.

use gloo_timers::callback::Interval;
use leptos::prelude::*;

/// How often the clock moves by itself.
const TICK_MS: u32 = 10_000;

/// The server's time.
#[derive(Clone, Copy)]
pub struct Clock {
    /// Server minus browser, milliseconds.
    skew_ms: StoredValue<f64>,
    now_ms: RwSignal<u64>,
}

impl Clock {
    /// A clock that goes by the browser's until the server is heard, and stops with its owner.
    pub fn start() -> Self {
        let clock = Self { skew_ms: StoredValue::new(0.0), now_ms: RwSignal::new(browser_ms()) };
        let interval = Interval::new(TICK_MS, move || clock.tick());
        StoredValue::new_local(interval);
        clock
    }

    /// Sets the clock by a timestamp that the server just sent.
    pub fn set(self, server_ms: u64) {
        #[expect(clippy::cast_precision_loss, reason = "Unix milliseconds are below 2^53")]
        self.skew_ms.try_set_value(server_ms as f64 - js_sys::Date::now());
        self.now_ms.try_set(server_ms);
    }

    /// Now, Unix milliseconds; followed, it moves every few seconds.
    pub fn now_ms(self) -> u64 {
        self.now_ms.get()
    }

    fn tick(self) {
        let skew_ms = self.skew_ms.try_get_value().unwrap_or(0.0);
        self.now_ms.try_set(whole_ms(js_sys::Date::now() + skew_ms));
    }
}

/// The browser's time, Unix milliseconds.
pub fn browser_ms() -> u64 {
    whole_ms(js_sys::Date::now())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive whole number below 2^53")]
fn whole_ms(ms: f64) -> u64 {
    ms.max(0.0) as u64
}

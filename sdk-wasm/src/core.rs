//! What JavaScript calls, through `js/wasm-core.js`; `js/plain-core.js` is the same in JavaScript. Nothing is called back.
//!
//! All but one question goes through one function: each one that is exported by itself is 150 bytes larger.

use alloc::string::String;

use wasm_bindgen::prelude::*;

use crate::outbox::Outbox;
use crate::runtime::Slot;

static OUTBOX: Slot = Slot::new(Outbox::new());

/// Asks the outbox, by the number of the question; what a question does not need is passed over. Answers a text where the
/// question has one, else nothing.
#[wasm_bindgen]
pub fn ask(question: u32, text: &str, number: f64, now_ms: f64, retry_after_s: f64) -> String {
    OUTBOX.with(|outbox| {
        match question {
            0 => outbox.random.seed(number as u32),
            1 => outbox.share(text),
            2 => {
                if !outbox.offer(text, now_ms) {
                    return String::from("refused");
                }
            }
            3 => outbox.flush(),
            4 => return outbox.take_due(now_ms),
            5 => outbox.settle(number as u32, retry_after_s, now_ms),
            6 => return outbox.leave(number as usize, now_ms),
            7 => outbox.taken(number as usize),
            8 => return outbox.save(),
            _ => outbox.restore(text),
        }
        String::new()
    })
}

/// [`Outbox::due_at_ms`].
#[wasm_bindgen]
pub fn due() -> f64 {
    OUTBOX.with(|outbox| outbox.due_at_ms())
}

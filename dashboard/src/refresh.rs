//! When a page asks its questions again: soon after the data has changed, but not at every change.

use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::*;

/// Least time between two rounds of questions about a period that is still counting.
const RUNNING_MS: u32 = 1_000;

/// The same about a period that has ended: only late events change it.
const ENDED_MS: u32 = 30_000;

/// Time between two rounds where nobody says that the data has changed.
const UNHEARD_MS: u32 = 60_000;

/// Whether a period can still change much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// It reaches into today.
    Running,
    /// It is over.
    Ended,
}

/// Moves `round` on when the data has a `newest` version above the one `shown` on the screen.
pub fn follow_versions(
    round: RwSignal<u64>,
    newest: impl Fn() -> Option<u64> + 'static,
    shown: impl Fn() -> Option<u64> + 'static,
    pace: impl Fn() -> Pace + 'static,
) {
    let timer = StoredValue::new_local(None::<Timeout>);
    let last_ms = StoredValue::new(0.0f64);
    let asked_for = StoredValue::new(None::<u64>);
    Effect::new(move || {
        let (Some(newest), Some(shown)) = (newest(), shown()) else { return };
        let pace = pace();
        let is_waiting = timer.with_value(Option::is_some);
        if newest <= shown || asked_for.get_value() == Some(newest) || is_waiting {
            return;
        }
        let least_ms = match pace {
            Pace::Running => RUNNING_MS,
            Pace::Ended => ENDED_MS,
        };
        let passed_ms = js_sys::Date::now() - last_ms.get_value();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let wait_ms = (f64::from(least_ms) - passed_ms).clamp(0.0, f64::from(least_ms)) as u32;
        let timeout = Timeout::new(wait_ms, move || {
            timer.try_set_value(None);
            last_ms.try_set_value(js_sys::Date::now());
            asked_for.try_set_value(Some(newest));
            round.try_update(|round| *round += 1);
        });
        timer.set_value(Some(timeout));
    });
}

/// Moves `round` on every minute while the tab is visible and `holds`.
pub fn follow_clock(round: RwSignal<u64>, holds: impl Fn() -> bool + 'static) {
    StoredValue::new_local(Interval::new(UNHEARD_MS, move || {
        if holds() && !document().hidden() {
            round.try_update(|round| *round += 1);
        }
    }));
}

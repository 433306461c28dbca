//! When a dashboard asks its questions again: soon after the site's data has changed, as the overview does; once a minute where
//! nobody says that it has.

use leptos::prelude::*;
use serde_json::Value;

use crate::audience::{Audience, Extent};
use crate::clock::Clock;
use crate::day::Day;
use crate::live::{Connection, Live};
use crate::refresh::{Pace, follow_clock, follow_versions};

/// Rounds of questions.
#[derive(Clone, Copy)]
pub struct Rounds {
    /// Grows when reports are to be asked again: they are added up from counts.
    pub reports: RwSignal<u64>,
    /// Grows when questions about people are to be asked again. Each reads single events, so there are fewer rounds of them.
    pub people: RwSignal<u64>,
    /// The newest version of the data that a report on the screen tells of.
    pub shown: RwSignal<Option<u64>>,
}

impl Rounds {
    /// Follows a site until the owner goes. `period` is that of the dashboard.
    pub fn follow(tracking_id: &str, audience: Audience, period: Memo<Value>) -> Self {
        let clock = Clock::start();
        // What happens now is not for who sees a part of the site.
        let live = match audience {
            Audience::Visitor(Extent::Part) => Live::withheld(),
            Audience::Person | Audience::Visitor(Extent::Whole) => Live::follow(tracking_id, clock),
        };
        let rounds = Self { reports: RwSignal::new(0), people: RwSignal::new(0), shown: RwSignal::new(None::<u64>) };
        let newest = Memo::new(move |_| live.realtime.with(|now| now.as_ref().map(|now| now.version)));
        // Without a report, what was asked first is as new as what was heard first.
        let first = Memo::new(move |first: Option<&Option<u64>>| first.copied().flatten().or(newest.get()));
        let shown = move || rounds.shown.get().or(first.get());
        let pace = move || if is_running(&period.get(), clock.now_ms()) { Pace::Running } else { Pace::Ended };
        follow_versions(rounds.reports, move || newest.get(), shown, pace);
        follow_versions(rounds.people, move || newest.get(), move || first.get(), || Pace::Ended);
        let is_unheard = move || !matches!(live.connection.get_untracked(), Connection::Open | Connection::Polling);
        follow_clock(rounds.reports, is_unheard);
        follow_clock(rounds.people, is_unheard);
        rounds
    }
}

/// Whether a period reaches into now. The last day of a site's clocks may be over later than that of UTC.
fn is_running(period: &Value, now_ms: u64) -> bool {
    if matches!(period.as_str(), Some("yesterday" | "last_month")) {
        return false;
    }
    let end = period.get("end").and_then(Value::as_str).and_then(|end| Day::parse(end.get(..10)?));
    end.is_none_or(|end| end >= Day::of_ms(now_ms).plus(-1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_period_is_over_when_its_last_day_is_over_everywhere() {
        let now_ms = 20_500 * 86_400_000 + 1;
        let today = Day::of_ms(now_ms);
        for (end, expected) in [(0, true), (-1, true), (-2, false), (7, true)] {
            let period = json!({"start": "2020-01-01", "end": today.plus(end).to_string()});
            assert_eq!(is_running(&period, now_ms), expected, "{end}");
        }
        assert!(is_running(&json!("28d"), now_ms));
        assert!(!is_running(&json!("last_month"), now_ms));
        assert!(is_running(&Value::Null, now_ms));
    }
}

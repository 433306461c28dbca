//! What is watched where nobody has thought about it.

use wire::alert::{AlertDefinition, Condition, Interval, NewAlert};
use wire::query::Metric;
use wire::site::Settings;

/// Goals that are watched unasked: each is looked at once a day.
const GOALS_MAX: usize = 10;

/// Hours that are usual again before it is believed to be over.
const HOURS_UNTIL_OVER: u32 = 2;

/// Minutes in which nothing is told to be open again: half a day.
const COOLDOWN_MINUTES: u32 = 12 * 60;

/// The alerts that suit any site: far more visits than usual in an hour, far fewer, nothing at all, and for each goal a day
/// on which far fewer visits reach it.
pub fn suggested(settings: &Settings) -> Vec<NewAlert> {
    let hourly = |name: &str, metric, condition| {
        let definition = AlertDefinition {
            close_after: HOURS_UNTIL_OVER,
            cooldown_minutes: COOLDOWN_MINUTES,
            ..AlertDefinition::new(metric, Interval::Hour, condition)
        };
        NewAlert { name: name.to_owned(), definition, channels: Vec::new(), is_on: true }
    };
    let daily = |goal: &str| {
        let condition = Condition::ConversionDrop { goal: Some(goal.to_owned()) };
        let definition = AlertDefinition::new(Metric::ConversionRate, Interval::Day, condition);
        NewAlert { name: format!("Conversion drop: {goal}"), definition, channels: Vec::new(), is_on: true }
    };
    let mut all = vec![
        hourly("Traffic spike", Metric::Visits, Condition::Spike),
        hourly("Traffic drop", Metric::Visits, Condition::Drop),
        hourly("No data", Metric::Events, Condition::NoData),
    ];
    all.extend(settings.goals.iter().take(GOALS_MAX).map(|goal| daily(&goal.name)));
    all
}

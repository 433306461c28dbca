//! How an alert is told, in a line.

use wire::alert::{AlertDefinition, Condition, Interval, Judged, News};
use wire::query::Metric;

use super::reading::Kind;
use crate::zone::Zone;

/// What happened, e.g. `Opened: Traffic spike on Harbour – 312 visits on 2026-11-05 from 14:00 to 15:00 (America/New_York),
/// 43 expected, at most 87 usual.`
pub fn line(
    news: News,
    name: &str,
    site: &str,
    definition: &AlertDefinition,
    zone: &Zone,
    judged: Option<&Judged>,
) -> String {
    let head = match news {
        News::Opened => "Opened",
        News::Still => "Still open",
        News::Resolved => "Resolved",
        News::Test => "Test",
    };
    let head = format!("{head}: {name} on {site}");
    judged.map_or_else(|| head.clone(), |judged| format!("{head} – {}.", told(definition, zone, judged)))
}

fn told(definition: &AlertDefinition, zone: &Zone, judged: &Judged) -> String {
    let value = judged.value.map_or_else(|| "nothing to measure".to_owned(), |value| measure(definition, value));
    let bounds = [
        judged.expected.map(|expected| format!("{} expected", number(expected))),
        judged.low.map(|low| format!("at least {}", number(low))),
        judged.high.map(|high| format!("at most {}", number(high))),
    ];
    let is_fixed = matches!(definition.condition, Condition::Above { .. } | Condition::Below { .. });
    let skip = usize::from(is_fixed);
    let bounds: Vec<String> = bounds.into_iter().skip(skip).flatten().collect();
    let bounds = if bounds.is_empty() { String::new() } else { format!("; {}", bounds.join(", ")) };
    format!("{value} {}{bounds}", when(definition.interval, zone, judged))
}

fn when(interval: Interval, zone: &Zone, judged: &Judged) -> String {
    let (from, to) = (zone.local(judged.start_ms), zone.local(judged.end_ms));
    match interval {
        Interval::Day => format!("on {}", from.date()),
        _ => {
            let clock = |at: jiff::civil::DateTime| format!("{:02}:{:02}", at.hour(), at.minute());
            format!("on {} from {} to {} ({})", from.date(), clock(from), clock(to), zone.name())
        }
    }
}

/// A number with its unit.
fn measure(definition: &AlertDefinition, value: f64) -> String {
    let number = number(value);
    if Kind::of(definition) == Kind::Share {
        return match &definition.condition {
            Condition::ConversionDrop { goal: Some(goal) } => format!("{number} % of the visits reached “{goal}”"),
            _ => format!("{number} % of the visits reached a goal"),
        };
    }
    match definition.metric {
        Metric::Pageviews => format!("{number} page views"),
        Metric::UniqueUsers | Metric::ActiveUsers => format!("{number} visitors"),
        Metric::BounceRate => format!("{number} % bounces"),
        Metric::ConversionRate => format!("{number} % conversions"),
        Metric::VisitDuration | Metric::EngagedTime => {
            format!("{number} s {}", definition.metric.name().replace('_', " "))
        }
        Metric::Revenue | Metric::AverageOrder | Metric::RevenuePerVisitor => {
            let currency = definition.currency.as_deref().unwrap_or_default();
            format!("{number} {currency} {}", definition.metric.name().replace('_', " "))
        }
        metric => format!("{number} {}", metric.name().replace('_', " ")),
    }
}

/// Whole where it is large, else with as many digits as tell something.
pub fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 || large.fract() == 0.0 => format!("{value:.0}"),
        large if large >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

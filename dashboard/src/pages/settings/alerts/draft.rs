//! An alert as it is filled in.

use leptos::prelude::*;
use wire::alert::{Against, Alert, AlertDefinition, Channel, Condition, Interval, QuietHours, Sensitivity};
use wire::filter::{Filter, Filters};
use wire::query::Metric;

use super::super::lock::Tests;

/// What may be measured, and what people call it.
pub const METRICS: &[(&str, &str)] = &[
    ("visits", "Visits"),
    ("unique_users", "Visitors"),
    ("pageviews", "Page views"),
    ("events", "Events"),
    ("conversions", "Conversions"),
    ("conversion_rate", "Conversion rate, %"),
    ("bounce_rate", "Bounce rate, %"),
    ("visit_duration", "Visit duration, s"),
    ("views_per_visit", "Views per visit"),
    ("revenue", "Revenue"),
];

const KNOWN: [Metric; 10] = [
    Metric::Visits,
    Metric::UniqueUsers,
    Metric::Pageviews,
    Metric::Events,
    Metric::Conversions,
    Metric::ConversionRate,
    Metric::BounceRate,
    Metric::VisitDuration,
    Metric::ViewsPerVisit,
    Metric::Revenue,
];

/// An alert as it is filled in. Texts are as they were typed.
#[derive(Clone, Copy)]
pub struct Draft {
    /// The alert that is changed; none: a new one.
    pub alert: Option<i64>,
    pub name: RwSignal<String>,
    pub metric: RwSignal<String>,
    pub currency: RwSignal<String>,
    pub interval: RwSignal<String>,
    pub kind: RwSignal<String>,
    pub value: RwSignal<String>,
    pub percent: RwSignal<String>,
    pub against: RwSignal<String>,
    pub least: RwSignal<String>,
    pub goal: RwSignal<String>,
    pub sensitivity: RwSignal<String>,
    pub open_after: RwSignal<String>,
    pub close_after: RwSignal<String>,
    pub cooldown: RwSignal<String>,
    pub remind: RwSignal<String>,
    pub is_quiet: RwSignal<bool>,
    pub quiet_from: RwSignal<String>,
    pub quiet_to: RwSignal<String>,
    pub weekends: RwSignal<bool>,
    pub webhook: RwSignal<String>,
    pub slack: RwSignal<String>,
    pub mail: RwSignal<String>,
    /// What it was narrowed to before.
    pub narrowed: RwSignal<Option<Filter>>,
    /// What it is narrowed to besides.
    pub tests: Tests,
    /// Channels beyond one of each kind, which stay as they are.
    others: StoredValue<Vec<Channel>>,
    /// Keys of webhooks, by their addresses.
    pub secret: RwSignal<String>,
}

fn text(value: impl Into<String>) -> RwSignal<String> {
    RwSignal::new(value.into())
}

impl Draft {
    /// An alert that is there, or one as it might begin.
    pub fn new(alert: Option<&Alert>) -> Self {
        let begins = AlertDefinition {
            close_after: 2,
            ..AlertDefinition::new(Metric::Visits, Interval::Hour, Condition::Spike)
        };
        let definition = alert.map_or(begins, |alert| alert.definition.clone());
        let quiet = definition.quiet.clone();
        let (mut value, mut percent, mut against, mut least, mut goal) =
            (10.0, 50.0, Against::Week, 0.0, String::new());
        let kind = match &definition.condition {
            Condition::Above { value: above } => {
                value = *above;
                "above"
            }
            Condition::Below { value: below } => {
                value = *below;
                "below"
            }
            Condition::Change { percent: by, against: than, least: at_least } => {
                (percent, against, least) = (*by, *than, *at_least);
                "change"
            }
            Condition::Spike => "spike",
            Condition::Drop => "drop",
            Condition::ConversionDrop { goal: of } => {
                goal = of.clone().unwrap_or_default();
                "conversion_drop"
            }
            Condition::NoData => "no_data",
        };
        let draft = Self {
            alert: alert.map(|alert| alert.alert),
            name: text(alert.map(|alert| alert.name.clone()).unwrap_or_default()),
            metric: text(definition.metric.name()),
            currency: text(definition.currency.clone().unwrap_or_else(|| "EUR".to_owned())),
            interval: text(match definition.interval {
                Interval::Minute => "minute",
                Interval::Hour => "hour",
                Interval::Day => "day",
            }),
            kind: text(kind),
            value: text(value.to_string()),
            percent: text(percent.to_string()),
            against: text(match against {
                Against::Previous => "previous",
                Against::Week => "week",
                Against::Usual => "usual",
            }),
            least: text(least.to_string()),
            goal: text(goal),
            sensitivity: text(match definition.sensitivity {
                Sensitivity::Low => "low",
                Sensitivity::Medium => "medium",
                Sensitivity::High => "high",
            }),
            open_after: text(definition.open_after.to_string()),
            close_after: text(definition.close_after.to_string()),
            cooldown: text(definition.cooldown_minutes.to_string()),
            remind: text(definition.remind_minutes.map(|minutes| minutes.to_string()).unwrap_or_default()),
            is_quiet: RwSignal::new(quiet.is_some()),
            quiet_from: text(quiet.as_ref().map_or("22:00", |quiet| &quiet.from)),
            quiet_to: text(quiet.as_ref().map_or("07:00", |quiet| &quiet.to)),
            weekends: RwSignal::new(quiet.is_some_and(|quiet| quiet.weekends)),
            webhook: text(""),
            slack: text(""),
            mail: text(""),
            narrowed: RwSignal::new(
                (!definition.filters.is_empty()).then(|| definition.filters.clone().into_expression()),
            ),
            tests: Tests::none(),
            others: StoredValue::new(Vec::new()),
            secret: text(""),
        };
        alert.into_iter().flat_map(|alert| &alert.channels).for_each(|channel| draft.takes(channel));
        draft
    }

    fn takes(self, channel: &Channel) {
        let (field, words) = match channel {
            Channel::Webhook { url, secret } => {
                if self.webhook.with_untracked(String::is_empty) {
                    self.secret.set(secret.clone().unwrap_or_default());
                }
                (self.webhook, url.clone())
            }
            Channel::Slack { url } => (self.slack, url.clone()),
            Channel::Mail { to } => (self.mail, to.join(", ")),
        };
        match field.with_untracked(String::is_empty) {
            true => field.set(words),
            false => self.others.update_value(|others| others.push(channel.clone())),
        }
    }

    /// What is watched; the field at fault where that is none yet. Follows every change.
    pub fn definition(self) -> Result<AlertDefinition, &'static str> {
        let number = |field: &'static str, text: RwSignal<String>| {
            text.with(|text| text.trim().replace(',', ".").parse::<f64>().ok().filter(|number| number.is_finite()))
                .ok_or(field)
        };
        let whole = |field: &'static str, text: RwSignal<String>| {
            text.with(|text| text.trim().parse::<u32>().ok()).ok_or(field)
        };
        let goal = Some(self.goal.get()).filter(|goal| !goal.is_empty());
        let condition = match self.kind.get().as_str() {
            "above" => Condition::Above { value: number("value", self.value)? },
            "below" => Condition::Below { value: number("value", self.value)? },
            "change" => Condition::Change {
                percent: number("percent", self.percent)?,
                against: match self.against.get().as_str() {
                    "previous" => Against::Previous,
                    "usual" => Against::Usual,
                    _ => Against::Week,
                },
                least: number("least", self.least)?,
            },
            "drop" => Condition::Drop,
            "conversion_drop" => Condition::ConversionDrop { goal },
            "no_data" => Condition::NoData,
            _ => Condition::Spike,
        };
        let metric = KNOWN.into_iter().find(|metric| self.metric.with(|name| name == metric.name()));
        let metric = match condition {
            Condition::ConversionDrop { .. } => Metric::ConversionRate,
            _ => metric.unwrap_or(Metric::Visits),
        };
        let remind = self.remind.with(|text| text.trim().is_empty());
        Ok(AlertDefinition {
            metric,
            currency: (metric == Metric::Revenue).then(|| self.currency.get()),
            filters: self.filters(),
            interval: match self.interval.get().as_str() {
                "minute" => Interval::Minute,
                "day" => Interval::Day,
                _ => Interval::Hour,
            },
            condition,
            sensitivity: match self.sensitivity.get().as_str() {
                "low" => Sensitivity::Low,
                "high" => Sensitivity::High,
                _ => Sensitivity::Medium,
            },
            open_after: whole("open_after", self.open_after)?,
            close_after: whole("close_after", self.close_after)?,
            cooldown_minutes: whole("cooldown_minutes", self.cooldown)?,
            remind_minutes: if remind { None } else { Some(whole("remind_minutes", self.remind)?) },
            quiet: self.is_quiet.get().then(|| QuietHours {
                from: self.quiet_from.get(),
                to: self.quiet_to.get(),
                weekends: self.weekends.get(),
            }),
        })
    }

    fn filters(self) -> Filters {
        let wanted = self.tests.followed().and_then(|wanted| serde_json::to_value(wanted).ok());
        let more: Option<Filter> = wanted.and_then(|wanted| serde_json::from_value(wanted).ok());
        let mut parts: Vec<Filter> = self.narrowed.get().into_iter().chain(more).collect();
        match parts.len() {
            0 => Filters::default(),
            1 => parts.pop().map_or_else(Filters::default, Filters::Expression),
            _ => Filters::Expression(Filter::And(parts)),
        }
    }

    /// Where it is told.
    pub fn channels(self) -> Vec<Channel> {
        let filled = |text: RwSignal<String>| {
            Some(text.with_untracked(|text| text.trim().to_owned())).filter(|text| !text.is_empty())
        };
        let webhook = filled(self.webhook).map(|url| Channel::Webhook { url, secret: None });
        let slack = filled(self.slack).map(|url| Channel::Slack { url });
        let mail = filled(self.mail).map(|to| Channel::Mail {
            to: to.split([',', ' ', ';']).filter(|one| !one.is_empty()).map(str::to_owned).collect(),
        });
        webhook.into_iter().chain(slack).chain(mail).chain(self.others.get_value()).collect()
    }
}

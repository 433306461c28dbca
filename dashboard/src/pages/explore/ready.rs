//! Reports to begin with.

use leptos::prelude::*;
use wire::query::{ComparisonPeriod, Dimension, Metric, Preset};

use super::state::State;

struct Ready {
    title: &'static str,
    about: &'static str,
    metrics: &'static [Metric],
    by: &'static [Dimension],
    time: Option<Dimension>,
    span: Preset,
    compare: Option<ComparisonPeriod>,
}

const READY: [Ready; 6] = [
    Ready {
        title: "Growth by week",
        about: "Visitors, visits and pageviews over six months, beside the six before",
        metrics: &[Metric::UniqueUsers, Metric::Visits, Metric::Pageviews],
        by: &[],
        time: Some(Dimension::Week),
        span: Preset::Months6,
        compare: Some(ComparisonPeriod::Previous),
    },
    Ready {
        title: "Pages that hold attention",
        about: "What is read, for how long, and where people leave at once",
        metrics: &[Metric::UniqueUsers, Metric::Pageviews, Metric::BounceRate, Metric::EngagedTime],
        by: &[Dimension::Page],
        time: None,
        span: Preset::Days28,
        compare: None,
    },
    Ready {
        title: "Sources that convert",
        about: "Which sites and channels bring visits that reach a goal",
        metrics: &[Metric::Visits, Metric::Conversions, Metric::ConversionRate, Metric::BounceRate],
        by: &[Dimension::Source],
        time: None,
        span: Preset::Days28,
        compare: Some(ComparisonPeriod::Previous),
    },
    Ready {
        title: "Campaigns",
        about: "Visits, conversions and revenue of each campaign's links",
        metrics: &[Metric::Visits, Metric::Conversions, Metric::Revenue],
        by: &[Dimension::UtmCampaign],
        time: None,
        span: Preset::Days91,
        compare: None,
    },
    Ready {
        title: "Countries and devices",
        about: "Where people are, and what they hold in their hands",
        metrics: &[Metric::UniqueUsers, Metric::Visits],
        by: &[Dimension::Country, Dimension::Device],
        time: None,
        span: Preset::Days7,
        compare: None,
    },
    Ready {
        title: "When people come",
        about: "Visits by the hour of the day, of all days together",
        metrics: &[Metric::Visits, Metric::Pageviews],
        by: &[],
        time: Some(Dimension::HourOfDay),
        span: Preset::Days28,
        compare: None,
    },
];

/// A link for each.
#[component]
pub fn ReadyReports() -> impl IntoView {
    let cards = READY.map(|Ready { title, about, metrics, by, time, span, compare }| {
        let state =
            State { metrics: metrics.to_vec(), by: by.to_vec(), time, span: span.into(), compare, ..State::default() };
        view! {
            <a class="card ready" href=state.search()>
                <h3>{title}</h3>
                <p class="muted">{about}</p>
            </a>
        }
    });
    view! { <div class="ready-reports" data-testid="ready">{cards}</div> }
}

//! Dashboards to begin with.

use serde_json::Value;
use wire::query::{ComparisonPeriod, Dimension, Metric, Preset};

use super::add::{self, CHART, NUMBERS, TABLE};
use super::kept::{Layout, Widget};
use crate::pages::explore::names::Named;
use crate::pages::explore::state::State;

/// A dashboard to begin with.
pub struct Ready {
    /// What it is called.
    pub title: &'static str,
    /// What it is about.
    pub about: &'static str,
    parts: &'static [Part],
}

struct Part {
    title: &'static str,
    width: u8,
    picture: &'static str,
    metrics: &'static [Metric],
    by: &'static [Dimension],
    time: Option<Dimension>,
}

const PART: Part = Part { title: "", width: 6, picture: TABLE, metrics: &[Metric::Visits], by: &[], time: None };

/// Rows of a table on a dashboard.
const ROWS: usize = 8;

/// All of them.
pub const READY: [Ready; 4] = [
    Ready {
        title: "The week",
        about: "What moved, where people came from, and what they read",
        parts: &[
            Part {
                title: "In numbers",
                width: 12,
                picture: NUMBERS,
                metrics: &[Metric::UniqueUsers, Metric::Visits, Metric::Pageviews, Metric::BounceRate],
                ..PART
            },
            Part {
                title: "Visitors",
                width: 12,
                picture: CHART,
                metrics: &[Metric::UniqueUsers],
                time: Some(Dimension::Date),
                ..PART
            },
            Part { title: "Sources", metrics: &[Metric::Visits], by: &[Dimension::Source], ..PART },
            Part { title: "Pages", metrics: &[Metric::Pageviews], by: &[Dimension::Page], ..PART },
        ],
    },
    Ready {
        title: "Where people come from",
        about: "Channels, sources, campaigns and countries",
        parts: &[
            Part { title: "Channels", picture: CHART, by: &[Dimension::Channel], ..PART },
            Part { title: "Sources", metrics: &[Metric::Visits, Metric::BounceRate], by: &[Dimension::Source], ..PART },
            Part { title: "Campaigns", by: &[Dimension::UtmCampaign], ..PART },
            Part { title: "Countries", metrics: &[Metric::UniqueUsers], by: &[Dimension::Country], ..PART },
        ],
    },
    Ready {
        title: "What sells",
        about: "Revenue, orders and conversions, and what leads to them",
        parts: &[
            Part {
                title: "In numbers",
                width: 12,
                picture: NUMBERS,
                metrics: &[Metric::Revenue, Metric::AverageOrder, Metric::Conversions, Metric::ConversionRate],
                ..PART
            },
            Part {
                title: "Revenue",
                width: 12,
                picture: CHART,
                metrics: &[Metric::Revenue],
                time: Some(Dimension::Date),
                ..PART
            },
            Part { title: "Revenue by source", metrics: &[Metric::Revenue], by: &[Dimension::Source], ..PART },
            Part { title: "Conversions by goal", metrics: &[Metric::Conversions], by: &[Dimension::Goal], ..PART },
        ],
    },
    Ready {
        title: "What is read",
        about: "Pages, how long they hold people, and where people begin and stop",
        parts: &[
            Part {
                title: "Pages",
                width: 12,
                metrics: &[Metric::UniqueUsers, Metric::Pageviews, Metric::EngagedTime],
                by: &[Dimension::Page],
                ..PART
            },
            Part {
                title: "Where visits begin",
                metrics: &[Metric::Visits, Metric::BounceRate],
                by: &[Dimension::EntryPage],
                ..PART
            },
            Part { title: "Where visits end", by: &[Dimension::ExitPage], ..PART },
        ],
    },
];

impl Ready {
    /// Its widgets, about a site.
    pub fn layout(&self, tracking_id: &str) -> Layout {
        let widget = |part: &Part| {
            let state = State {
                metrics: part.metrics.to_vec(),
                by: part.by.to_vec(),
                time: part.time,
                limit: ROWS,
                compare: Some(ComparisonPeriod::Previous),
                ..State::default()
            };
            let shows = add::report(tracking_id, &state, part.picture);
            Widget { title: part.title.to_owned(), width: part.width, keeps_range: false, shows }
        };
        Layout { date_range: period(), widgets: self.parts.iter().map(widget).collect() }
    }
}

/// The period of a dashboard that is new.
pub fn period() -> Value {
    Preset::Days28.word().into()
}

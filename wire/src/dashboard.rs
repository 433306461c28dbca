//! Dashboards that people put together of questions, for all who read the site.

use serde::{Deserialize, Serialize};

use crate::analysis::{FunnelQuery, PathsQuery, RetentionQuery};
use crate::query::Query;
use crate::span::Span;

/// Dashboards of a site.
pub const DASHBOARDS_MAX: usize = 50;

/// Bytes of a dashboard's name.
pub const DASHBOARD_NAME_BYTES_MAX: usize = 100;

/// Widgets of a dashboard: each asks a question of its own.
pub const WIDGETS_MAX: usize = 30;

/// Bytes of a widget's title.
pub const WIDGET_TITLE_BYTES_MAX: usize = 100;

/// Bytes of a widget's text.
pub const WIDGET_TEXT_BYTES_MAX: usize = 2_000;

/// Bytes of what makes a dashboard as JSON: with [`DASHBOARDS_MAX`] of them a site's list is at most 3.2 MB.
pub const DASHBOARD_BYTES_MAX: usize = 64 * 1024;

/// Columns that a widget may take, of twelve.
pub const WIDGET_WIDTHS: [u8; 5] = [3, 4, 6, 8, 12];

/// What makes a dashboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// When: of every widget that does not keep its own.
    pub date_range: Span,
    /// From the left to the right, and from the top down.
    pub widgets: Vec<Widget>,
}

/// A part of a dashboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Widget {
    /// What stands above it.
    pub title: String,
    /// Columns that it takes, one of [`WIDGET_WIDTHS`].
    pub width: u8,
    /// Whether its question's own range holds, and not the dashboard's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keeps_range: bool,
    /// What it shows.
    pub shows: Shows,
}

/// What a widget shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// A question about numbers.
    Report(ReportWidget),
    /// How far people get.
    Funnel(FunnelQuery),
    /// Who comes back.
    Retention(RetentionQuery),
    /// Which ways are taken.
    Paths(PathsQuery),
    /// Words.
    Text(String),
}

/// A question about numbers, and how its answer is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportWidget {
    /// The question.
    pub query: Query,
    /// How.
    pub picture: Picture,
}

/// How an answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Picture {
    /// The metrics of everything.
    Numbers,
    /// A line over time, bars over anything else.
    Chart,
    /// Rows.
    Table,
}

/// Body of `POST /api/v1/sites/{tracking_id}/dashboards`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDashboard {
    /// What it is called; no two of a site are called the same.
    pub name: String,
    /// What is on it.
    pub layout: Layout,
}

/// Body of `PATCH /api/v1/sites/{tracking_id}/dashboards/{dashboard}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DashboardChange {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is on it from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
}

/// A dashboard that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    /// Number to name and to change it by.
    pub dashboard: i64,
    /// What it is called.
    pub name: String,
    /// What is on it.
    pub layout: Layout,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: u64,
    /// When it was last changed, Unix milliseconds.
    pub changed_at_ms: u64,
}

/// Answer of `GET /api/v1/sites/{tracking_id}/dashboards`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dashboards {
    /// By name.
    pub dashboards: Vec<Dashboard>,
}

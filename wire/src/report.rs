//! Questions that people keep under a name, for all who read the site.

use serde::{Deserialize, Serialize};

use crate::query::Query;

/// Reports of a site.
pub const REPORTS_MAX: usize = 200;

/// Bytes of a report's name.
pub const REPORT_NAME_BYTES_MAX: usize = 100;

/// Bytes of a report's question as JSON: with [`REPORTS_MAX`] of them a site's list is at most 1.6 MB.
pub const REPORT_QUERY_BYTES_MAX: usize = 8 * 1024;

/// Body of `POST /api/v1/sites/{tracking_id}/reports`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewReport {
    /// What it is called; no two of a site are called the same.
    pub name: String,
    /// The question, about that site.
    pub query: Query,
}

/// Body of `PATCH /api/v1/sites/{tracking_id}/reports/{report}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportChange {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Query>,
}

/// A question that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Number to change it by.
    pub report: i64,
    /// What it is called.
    pub name: String,
    /// The question.
    pub query: Query,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: u64,
    /// When it was last changed, Unix milliseconds.
    pub changed_at_ms: u64,
}

/// Answer of `GET /api/v1/sites/{tracking_id}/reports`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reports {
    /// By name.
    pub reports: Vec<Report>,
}

//! `/api/v1/sites/{tracking_id}/reports`: questions that are kept under a name.

use wire::query::Query;
use wire::report::{NewReport, REPORT_NAME_BYTES_MAX, REPORT_QUERY_BYTES_MAX, Report, ReportChange, Reports};

use super::kept::{self, Keepable};
use super::refusal::Refusal;
use super::{Shared, body};
use crate::ledger::kept::Kind;
use crate::ledger::report::REPORTS;
use crate::ledger::site::SiteKey;

impl Keepable for Report {
    const KIND: &'static Kind = &REPORTS;
    const NAME_BYTES_MAX: usize = REPORT_NAME_BYTES_MAX;
    const BYTES_MAX: usize = REPORT_QUERY_BYTES_MAX;
    type Content = Query;
    type Said = Query;
    type New = NewReport;
    type Change = ReportChange;
    type List = Reports;

    fn new(wanted: NewReport) -> (String, Query) {
        (wanted.name, wanted.query)
    }

    fn change(wanted: ReportChange) -> (Option<String>, Option<Query>) {
        (wanted.name, wanted.query)
    }

    fn list(reports: Vec<Self>) -> Reports {
        Reports { reports }
    }

    /// Whether it can be answered is told when it is asked: that changes with time and settings.
    async fn checked(_: &Shared, (_, tracking_id): (SiteKey, &str), query: Query) -> Result<String, Refusal> {
        if query.tracking_id != tracking_id {
            return Err(body::wrong("query.tracking_id", "must be the site that the report is kept of"));
        }
        if query.metrics.is_empty() {
            return Err(body::wrong("query.metrics", "must name at least one metric"));
        }
        kept::written(&query, "query", REPORT_QUERY_BYTES_MAX)
    }
}

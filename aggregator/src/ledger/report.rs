//! Questions that are kept of a site.

use wire::query::Query;
use wire::report::{REPORTS_MAX, Report};

use super::kept::{Kept, Kind};

/// Reports.
pub const REPORTS: Kind = Kind { what: "report", table: "reports", number: "report", text: "query", most: REPORTS_MAX };

impl From<Kept<Query>> for Report {
    fn from(Kept { number, name, content, created_at_ms, changed_at_ms }: Kept<Query>) -> Self {
        Self { report: number, name, query: content, created_at_ms, changed_at_ms }
    }
}

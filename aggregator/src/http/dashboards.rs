//! `/api/v1/sites/{tracking_id}/dashboards`: what people put together of questions. With one, the shared links to it end.

use domain::dashboard;
use wire::dashboard::{
    DASHBOARD_BYTES_MAX, DASHBOARD_NAME_BYTES_MAX, Dashboard, DashboardChange, Dashboards, Layout, NewDashboard,
};

use super::Shared;
use super::kept::{self, Keepable};
use super::refusal::Refusal;
use crate::ledger::dashboard::DASHBOARDS;
use crate::ledger::kept::Kind;
use crate::ledger::site::SiteKey;

impl Keepable for Dashboard {
    const KIND: &'static Kind = &DASHBOARDS;
    const NAME_BYTES_MAX: usize = DASHBOARD_NAME_BYTES_MAX;
    const BYTES_MAX: usize = DASHBOARD_BYTES_MAX;
    type Content = Layout;
    type Said = Layout;
    type New = NewDashboard;
    type Change = DashboardChange;
    type List = Dashboards;

    fn new(wanted: NewDashboard) -> (String, Layout) {
        (wanted.name, wanted.layout)
    }

    fn change(wanted: DashboardChange) -> (Option<String>, Option<Layout>) {
        (wanted.name, wanted.layout)
    }

    fn list(dashboards: Vec<Self>) -> Dashboards {
        Dashboards { dashboards }
    }

    /// Whether its questions can be answered is told when they are asked: that changes with time and settings.
    async fn checked(_: &Shared, (_, tracking_id): (SiteKey, &str), layout: Layout) -> Result<String, Refusal> {
        dashboard::check(&layout, tracking_id)?;
        kept::written(&layout, "layout", DASHBOARD_BYTES_MAX)
    }
}

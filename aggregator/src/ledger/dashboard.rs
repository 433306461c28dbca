//! Dashboards that are kept of a site.

use wire::dashboard::{DASHBOARDS_MAX, Dashboard, Layout};

use super::kept::{Kept, Kind};

/// Dashboards, each a [`Layout`].
pub const DASHBOARDS: Kind =
    Kind { what: "dashboard", table: "dashboards", number: "dashboard", text: "layout", most: DASHBOARDS_MAX };

impl From<Kept<Layout>> for Dashboard {
    fn from(Kept { number, name, content, created_at_ms, changed_at_ms }: Kept<Layout>) -> Self {
        Self { dashboard: number, name, layout: content, created_at_ms, changed_at_ms }
    }
}

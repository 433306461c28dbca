//! The parts of the pages, one file each.

mod axis;
mod breakdown;
mod breakdown_row;
mod change;
mod chart;
mod chart_table;
mod copy_button;
mod door_form;
mod icon;
mod kpi_row;
mod live_badge;
mod logo;
mod period_picker;
mod realtime_strip;
mod retry;
mod shortcuts;
mod site_switcher;
mod theme_toggle;
mod tooltip;
mod top_bar;
mod waiting;
mod when;

pub use breakdown::{Breakdown, Tab};
pub use chart::Chart;
pub use door_form::DoorForm;
pub use kpi_row::KpiRow;
pub use logo::Logo;
pub use realtime_strip::{MinuteBars, RealtimeStrip};
pub use retry::Retry;
pub use shortcuts::{Shortcuts, use_shortcuts};
pub use theme_toggle::ThemeToggle;
pub use top_bar::{SignOutButton, TopBar};
pub use waiting::Waiting;
pub use when::When;

//! The parts of the pages, one file each.

mod axis;
mod breakdown;
mod breakdown_row;
mod change;
mod chart;
mod chart_table;
pub mod choice;
#[cfg_attr(not(feature = "gallery"), allow(dead_code, reason = "its page is to come; the gallery shows it"))]
pub mod cohort_table;
pub mod confirm;
mod copy_button;
mod door_form;
pub mod field;
mod filter_bar;
pub mod form;
pub mod frame;
#[cfg_attr(not(feature = "gallery"), allow(dead_code, reason = "its page is to come; the gallery shows it"))]
pub mod funnel_bars;
mod heatmap;
pub mod icon;
mod kpi_row;
mod live_badge;
mod logo;
pub mod map;
mod menu;
pub mod names;
mod page_bar;
pub mod panel;
mod period_choices;
mod period_picker;
mod places;
mod realtime_strip;
mod retry;
pub mod rows;
pub mod secret;
pub mod shortcuts;
mod site_card;
mod site_switcher;
pub mod sparkline;
mod strength;
mod styled;
mod theme_toggle;
mod tooltip;
mod top_bar;
mod waiting;
mod when;
pub mod zone_picker;

pub use breakdown::{Breakdown, PROPERTIES, Tab, second, visitors};
pub use change::Change;
pub use chart::Chart;
#[cfg(feature = "gallery")]
pub use chart::Drawing;
pub use chart_table::ChartTable;
pub use copy_button::CopyButton;
pub use door_form::DoorForm;
pub use filter_bar::Edited;
pub use heatmap::Heatmap;
#[cfg(feature = "gallery")]
pub use heatmap::hours;
pub use icon::{Icon, Picture};
pub use kpi_row::KpiRow;
pub use logo::Logo;
pub use page_bar::{PageBar, SiteTab, site_name};
pub use places::Places;
pub use realtime_strip::RealtimeStrip;
pub use retry::Retry;
pub use shortcuts::use_shortcuts;
pub use site_card::SiteCard;
pub use styled::styled;
pub use theme_toggle::ThemeToggle;
pub use top_bar::{SignOutButton, TopBar};
pub use waiting::Waiting;
pub use when::When;

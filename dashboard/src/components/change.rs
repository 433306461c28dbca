//! How a number has moved since then.

use leptos::prelude::*;

use crate::format;
use crate::metric::{Kpi, Unit};

/// The change from `before` to `now`, in words and by an arrow. Shares change by points; of what is better low, less is good.
#[component]
pub fn Change(
    /// The figure, where it is one of the key figures.
    #[prop(optional)]
    kpi: Option<Kpi>,
    /// The value.
    now: f64,
    /// The value of then.
    before: f64,
) -> impl IntoView {
    let is_share = kpi.is_some_and(|kpi| kpi.unit() == Unit::Percent);
    let moved = if is_share { now - before } else { (now - before) / before };
    let is_still = moved.abs() < if is_share { 0.05 } else { 0.005 };
    let size = || if is_share { format::points(moved) } else { format::change(moved) };
    let (class, sign, spoken, words) = if before == 0.0 && now == 0.0 {
        ("change", "", "", "—".to_owned())
    } else if before == 0.0 {
        ("change up", "", "", "new".to_owned())
    } else if is_still {
        ("change", "", "", if is_share { "±0 pp" } else { "±0%" }.to_owned())
    } else {
        let class = if (moved > 0.0) == kpi.is_some_and(Kpi::is_better_low) { "change down" } else { "change up" };
        let (sign, spoken) = if moved > 0.0 { ("↑", "up ") } else { ("↓", "down ") };
        (class, sign, spoken, size())
    };
    view! {
        <span class=class>
            <span aria-hidden="true">{sign}</span>
            <span class="visually-hidden">{spoken}</span>
            {words}
        </span>
    }
}

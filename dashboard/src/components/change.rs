//! How a number has moved since the previous period.

use leptos::prelude::*;

use crate::format;

/// The change from `before` to `now`, in words and by an arrow.
#[component]
pub fn Change(
    /// The value.
    now: f64,
    /// The value of the previous period.
    before: f64,
) -> impl IntoView {
    let ratio = (now - before) / before;
    let (class, sign, words) = if before == 0.0 && now == 0.0 {
        ("change", "", "—".to_owned())
    } else if before == 0.0 {
        ("change up", "", "new".to_owned())
    } else if ratio.abs() < 0.005 {
        ("change", "", "±0%".to_owned())
    } else if ratio > 0.0 {
        ("change up", "↑", format::change(ratio))
    } else {
        ("change down", "↓", format::change(ratio))
    };
    let spoken = match sign {
        "↑" => "up ",
        "↓" => "down ",
        _ => "",
    };
    view! {
        <span class=class>
            <span aria-hidden="true">{sign}</span>
            <span class="visually-hidden">{spoken}</span>
            {words}
        </span>
    }
}

//! Which days are shown, and what they are compared with.

use leptos::prelude::*;
use wire::query::Preset;

use super::icon::{Icon, Picture};
use super::menu::Menu;
use super::period_choices::{Intended, choices};
use crate::day::Day;
use crate::format;
use crate::shown::Shown;
use crate::view::Compared;
use crate::view::period::{CHOICES, Period};

/// The period with arrows to those before and after, and what stands beside it: the comparison. All are links, so each has an
/// address, opens in a new tab, and is undone by Back.
#[component]
pub fn PeriodPicker(
    /// What is shown.
    shown: Shown,
) -> impl IntoView {
    period_picker(shown, view! { <ComparisonPicker shown/> }.into_any())
}

/// The same, with something else beside it.
pub fn period_picker(shown: Shown, beside: AnyView) -> AnyView {
    let moved = move |by: fn(Period, Day) -> Option<Period>| {
        move || shown.with(|view| by(view.period, shown.today()).map(|period| shown.address(&view.over(period))))
    };
    let step = |label, hint, picture, by| {
        let address = moved(by);
        let is_none = move || address().is_none().to_string();
        view! {
            <a class="icon-button" href=address role="link" aria-label=label title=hint aria-disabled=is_none>
                <Icon picture/>
            </a>
        }
    };
    let words = Signal::derive(move || shown.with(|view| words(view.period, shown.today())));
    view! {
        <nav class="period-picker" aria-label="Period">
            {step("Earlier period", "Earlier (←)", Picture::LEFT, Period::earlier)}
            <Menu name="period" label="Period" words>
                {choices(Intended::Period, shown)}
            </Menu>
            {step("Later period", "Later (→)", Picture::RIGHT, Period::later)}
            {beside}
        </nav>
    }
    .into_any()
}

/// What the chart is compared with.
#[component]
fn ComparisonPicker(shown: Shown) -> impl IntoView {
    let words = Signal::derive(move || {
        let words = match shown.with(|view| view.compared) {
            Compared::Nothing => "Compare",
            Compared::Previous => "vs. previous period",
            Compared::Year => "vs. year before",
            Compared::Between(first, last) => return format!("vs. {}", format::days(first, last)),
        };
        words.to_owned()
    });
    view! { <Menu name="compare" label="Compare with" words>{choices(Intended::Comparison, shown)}</Menu> }
}

/// A period's name.
fn words(period: Period, today: Day) -> String {
    let named = |preset: Preset| {
        let choice = CHOICES.into_iter().flatten().find(|(known, ..)| *known == preset);
        choice.map_or("", |(_, name, _)| name).to_owned()
    };
    match (period, period.days(today)) {
        (Period::Named(preset), _) => named(preset),
        (_, Some((first, last))) => format::days(first, last),
        _ => String::new(),
    }
}

//! Which days are shown, and what they are compared with.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wire::query::Preset;

use super::icon::{Icon, Picture};
use super::menu::Menu;
use crate::day::Day;
use crate::format;
use crate::shown::Shown;
use crate::view::period::{CHOICES, Period};
use crate::view::{Compared, View};

/// The period with arrows to those before and after, and the comparison. All are links, so each has an address, opens in a new
/// tab, and is undone by Back.
#[component]
pub fn PeriodPicker(
    /// What is shown.
    shown: Shown,
) -> impl IntoView {
    let moved = move |by: fn(Period, Day) -> Option<Period>| {
        move || shown.with(|view| by(view.period, shown.today()).map(|period| shown.address(&view.over(period))))
    };
    let step = |label, hint, picture, by| {
        let address = moved(by);
        let is_none = move || address().is_none().to_string();
        view! {
            <a class="icon-button" href=address role="link" data-noscroll="true" aria-label=label title=hint aria-disabled=is_none>
                <Icon picture/>
            </a>
        }
    };
    let words = Signal::derive(move || shown.with(|view| words(view.period, shown.today())));
    let groups = CHOICES.map(|group| {
        let choices = group.iter().map(|(preset, name, key)| {
            let period = Period::Named(*preset);
            choice(shown, name, Some(*key), move |view| view.over(period), move |view| view.period == period)
        });
        view! { <ul>{choices.collect_view()}</ul> }
    });
    let present = move || shown.with(|view| view.period.days(shown.today())).unwrap_or((shown.today(), shown.today()));
    view! {
        <nav class="period-picker" aria-label="Period">
            {step("Earlier period", "Earlier (←)", Picture::Left, Period::earlier)}
            <Menu name="period" label="Period" words>
                {groups}
                <Days name="days" present=Signal::derive(present) take=move |first, last| {
                    shown.show(&shown.view().over(Period::Between(first, last)));
                }/>
            </Menu>
            {step("Later period", "Later (→)", Picture::Right, Period::later)}
            <ComparisonPicker shown/>
        </nav>
    }
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
    let to = |compared| move |view: &View| View { compared, ..view.clone() };
    let is = |compared| move |view: &View| view.compared == compared;
    let by = |by_date| move |view: &View| View { by_date, ..view.clone() };
    let earlier = move || {
        let (first, last) =
            shown.with(|view| view.period.days(shown.today())).unwrap_or((shown.today(), shown.today()));
        (first.plus_months(-12), last.plus_months(-12))
    };
    view! {
        <Menu name="compare" label="Compare with" words>
            <ul>
                {choice(shown, "Nothing", Some('x'), to(Compared::Nothing), is(Compared::Nothing))}
                {choice(shown, "Previous period", None, to(Compared::Previous), is(Compared::Previous))}
                {choice(shown, "Year before", None, to(Compared::Year), is(Compared::Year))}
            </ul>
            <ul>
                {choice(shown, "Match day of week", None, by(false), |view| !view.by_date)}
                {choice(shown, "Match exact date", None, by(true), |view| view.by_date)}
            </ul>
            <Days name="days-before" present=Signal::derive(earlier) take=move |first, last| {
                shown.show(&View { compared: Compared::Between(first, last), ..shown.view() });
            }/>
        </Menu>
    }
}

/// One choice of a menu: a link to the view that it leads to.
pub fn choice(
    shown: Shown,
    name: &'static str,
    key: Option<char>,
    to: impl Fn(&View) -> View + Copy + Send + Sync + 'static,
    is_current: impl Fn(&View) -> bool + Copy + Send + Sync + 'static,
) -> AnyView {
    let address = move || shown.with(|view| shown.address(&to(view)));
    let current = move || shown.with(is_current).then_some("true");
    view! {
        <li>
            <a href=address data-noscroll="true" aria-current=current>
                <span>{name}</span>
                {key.map(|key| view! { <kbd aria-hidden="true">{key.to_ascii_uppercase().to_string()}</kbd> })}
            </a>
        </li>
    }
    .into_any()
}

/// Days of one's own, from one to another.
#[component]
fn Days(
    name: &'static str,
    present: Signal<(Day, Day)>,
    take: impl Fn(Day, Day) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let field = |side: &str| format!("{name}-{side}");
    let (from, to) = (field("from"), field("to"));
    let submit = {
        let (from, to) = (from.clone(), to.clone());
        move |event: web_sys::SubmitEvent| {
            event.prevent_default();
            let read = |id: &str| {
                let input = document().get_element_by_id(id)?.dyn_into::<web_sys::HtmlInputElement>().ok()?;
                Day::parse(&input.value())
            };
            if let (Some(one), Some(other)) = (read(&from), read(&to)) {
                take(one.min(other), one.max(other));
            }
        }
    };
    view! {
        <form class="days" on:submit=submit>
            <label><span>"From"</span><input id=from type="date" required prop:value=move || present.get().0.to_string()/></label>
            <label><span>"To"</span><input id=to type="date" required prop:value=move || present.get().1.to_string()/></label>
            <button type="submit" class="button" data-closes="">"Apply"</button>
        </form>
    }
    .into_any()
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

//! What the menus of period, comparison and buckets offer. It is loaded after the page.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_split_helpers::wasm_split;

use super::chart::per;
use super::zone_picker::own_zone;
use crate::day::Day;
use crate::later::{Loaded, later};
use crate::shown::Shown;
use crate::view::period::{CHOICES, Period};
use crate::view::{Compared, View};

/// Which menu is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intended {
    /// The days shown.
    Period,
    /// What they are compared with.
    Comparison,
    /// The chart's buckets.
    Interval,
}

/// What a menu offers. All are links, so each has an address, opens in a new tab, and is undone by Back.
pub fn choices(intended: Intended, shown: Shown) -> AnyView {
    later(move || Box::pin(of(intended, shown)))
}

#[wasm_split(soon, fallible)]
fn of(intended: Intended, shown: Shown) -> Loaded {
    Ok(match intended {
        Intended::Period => periods(shown),
        Intended::Comparison => comparisons(shown),
        Intended::Interval => intervals(shown),
    })
}

fn periods(shown: Shown) -> AnyView {
    let groups = CHOICES.map(|group| {
        let choices = group.iter().map(|(preset, name, key)| {
            let period = Period::Named(*preset);
            choice(shown, name, Some(*key), move |view| view.over(period), move |view| view.period == period)
        });
        view! { <ul>{choices.collect_view()}</ul> }
    });
    view! {
        {groups}
        <Days name="days" present=Signal::derive(move || present(shown)) take=move |first, last| {
            shown.show(&shown.view().over(Period::Between(first, last)));
        }/>
        {zones(shown)}
    }
    .into_any()
}

/// By whose clocks days begin: the site's, so that all who look see the same, or others.
fn zones(shown: Shown) -> AnyView {
    let own = own_zone();
    let utc = "UTC".to_owned();
    let others = [("Your time zone", own), ("UTC", utc)].map(|(words, zone)| {
        let zone = StoredValue::new(zone);
        let to = move |view: &View| View { zone: Some(zone.get_value()), ..view.clone() };
        choice(shown, words, None, to, move |view| view.zone == Some(zone.get_value()))
    });
    view! {
        <ul>
            {choice(shown, "The site's time zone", None, |view| View { zone: None, ..view.clone() }, |view| view.zone.is_none())}
            {others}
        </ul>
    }
    .into_any()
}

fn present(shown: Shown) -> (Day, Day) {
    shown.with(|view| view.period.days(shown.today())).unwrap_or((shown.today(), shown.today()))
}

fn comparisons(shown: Shown) -> AnyView {
    let to = |compared| move |view: &View| View { compared, ..view.clone() };
    let is = |compared| move |view: &View| view.compared == compared;
    let by = |by_date| move |view: &View| View { by_date, ..view.clone() };
    let earlier = move || {
        let (first, last) = present(shown);
        (first.plus_months(-12), last.plus_months(-12))
    };
    view! {
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
    }
    .into_any()
}

fn intervals(shown: Shown) -> AnyView {
    let choices = move || {
        let offered = shown.with(|view| view.period.intervals(shown.today()));
        let choices = offered.iter().map(|interval| {
            let interval = *interval;
            let to = move |view: &View| View { interval: Some(interval), ..view.clone() };
            choice(shown, per(interval), None, to, move |view| view.interval(shown.today()) == interval)
        });
        view! { <ul>{choices.collect_view()}</ul> }
    };
    choices.into_any()
}

/// One choice of a menu: a link to the view that it leads to.
fn choice(
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
            <a href=address aria-current=current>
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

//! What was paid over time, beside what was before.

use std::sync::Arc;

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::query::{Answer, Dimension, Row};

use super::super::bars::{Bars, Part, Side, bars_card};
use super::super::told::{Rows, csv_button};
use super::state::{FIGURES, currency, number};
use super::{Showing, unit, written};
use crate::components::choice::{Choosable, choice};
use crate::day::bucket_end_ms;
use crate::day::bucket_start_ms;
use crate::format;
use crate::metric;
use crate::pages::explore::words;
use crate::view::View;

/// The drawing.
pub fn view(showing: Showing, answer: &Answer) -> AnyView {
    let figure = showing.state.get().figure;
    let today = showing.asking.shown.today();
    let asked = showing.asking.shown.with(|view| view.interval(today));
    let interval = [asked, Dimension::Date, Dimension::Week, Dimension::Month, Dimension::Hour, Dimension::Minute]
        .into_iter()
        .find(|one| answer.rows.first().is_some_and(|row| row.contains_key(one.name())))
        .unwrap_or(asked);
    let currency = currency(answer);
    // What has not begun is not drawn.
    let now_ms = untrack(|| showing.asking.shown.now_ms());
    let local_ms = format::wall_ms(&answer.meta.time_zone, now_ms);
    let start = |row: &Row| bucket_start_ms(metric::text(row, interval.name()));
    let begun: Vec<(usize, &Row)> = answer
        .rows
        .iter()
        .enumerate()
        .filter(|(_, row)| start(row).is_none_or(|start_ms| start_ms <= local_ms))
        .collect();
    let values: Vec<f64> = begun.iter().map(|(_, row)| number(row, figure, &currency)).collect();
    let is_below = values.iter().any(|value| *value < 0.0);
    let side = |name: &str, side: Side, of: fn(f64) -> f64| Part {
        name: name.to_owned(),
        side,
        values: values.iter().map(|value| of(*value).max(0.0)).collect(),
    };
    let title = FIGURES.iter().find(|(known, ..)| *known == figure).map_or("", |(.., title)| title);
    let mut parts = vec![side(title, Side::Above, |value| value)];
    if is_below {
        parts.push(side("Paid back", Side::Below, |value| -value));
    }
    let before = answer.comparison.as_ref().map(|then| {
        let value = |(at, _): &(usize, &Row)| {
            then.rows.get(*at).and_then(Option::as_ref).map_or(0.0, |row| number(row, figure, &currency))
        };
        Part { name: "Period before".to_owned(), side: Side::Above, values: begun.iter().map(value).collect() }
    });
    let text = |row: &Row| metric::text(row, interval.name()).to_owned();
    let running =
        |(_, row): &(usize, &Row)| start(row).is_some_and(|start_ms| bucket_end_ms(start_ms, interval) > local_ms);
    let (write_currency, tick_currency) = (currency.clone(), currency.clone());
    let drawn = Bars {
        title: format!("{title} over time"),
        axis: "Begins",
        places: begun.iter().map(|(_, row)| words::value(interval, &text(row))).collect(),
        brief: begun.iter().map(|(_, row)| words::brief(interval, &text(row))).collect(),
        parts,
        before,
        running_from: begun.iter().position(running),
        write: Arc::new(move |value| match unit(figure) {
            metric::Unit::Count => written(figure, value.round(), &write_currency),
            _ => written(figure, value, &write_currency),
        }),
        tick: Arc::new(move |value| format::tick(unit(figure), value, &tick_currency)),
    };
    let head = ["start".to_owned(), "currency".to_owned()];
    let head = head.into_iter().chain(FIGURES.iter().map(|(_, name, _)| (*name).to_owned())).collect();
    let row = |row: &Row| {
        let numbers = FIGURES.iter().map(|(metric, ..)| format::data(number(row, *metric, &currency)));
        [text(row), currency.clone()].into_iter().chain(numbers).collect()
    };
    let rows: Rows = [head].into_iter().chain(begun.iter().map(|(_, one)| row(one))).collect();
    let tools = view! {
        {showing.one_of("Figure", FIGURES, |state| state.figure, |state, figure| state.figure = figure)}
        {intervals(showing)}
        {csv_button(|| "revenue over time".to_owned(), move || rows.clone())}
    };
    bars_card(drawn, "series", tools.into_any())
}

/// The buckets that the period may be drawn by.
fn intervals(showing: Showing) -> AnyView {
    let shown = showing.asking.shown;
    let list = Signal::derive(move || {
        let today = shown.today();
        shown.with(|view| {
            let chosen = view.interval(today);
            let all = view.period.intervals(today).iter();
            all.map(|one| Choosable::new(one.name(), words::dimension(*one), *one == chosen)).collect()
        })
    });
    let choose = UnsyncCallback::new(move |name: String| {
        let view = untrack(|| shown.view());
        shown.show(&View { interval: Dimension::named(&name), ..view });
    });
    choice("Interval".to_owned(), "", "field", list, choose)
}

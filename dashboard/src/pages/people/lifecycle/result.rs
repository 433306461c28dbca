//! What is told of lifecycle: figures, bars, how often people come, and by value.

use std::sync::Arc;

use leptos::prelude::*;
use wire::analysis::{Interval, LifecycleAnswer, LifecycleBucket, LifecycleGroup, Lives, Stickiness, Unit};
use wire::query::Dimension;

use super::super::bars::{Bars, Part, Side, bars_card};
use super::super::lines::{Line, Lines, lines_card};
use super::super::told::{Rows, csv_button, day_note, meta_line, rate, table, unit_words};
use super::Editing;
use super::state::State;
use crate::components::names;
use crate::format;
use crate::pages::explore::words;

/// Reads one of four numbers.
type Kind = (&'static str, &'static str, Side, fn(&Lives) -> u64);

/// What people are in a bucket: name, words, and where they are drawn.
const KINDS: [Kind; 4] = [
    ("returning", "Returning", Side::Above, |lives| lives.returning),
    ("resurrected", "Resurrected", Side::Above, |lives| lives.resurrected),
    ("new", "New", Side::Above, |lives| lives.new),
    ("dormant", "Dormant", Side::Below, |lives| lives.dormant),
];

/// The answer below the question.
pub fn drawn(editing: Editing, answer: &LifecycleAnswer) -> AnyView {
    let state = editing.state.get_untracked();
    let interval = match untrack(|| state.interval(editing.asking)) {
        Interval::Day => Dimension::Date,
        Interval::Week => Dimension::Week,
        Interval::Month => Dimension::Month,
    };
    let visits = editing.address(&State { unit: Unit::Sessions, ..state.clone() });
    let note = day_note(
        &answer.meta,
        "Who is new, returns, comes back after a break or stays away is not known, nor how many people a week or a month has.",
        Some(view! { <a href=visits>"Count visits instead"</a> }.into_any()),
    );
    let limits = (answer.meta.unit == "visitors" && !answer.limits.is_empty()).then(|| {
        let words = names::capitalised(&answer.limits.join("; "));
        view! { <p class="people-note" role="note" data-testid="limits">{words}"."</p> }
    });
    let by = state.by.filter(|_| !answer.groups.is_empty());
    view! {
        {totals(answer, interval)}
        {note}
        {limits}
        {bars(answer, interval)}
        <div class="people-columns">{active(answer, interval)}{shares(answer)}</div>
        {by.map(|by| groups(by, answer))}
        {meta_line(&answer.meta)}
    }
    .into_any()
}

fn totals(answer: &LifecycleAnswer, interval: Dimension) -> AnyView {
    let (many, _) = unit_words(&answer.meta.unit);
    // What is still running would look like a fall.
    let done = answer.buckets.iter().rfind(|bucket| bucket.is_complete).or(answer.buckets.last());
    let day = answer.stickiness.iter().rfind(|day| day.is_complete).or(answer.stickiness.last());
    let active = done.map_or(0, |bucket| bucket.active);
    let mut figures = vec![(
        "active",
        format!("{many}, last full {}", words::dimension(interval).to_lowercase()),
        format::whole(active),
        active.to_string(),
    )];
    if answer.buckets.iter().any(|bucket| bucket.lives.is_some()) {
        let sum = |kind: fn(&Lives) -> u64| -> u64 {
            answer.buckets.iter().filter_map(|bucket| bucket.lives.as_ref()).map(kind).sum()
        };
        for (name, words) in [("new", "New"), ("resurrected", "Resurrected"), ("dormant", "Went dormant")] {
            if let Some((.., kind)) = KINDS.iter().find(|(known, ..)| *known == name) {
                let sum = sum(*kind);
                figures.push((name, words.to_owned(), format::whole(sum), sum.to_string()));
            }
        }
    }
    let share = |share: Option<f64>| share.map(|share| (rate(share), format::data(share)));
    for (name, words, told) in [
        ("dau_wau", "DAU of WAU", day.and_then(|day| share(day.dau_wau))),
        ("dau_mau", "DAU of MAU", day.and_then(|day| share(day.dau_mau))),
    ] {
        figures.extend(told.map(|(told, value)| (name, words.to_owned(), told, value)));
    }
    let figures = figures.into_iter().map(|(name, title, words, value)| {
        view! {
            <div class="total" data-name=name data-value=value>
                <span class="kpi-title">{title}</span>
                <span class="total-value">{words}</span>
            </div>
        }
    });
    view! { <section class="card totals" aria-label="Totals" data-testid="totals">{figures.collect_view()}</section> }
        .into_any()
}

fn bars(answer: &LifecycleAnswer, interval: Dimension) -> AnyView {
    let (many, _) = unit_words(&answer.meta.unit);
    let buckets = &answer.buckets;
    let is_known = buckets.iter().any(|bucket| bucket.lives.is_some());
    let of = |kind: fn(&Lives) -> u64| -> Vec<f64> {
        buckets.iter().map(|bucket| bucket.lives.as_ref().map_or(0.0, |lives| number(kind(lives)))).collect()
    };
    let parts = if is_known {
        KINDS
            .iter()
            .map(|(_, words, side, kind)| Part { name: (*words).to_owned(), side: *side, values: of(*kind) })
            .collect()
    } else {
        let values = buckets.iter().map(|bucket| number(bucket.active)).collect();
        vec![Part { name: many.to_owned(), side: Side::Above, values }]
    };
    let title = if is_known { "Who came, and who stayed away" } else { "How many came" };
    let drawn = Bars {
        title: title.to_owned(),
        axis: "Begins",
        places: buckets.iter().map(|bucket| words::value(interval, &bucket.start)).collect(),
        brief: buckets.iter().map(|bucket| words::brief(interval, &bucket.start)).collect(),
        parts,
        running_from: buckets.iter().position(|bucket| !bucket.is_complete),
        before: None,
        write: Arc::new(write),
        tick: Arc::new(|value| format::tick(crate::metric::Unit::Count, value, "")),
    };
    let buckets = StoredValue::new(answer.buckets.clone());
    let rows = move || buckets.with_value(|buckets| bucket_rows(buckets));
    bars_card(drawn, "lifecycle", csv_button(|| "lifecycle".to_owned(), rows))
}

fn bucket_rows(buckets: &[LifecycleBucket]) -> Rows {
    let head = ["start", "active", "new", "returning", "resurrected", "dormant", "net", "is_complete"];
    let row = |bucket: &LifecycleBucket| {
        let of = |number: fn(&Lives) -> String| bucket.lives.as_ref().map(number).unwrap_or_default();
        vec![
            bucket.start.clone(),
            bucket.active.to_string(),
            of(|lives| lives.new.to_string()),
            of(|lives| lives.returning.to_string()),
            of(|lives| lives.resurrected.to_string()),
            of(|lives| lives.dormant.to_string()),
            of(|lives| lives.net.to_string()),
            bucket.is_complete.to_string(),
        ]
    };
    [head.map(str::to_owned).to_vec()].into_iter().chain(buckets.iter().map(row)).collect()
}

/// How many people a day, the week and the 28 days that end with it have.
fn active(answer: &LifecycleAnswer, interval: Dimension) -> AnyView {
    let days = &answer.stickiness;
    // By day alone, the bars tell it already.
    if interval == Dimension::Date && days.iter().all(|day| day.wau.is_none()) {
        return ().into_any();
    }
    let line = |name: &str, of: fn(&Stickiness) -> Option<u64>| Line {
        name: name.to_owned(),
        values: days.iter().map(|day| of(day).map(number)).collect(),
    };
    let all = [line("DAU", |day| Some(day.dau)), line("WAU", |day| day.wau), line("MAU", |day| day.mau)];
    let drawn = over_days(days, "Active within 1, 7 and 28 days".to_owned(), all, write, 0.0);
    let days = StoredValue::new(answer.stickiness.clone());
    let rows = move || {
        let head = ["date", "dau", "wau", "mau", "dau_wau", "dau_mau", "is_complete"].map(str::to_owned).to_vec();
        let row = |day: &Stickiness| {
            let count = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
            let share = |share: Option<f64>| share.map(format::data).unwrap_or_default();
            vec![
                day.date.clone(),
                day.dau.to_string(),
                count(day.wau),
                count(day.mau),
                share(day.dau_wau),
                share(day.dau_mau),
                day.is_complete.to_string(),
            ]
        };
        days.with_value(|days| [head].into_iter().chain(days.iter().map(row)).collect::<Rows>())
    };
    lines_card(drawn, "active", csv_button(|| "active by day".to_owned(), rows))
}

/// How many of those of a week or a month come on a day.
fn shares(answer: &LifecycleAnswer) -> AnyView {
    let days = &answer.stickiness;
    if days.iter().all(|day| day.dau_wau.is_none()) {
        return ().into_any();
    }
    let line = |name: &str, of: fn(&Stickiness) -> Option<f64>| Line {
        name: name.to_owned(),
        values: days.iter().map(of).collect(),
    };
    let all = [line("DAU of WAU", |day| day.dau_wau), line("DAU of MAU", |day| day.dau_mau)];
    lines_card(over_days(days, "Stickiness".to_owned(), all, rate, 10.0), "stickiness", ().into_any())
}

fn over_days<const COUNT: usize>(
    days: &[Stickiness],
    title: String,
    lines: [Line; COUNT],
    write: fn(f64) -> String,
    least_top: f64,
) -> Lines {
    Lines {
        title,
        axis: "Day",
        places: days.iter().map(|day| words::value(Dimension::Date, &day.date)).collect(),
        brief: days.iter().map(|day| words::brief(Dimension::Date, &day.date)).collect(),
        lines: lines.into_iter().filter(|line| line.values.iter().any(Option::is_some)).collect(),
        running_from: days.iter().position(|day| !day.is_complete),
        write,
        least_top,
    }
}

fn groups(by: Dimension, answer: &LifecycleAnswer) -> AnyView {
    let groups = StoredValue::new(answer.groups.clone());
    let rows = move || {
        let head = [names::dimension(by), "Active last".to_owned()];
        let head = head.into_iter().chain(KINDS.iter().map(|(_, words, ..)| (*words).to_owned())).collect();
        let row = |group: &LifecycleGroup| {
            let done = group.buckets.iter().rfind(|bucket| bucket.is_complete).or(group.buckets.last());
            let active = done.map_or(0, |bucket| bucket.active).to_string();
            let lives: Vec<&Lives> = group.buckets.iter().filter_map(|bucket| bucket.lives.as_ref()).collect();
            let sum = |kind: &Kind| match lives.is_empty() {
                true => String::new(),
                false => lives.iter().map(|lives| kind.3(lives)).sum::<u64>().to_string(),
            };
            [names::value(by, &group.value), active].into_iter().chain(KINDS.iter().map(sum)).collect()
        };
        groups.with_value(|groups| [head].into_iter().chain(groups.iter().map(row)).collect::<Rows>())
    };
    view! {
        <section class="card people-card" aria-labelledby="groups-heading" data-testid="groups">
            <header class="people-head">
                <h3 id="groups-heading">{format!("By {}, over the whole period", names::dimension(by).to_lowercase())}</h3>
                {csv_button(move || format!("lifecycle by {by}"), rows)}
            </header>
            {table("Lifecycle by value", rows())}
        </section>
    }
    .into_any()
}

#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, or a tick between two")]
fn write(value: f64) -> String {
    format::whole(value.max(0.0).round() as u64)
}

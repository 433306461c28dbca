//! What became of those who began: figures, bars, what the others did instead, by value and over time.

use leptos::prelude::*;
use wire::analysis::{FunnelAnswer, FunnelGroup, FunnelPoint, FunnelSegment, NextAction, Times, ToldStep};
use wire::query::Dimension;

use super::super::answers::step;
use super::super::lines::{Line, Lines, lines_card};
use super::super::told::{
    Rows, csv_button, day_note, drawn_or_table, length, meta_line, percent, rate, table, unit_words,
};
use super::Editing;
use super::state::{State, interval};
use crate::components::funnel_bars::{FunnelBars, Step};
use crate::components::names;
use crate::format;
use crate::kept::Kept;
use crate::pages::explore::words;

/// What is shown of what people did next.
const NEXT: usize = 6;

/// The answer below the builder.
pub fn result(editing: Editing) -> AnyView {
    let Editing { state, asked, .. } = editing;
    let is_open = Memo::new(move |_| state.with(State::is_open));
    let hint = move || {
        is_open.get().then(|| {
            view! { <p class="card panel-empty muted people-hint">"Choose what at least two steps are: the answer comes by itself."</p> }
        })
    };
    view! {
        {hint}
        {asked.shown(move |answer| drawn(editing, answer))}
    }
    .into_any()
}

fn drawn(editing: Editing, answer: &FunnelAnswer) -> AnyView {
    let name = untrack(|| {
        let kept = editing.state.with(|state| state.funnel.clone());
        kept.and_then(|name| editing.keeping.find(&name)).map_or_else(|| "funnel".to_owned(), |kept| kept.name)
    });
    let by = editing.state.with_untracked(|state| state.by);
    let window = untrack(|| editing.state.with(State::window)).map_or(0, |window| window.ms());
    let note = (window > 3_600_000).then(|| {
        let visits = untrack(|| editing.state.get());
        let href = editing.address(&State { unit: wire::analysis::Unit::Sessions, ..visits });
        day_note(
            &answer.meta,
            "Who goes on after midnight (UTC) is not known to be the same, so their way ends there.",
            Some(view! { <a href=href>"Count visits instead"</a> }.into_any()),
        )
    });
    view! {
        {totals(answer)}
        {note}
        {steps(answer, name.clone())}
        {instead(answer)}
        {by.map(|by| groups(by, answer, name.clone()))}
        {(!answer.segments.is_empty()).then(|| segments(editing.asking.kept, answer, name.clone()))}
        {trend(untrack(|| interval(editing.asking)), answer, name)}
        {meta_line(&answer.meta)}
    }
    .into_any()
}

fn totals(answer: &FunnelAnswer) -> AnyView {
    let (many, _) = unit_words(&answer.meta.unit);
    let last = answer.steps.last().map_or(0, |last| last.users);
    let median = answer.time_to_convert.map_or_else(|| "–".to_owned(), |times| length(times.median));
    let figures = [
        (
            "conversion",
            "Conversion".to_owned(),
            rate(answer.overall_conversion_rate),
            format::data(answer.overall_conversion_rate),
        ),
        ("began", format!("{many} that began"), format::whole(answer.total_users), answer.total_users.to_string()),
        ("done", "Reached the last step".to_owned(), format::whole(last), last.to_string()),
        ("median", "Median time in all".to_owned(), median, String::new()),
    ];
    let figures = figures.map(|(name, title, words, value)| {
        view! {
            <div class="total" data-name=name data-value=value>
                <span class="kpi-title">{title}</span>
                <span class="total-value">{words}</span>
            </div>
        }
    });
    view! { <section class="card totals" aria-label="Totals" data-testid="totals">{figures}</section> }.into_any()
}

fn steps(answer: &FunnelAnswer, name: String) -> AnyView {
    let (many, _) = unit_words(&answer.meta.unit);
    let is_table = RwSignal::new(false);
    let told = StoredValue::new(answer.steps.clone());
    let rows = move || told.with_value(|steps| step_rows(many, steps));
    let body = move || {
        if is_table.get() {
            return table("The steps of the funnel", rows());
        }
        let steps = told.with_value(|steps| {
            let timed = |told: &ToldStep| Step {
                took: told.time_from_previous.map(|times| (length(times.median), spread(&times))),
                ..step(told)
            };
            steps.iter().map(timed).collect::<Vec<_>>()
        });
        view! { <FunnelBars label="Steps of the funnel".to_owned() unit=many steps/> }.into_any()
    };
    view! {
        <section class="card people-card" aria-labelledby="steps-heading" data-testid="steps">
            <header class="people-head">
                <h3 id="steps-heading">"Steps"</h3>
                {drawn_or_table(is_table)}
                {csv_button(move || format!("{name} steps"), rows)}
            </header>
            {body}
        </section>
    }
    .into_any()
}

/// A distribution in a sentence.
fn spread(times: &Times) -> String {
    let [mean, p75, p90, p95] = [times.mean, times.p75, times.p90, times.p95].map(length);
    format!(
        "Half take at most {}; mean {mean}, three quarters {p75}, nine of ten {p90}, nineteen of twenty {p95}",
        length(times.median)
    )
}

fn step_rows(many: &str, steps: &[ToldStep]) -> Rows {
    let head = ["Step", many, "Of the first", "Lost", "Of those before", "Median", "Mean", "p75", "p90", "p95"];
    let row = |step: &ToldStep| {
        let times = step.time_from_previous;
        let time = |of: fn(&Times) -> f64| times.as_ref().map(|times| length(of(times))).unwrap_or_default();
        vec![
            step.name.clone(),
            step.users.to_string(),
            rate(step.conversion_rate),
            step.dropped.to_string(),
            rate(step.drop_off_rate),
            time(|times| times.median),
            time(|times| times.mean),
            time(|times| times.p75),
            time(|times| times.p90),
            time(|times| times.p95),
        ]
    };
    [head.map(str::to_owned).to_vec()].into_iter().chain(steps.iter().map(row)).collect()
}

/// What those did who did not go on.
fn instead(answer: &FunnelAnswer) -> AnyView {
    let pairs = answer.steps.iter().zip(answer.steps.iter().skip(1)).zip(1..);
    let lists = pairs.filter(|((_, next), _)| next.dropped > 0).map(|((step, next), number)| {
        let rows = step.next_actions.iter().take(NEXT).map(|action| {
            let share = share(action.users, next.dropped);
            view! {
                <li data-name=action_words(action) data-value=action.users.to_string()>
                    <i class="bar" style:width=format::length(share)></i>
                    <span class="row-name" title=action_words(action)>{action_words(action)}</span>
                    <b>{format::short(action.users)}</b>
                    <span class="muted">{percent(share)}</span>
                </li>
            }
        });
        view! {
            <section class="card live-list" aria-label=format!("Instead of step {}", number + 1)>
                <header>
                    <h3 class="ellipsis" title=next.name.clone()>{format!("After step {number}, not {}", next.name)}</h3>
                    <span class="muted">{format::short(next.dropped)}" stopped"</span>
                </header>
                <ul class="live-rows people-next">{rows.collect_view()}</ul>
            </section>
        }
    });
    let lists: Vec<_> = lists.collect();
    if lists.is_empty() {
        return ().into_any();
    }
    view! {
        <section aria-labelledby="instead-heading" data-testid="instead">
            <h3 id="instead-heading" class="people-heading">"What the others did next"</h3>
            <div class="people-columns">{lists}</div>
        </section>
    }
    .into_any()
}

fn action_words(action: &NextAction) -> String {
    match (&action.event_type, &action.page) {
        (None, None) => "Nothing more".to_owned(),
        (Some(event), Some(page)) if event == super::super::pattern::PAGEVIEW => page.clone(),
        (Some(event), Some(page)) => format!("{event} on {page}"),
        (Some(only), None) | (None, Some(only)) => only.clone(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
fn share(part: u64, all: u64) -> f64 {
    part as f64 / all.max(1) as f64
}

fn groups(by: Dimension, answer: &FunnelAnswer, name: String) -> AnyView {
    let groups = StoredValue::new(answer.groups.clone());
    let named = move || {
        groups.with_value(|groups| groups.iter().map(|group| (names::value(by, &group.value), group.clone())).collect())
    };
    let title = format!("By {}", names::dimension(by).to_lowercase());
    told_apart("groups", title, names::dimension(by), answer, named, format!("{name} by {by}"))
}

/// Each segment beside everybody else.
fn segments(kept: Kept, answer: &FunnelAnswer, name: String) -> AnyView {
    let segments = StoredValue::new(answer.segments.clone());
    let named = move || {
        let sides = |one: &FunnelSegment| {
            let segment = kept.segment(&one.segment);
            [(format!("In {segment}"), one.inside.clone()), (format!("Not in {segment}"), one.outside.clone())]
        };
        segments.with_value(|segments| segments.iter().flat_map(sides).collect())
    };
    told_apart("segments", "By segment".to_owned(), "Segment".to_owned(), answer, named, format!("{name} by segment"))
}

/// The funnel once more for each of several groups, each under its name.
fn told_apart(
    test_id: &'static str,
    title: String,
    what: String,
    answer: &FunnelAnswer,
    groups: impl Fn() -> Vec<(String, FunnelGroup)> + Copy + Send + Sync + 'static,
    file: String,
) -> AnyView {
    let head: Vec<String> = [what].into_iter().chain(answer.steps.iter().map(|step| step.name.clone())).collect();
    let rows = move || {
        let head = head.iter().cloned().chain(["Conversion".to_owned(), "Median time".to_owned()]).collect();
        let row = |(name, group): (String, FunnelGroup)| {
            let time = group.time_to_convert.map(|times| length(times.median)).unwrap_or_default();
            let users = group.users.iter().map(u64::to_string);
            [name].into_iter().chain(users).chain([rate(group.conversion_rate), time]).collect()
        };
        [head].into_iter().chain(groups().into_iter().map(row)).collect::<Rows>()
    };
    let id = format!("{test_id}-heading");
    let shown = rows.clone();
    view! {
        <section class="card people-card" aria-labelledby=id data-testid=test_id>
            <header class="people-head">
                <h3 id=format!("{test_id}-heading")>{title.clone()}</h3>
                {csv_button(move || file.clone(), rows)}
            </header>
            {move || table(format!("The funnel: {title}"), shown())}
        </section>
    }
    .into_any()
}

fn trend(interval: Dimension, answer: &FunnelAnswer, name: String) -> AnyView {
    if answer.trend.len() < 2 {
        return ().into_any();
    }
    let place = |point: &FunnelPoint| words::value(interval, &point.time);
    let drawn = Lines {
        title: "Conversion over time, by when people began".to_owned(),
        axis: "Began",
        places: answer.trend.iter().map(place).collect(),
        brief: answer.trend.iter().map(|point| words::brief(interval, &point.time)).collect(),
        lines: vec![Line {
            name: "Conversion".to_owned(),
            values: answer.trend.iter().map(|point| Some(point.conversion_rate)).collect(),
        }],
        running_from: answer.trend.iter().position(|point| !point.is_complete),
        write: rate,
        least_top: 0.0,
    };
    let names: Vec<String> = answer.steps.iter().map(|step| step.name.clone()).collect();
    let points = StoredValue::new(answer.trend.clone());
    let rows = move || {
        let head =
            ["Began".to_owned()].into_iter().chain(names.iter().cloned()).chain(["Conversion".to_owned()]).collect();
        let row = |point: &FunnelPoint| {
            let users = point.users.iter().map(u64::to_string);
            [point.time.clone()].into_iter().chain(users).chain([format::data(point.conversion_rate)]).collect()
        };
        points.with_value(|points| [head].into_iter().chain(points.iter().map(row)).collect::<Rows>())
    };
    lines_card(drawn, "trend", csv_button(move || format!("{name} over time"), rows))
}

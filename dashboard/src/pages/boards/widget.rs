//! What a widget shows: the answer to its question, kept answered, or words.

use leptos::prelude::*;
use serde_json::Value;
use wire::analysis::{FunnelAnswer, PathsAnswer, RetentionAnswer};
use wire::query::Query;

use super::add::{CHART, NUMBERS};
use super::board::Board;
use super::kept::Widget;
use crate::components::cohort_table::CohortTable;
use crate::components::funnel_bars::FunnelBars;
use crate::format;
use crate::pages::explore::drawn::{BARS, draw};
use crate::pages::explore::figure::Drawing;
use crate::pages::explore::result::Totals;
use crate::pages::explore::state::State;
use crate::pages::explore::table::rows;
use crate::pages::explore::words;
use crate::pages::people::answers;
use crate::pages::people::asked::Asked;
use crate::pages::people::told::{day_note, unit_words};
use crate::report::{Answered, Report};

/// What it is that a widget shows: its kind, and how an answer is drawn.
fn kind(widget: &Widget) -> (String, String) {
    let kind = widget.shows.as_object().and_then(|shows| shows.keys().next().cloned()).unwrap_or_default();
    let picture = widget.shows.pointer("/report/picture").and_then(Value::as_str).unwrap_or_default();
    (kind, picture.to_owned())
}

/// The question of a widget over the dashboard's period, or over its own.
fn question(widget: &Widget, at: &str, period: &Value) -> Value {
    let mut question = widget.shows.pointer(at).cloned().unwrap_or_default();
    if !widget.keeps_range
        && let Some(fields) = question.as_object_mut()
    {
        fields.insert("date_range".to_owned(), period.clone());
    }
    question
}

/// What stands below a widget's title.
pub fn content(board: Board, widget: RwSignal<Widget>, period: Memo<Value>) -> AnyView {
    let kind = Memo::new(move |_| widget.with(kind));
    let body = move || {
        let (kind, picture) = kind.get();
        match kind.as_str() {
            "report" => report(board, widget, period, &picture),
            "funnel" => funnel(widget, asked(board, "/api/v1/funnel", "/funnel", widget, period)),
            "retention" => retention(widget, asked(board, "/api/v1/retention", "/retention", widget, period)),
            "paths" => paths(widget, asked(board, "/api/v1/paths", "/paths", widget, period)),
            "text" => text(widget),
            // A newer server's.
            _ => view! { <p class="panel-empty muted">"This version cannot show this widget."</p> }.into_any(),
        }
    };
    body.into_any()
}

fn report(board: Board, widget: RwSignal<Widget>, period: Memo<Value>, picture: &str) -> AnyView {
    let is_chart = picture == CHART;
    let query = Memo::new(move |_| {
        let asked = period.with(|period| widget.with(|widget| question(widget, "/report/query", period)));
        let query = State::of(&asked).query(&board.tracking_id.get_value());
        let time = query.dimensions.iter().copied().find(|by| by.is_time()).filter(|_| is_chart);
        match time {
            // A line is of the whole, from end to end.
            Some(time) => Query { dimensions: vec![time], limit: None, order_by: Vec::new(), totals: false, ..query },
            None => query,
        }
    });
    let report = Report::keep(query, board.rounds.reports);
    Effect::new(move || {
        if let Some(version) = report.with(|answered| answered.map(|answered| answered.answer.meta.version)) {
            board.rounds.shown.update(|shown| *shown = (*shown).max(Some(version)));
        }
    });
    let failed = move || {
        let failure = report.failure()?;
        Some(view! {
            <div class="failed" role="alert">
                <p>{failure.sentence()}</p>
                <button type="button" class="button" on:click=move |_| report.ask()>"Retry"</button>
            </div>
        })
    };
    let body = match picture {
        NUMBERS => view! { <Totals report/> }.into_any(),
        CHART => {
            let drawn = Memo::new(move |_| {
                report.with(|answered| {
                    let answered = answered?;
                    let is_time = answered.query.dimensions.first().is_some_and(|by| by.is_time());
                    draw(answered, if is_time { usize::MAX } else { BARS })
                })
            });
            view! { <Drawing drawn report/> }.into_any()
        }
        _ => {
            let label = named(widget, "Rows");
            let table = move || report.with(|answered| answered.map(|answered| table(label.clone(), answered)));
            let is_loading = move || report.with(|answered| answered.is_none());
            view! { <div class="explore-table" class:skeleton=is_loading>{table}</div> }.into_any()
        }
    };
    let has_failed = Memo::new(move |_| report.failure().is_some());
    view! {
        {failed}
        <div class="widget-body" hidden=move || has_failed.get() class:stale=move || report.is_stale()>{body}</div>
    }
    .into_any()
}

/// What a part of a widget is called among those of others.
fn named(widget: RwSignal<Widget>, what: &str) -> String {
    widget.with_untracked(|widget| format!("{what}: {}", widget.title))
}

fn table(label: String, answered: &Answered) -> AnyView {
    if answered.answer.rows.is_empty() {
        return view! { <p class="panel-empty muted">"Nothing in this period that passes the filters."</p> }.into_any();
    }
    let by = answered.query.dimensions.iter();
    let names = by.map(|by| view! { <th scope="col" class="name">{words::dimension(*by)}</th> }.into_any());
    let metrics = answered.query.metrics.iter();
    let metrics = metrics.map(|metric| view! { <th scope="col">{words::metric(*metric)}</th> }.into_any());
    rows(label, answered, names.chain(metrics).collect())
}

fn asked<T: serde::de::DeserializeOwned + Send + Sync + 'static>(
    board: Board,
    path: &'static str,
    at: &'static str,
    widget: RwSignal<Widget>,
    period: Memo<Value>,
) -> Asked<T> {
    let question =
        Memo::new(move |_| Some(period.with(|period| widget.with(|widget| question(widget, at, period))).to_string()));
    let asked = Asked::keep(path, question);
    let round = board.rounds.people;
    Effect::new(move |before: Option<u64>| {
        let now = round.get();
        if before.is_some_and(|before| before != now) {
            asked.again();
        }
        now
    });
    asked
}

fn funnel(widget: RwSignal<Widget>, asked: Asked<FunnelAnswer>) -> AnyView {
    asked.shown(move |answer| {
        let (unit, _) = unit_words(&answer.meta.unit);
        let steps: Vec<_> = answer.steps.iter().map(answers::step).collect();
        view! { <FunnelBars label=named(widget, "Steps") unit steps/> }.into_any()
    })
}

fn retention(widget: RwSignal<Widget>, asked: Asked<RetentionAnswer>) -> AnyView {
    asked.shown(move |answer| {
        let interval = widget.with_untracked(|widget| widget.shows.pointer("/retention/interval").cloned());
        let interval = interval.and_then(|name| serde_json::from_value(name).ok()).unwrap_or_default();
        let (cohorts, together) = answers::cohorts(answer, interval, usize::MAX);
        view! {
            {day_note(&answer.meta, "Who comes back on another day is not known.", None)}
            <CohortTable label=named(widget, "Who came back") period=answers::period(interval) cohorts together/>
        }
        .into_any()
    })
}

fn paths(widget: RwSignal<Widget>, asked: Asked<PathsAnswer>) -> AnyView {
    asked.shown(move |answer| {
        let columns = answer.columns.iter().enumerate().map(|(at, nodes)| {
            let nodes = nodes.iter().map(|node| {
                view! {
                    <li data-name=node.name.clone() data-value=node.users.to_string()>
                        <span class="ellipsis" title=node.name.clone()>{node.name.clone()}</span>
                        <b title=format::whole(node.users)>{format::short(node.users)}</b>
                    </li>
                }
            });
            let head = if at == 0 { "First".to_owned() } else { format!("Step {}", at + 1) };
            view! { <div><h3 class="muted">{head}</h3><ol>{nodes.collect_view()}</ol></div> }
        });
        view! { <div class="widget-paths" tabindex="0" role="region" aria-label=named(widget, "Ways")>{columns.collect_view()}</div> }
            .into_any()
    })
}

fn text(widget: RwSignal<Widget>) -> AnyView {
    let words = move || {
        let text =
            widget.with(|widget| widget.shows.get("text").and_then(Value::as_str).unwrap_or_default().to_owned());
        let lines: Vec<_> = text.lines().map(|line| view! { <p>{line.to_owned()}</p> }).collect();
        lines
    };
    view! { <div class="widget-words">{words}</div> }.into_any()
}

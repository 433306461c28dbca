//! Widgets that there can be.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wire::query::{ComparisonPeriod, Dimension, Metric};

use super::board::Board;
use super::kept::Widget;
use super::ready::period;
use crate::api::{self, Failure};
use crate::components::choice::{Choosable, choice};
use crate::manage;
use crate::pages::explore::state::State;

/// The metrics of everything.
pub const NUMBERS: &str = "numbers";

/// A line over time, bars over anything else.
pub const CHART: &str = "chart";

/// Rows.
pub const TABLE: &str = "table";

/// How an answer is shown, and what that is called.
pub const PICTURES: [(&str, &str); 3] = [(NUMBERS, "Numbers"), (CHART, "Chart"), (TABLE, "Table")];

/// What is kept of the site that a widget can show.
#[derive(Clone, Copy)]
pub struct Sources {
    /// Name and question of a report.
    reports: RwSignal<Vec<(String, Value)>>,
    /// Name and definition of a funnel.
    funnels: RwSignal<Vec<(String, Value)>>,
}

#[derive(Deserialize)]
struct Funnels {
    funnels: Vec<Value>,
}

impl Sources {
    /// Asks for them. Without them other widgets are there all the same.
    pub fn of(tracking_id: &str) -> Self {
        let sources = Self { reports: RwSignal::new(Vec::new()), funnels: RwSignal::new(Vec::new()) };
        let tracking_id = tracking_id.to_owned();
        spawn_local(async move {
            if let Ok(reports) = api::reports(&tracking_id).await {
                sources.reports.try_set(reports.into_iter().map(|report| (report.name, report.query)).collect());
            }
            let path = format!("/api/v1/funnels?tracking_id={}", api::encoded(&tracking_id));
            let found: Result<Funnels, Failure> = manage::read(&path).await;
            if let Ok(found) = found {
                let name = |funnel: &Value| Some(funnel.get("name")?.as_str()?.to_owned());
                let named = found.funnels.into_iter().filter_map(|funnel| Some((name(&funnel)?, funnel)));
                sources.funnels.try_set(named.collect());
            }
        });
        sources
    }
}

/// What a widget shows of a question about numbers.
pub fn report(tracking_id: &str, state: &State, picture: &str) -> Value {
    json!({"report": {"query": State { page: 0, ..state.clone() }.query(tracking_id), "picture": picture}})
}

fn funnel(tracking_id: &str, kept: &Value) -> Value {
    let mut query: Map<String, Value> = kept.get("definition").and_then(Value::as_object).cloned().unwrap_or_default();
    query.insert("tracking_id".to_owned(), tracking_id.into());
    query.insert("date_range".to_owned(), period());
    json!({ "funnel": query })
}

fn widget(title: &str, width: u8, shows: Value) -> Widget {
    Widget { title: title.to_owned(), width, keeps_range: false, shows }
}

/// A new widget of a kind; of a kept report or funnel the kind is `report 2`, by its place in the list.
fn made(board: Board, sources: Sources, kind: &str) -> Option<Widget> {
    let site = board.tracking_id.get_value();
    let compare = Some(ComparisonPeriod::Previous);
    let state = |metrics: &[Metric], by: &[Dimension], time| State {
        metrics: metrics.to_vec(),
        by: by.to_vec(),
        time,
        compare,
        limit: 8,
        ..State::default()
    };
    let (kind, at) = kind.split_once(' ').unwrap_or((kind, ""));
    let at = at.parse().unwrap_or(0usize);
    Some(match kind {
        NUMBERS => {
            let state = state(&[Metric::UniqueUsers, Metric::Visits, Metric::Pageviews], &[], None);
            widget("In numbers", 12, report(&site, &state, NUMBERS))
        }
        CHART => {
            let state = state(&[Metric::UniqueUsers], &[], Some(Dimension::Date));
            widget("Visitors", 12, report(&site, &state, CHART))
        }
        TABLE => {
            let state = state(&[Metric::Visits], &[Dimension::Source], None);
            widget("Sources", 6, report(&site, &state, TABLE))
        }
        "retention" => {
            let query = json!({"tracking_id": site, "date_range": period(), "interval": "week", "periods": 8});
            widget("Who comes back", 12, json!({ "retention": query }))
        }
        "paths" => {
            let query = json!({"tracking_id": site, "date_range": period(), "limit": 5});
            widget("Ways people take", 12, json!({ "paths": query }))
        }
        "text" => widget("", 12, json!({"text": "What this dashboard is for"})),
        "report" => {
            let (name, query) = sources.reports.with_untracked(|reports| reports.get(at).cloned())?;
            let state = State::of(&query);
            let picture = match (state.time, state.by.is_empty()) {
                (Some(_), _) => CHART,
                (None, true) => NUMBERS,
                (None, false) => TABLE,
            };
            widget(
                &name,
                if picture == TABLE { 6 } else { 12 },
                json!({"report": {"query": query, "picture": picture}}),
            )
        }
        "funnel" => {
            let (name, kept) = sources.funnels.with_untracked(|funnels| funnels.get(at).cloned())?;
            widget(&name, 6, funnel(&site, &kept))
        }
        _ => return None,
    })
}

/// The list to add from.
pub fn adder(board: Board, sources: Sources) -> AnyView {
    let list = Signal::derive(move || {
        board.widgets.track();
        let named = |kind: &'static str, words: &'static str, names: RwSignal<Vec<(String, Value)>>| {
            let name = move |(at, (name, _)): (usize, (String, Value))| {
                Choosable::new(format!("{kind} {at}"), format!("{words}: {name}"), false)
            };
            names.get().into_iter().enumerate().map(name).collect::<Vec<_>>()
        };
        let plain = [
            ("", "Add a widget…"),
            (NUMBERS, "Numbers"),
            (CHART, "Chart over time"),
            (TABLE, "Table"),
            ("retention", "Who comes back"),
            ("paths", "Ways people take"),
            ("text", "Text"),
        ];
        let plain = plain.into_iter().map(|(kind, words)| Choosable::new(kind, words, kind.is_empty()));
        let reports = named("report", "Report", sources.reports);
        plain.chain(reports).chain(named("funnel", "Funnel", sources.funnels)).collect()
    });
    let choose = UnsyncCallback::new(move |kind: String| {
        if let Some(widget) = made(board, sources, &kind) {
            board.add(widget);
        }
    });
    choice("Add a widget".to_owned(), "add-widget", "field add", list, choose)
}

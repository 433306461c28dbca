//! What has arrived so far. Nothing is looked for on the site itself: what is counted says all.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::query::{Answer, Cell, Dimension, Metric, Preset, Query, Span};

use super::install::Installed;
use super::test_event::TEST_EVENT;
use crate::api::{self, Failure};
use crate::components::icon::{Icon, Picture};
use crate::format;
use crate::session::Session;

/// Values that are named of each kind.
const NAMED_MAX: usize = 3;

/// What the list knows, for the rest of the page.
#[derive(Clone, Copy)]
pub struct Seen {
    /// Version of the data that it was made of.
    pub version: RwSignal<Option<u64>>,
    /// Test events that were counted.
    pub tests: RwSignal<u64>,
}

impl Seen {
    /// Before the first look.
    pub fn nothing() -> Self {
        Self { version: RwSignal::new(None), tests: RwSignal::new(0) }
    }
}

/// A value and its events.
type Counted = Vec<(String, u64)>;

/// One thing to arrive.
#[derive(Clone, Copy)]
struct Item {
    title: &'static str,
    words: RwSignal<String>,
    is_done: RwSignal<bool>,
}

impl Item {
    fn new(title: &'static str) -> Self {
        Self { title, words: RwSignal::new("…".to_owned()), is_done: RwSignal::new(false) }
    }

    fn say(self, is_done: bool, words: String) {
        self.words.try_set(words);
        self.is_done.try_set(is_done);
    }
}

/// The list; it looks again whenever `round` grows, and stays as it is where that fails.
pub fn view(site: Installed, seen: Seen, round: RwSignal<u64>, home: String) -> AnyView {
    let session = Session::of_page();
    let items = ["First event", "Pages", "Country", "Device"].map(Item::new);
    Effect::new(move || {
        round.track();
        spawn_local(async move {
            if let Err(failure) = look(&site.tracking_id.get_value(), seen, items).await {
                session.note(&failure);
            }
        });
    });
    let [begun, ..] = items;
    let count = move || items.iter().filter(|item| item.is_done.get()).count();
    view! {
        <section class="card set" data-testid="checklist">
            <div class="set-body">
                <h2>"What has arrived"</h2>
                <p class="muted">"In the last 30 days. This list fills by itself; leave it open."</p>
                <ul class="checks">{items.map(row).into_iter().collect_view()}</ul>
                <p class="visually-hidden" role="status">{count}" of 4 have arrived"</p>
                <div class="buttons" hidden=move || !begun.is_done.get()>
                    <a class="button primary" href=home>"Open the dashboard"</a>
                </div>
            </div>
        </section>
    }
    .into_any()
}

fn row(item: Item) -> AnyView {
    let picture = move || {
        let picture = if item.is_done.get() { Picture::CHECK } else { Picture::RING };
        view! { <Icon picture/> }
    };
    let state = move || if item.is_done.get() { ": done" } else { ": not yet" };
    view! {
        <li class:done=move || item.is_done.get()>
            {picture}
            <b>{item.title}<span class="visually-hidden">{state}</span></b>
            <span class="muted">{move || item.words.get()}</span>
        </li>
    }
    .into_any()
}

async fn look(tracking_id: &str, seen: Seen, items: [Item; 4]) -> Result<(), Failure> {
    let (types, version) = counted(tracking_id, Dimension::EventType).await?;
    let tests: u64 = types.iter().filter(|(kind, _)| kind == TEST_EVENT).map(|(_, events)| *events).sum();
    let all: u64 = types.iter().map(|(_, events)| *events).sum();
    let (hosts, _) = counted(tracking_id, Dimension::Hostname).await?;
    let (countries, _) = counted(tracking_id, Dimension::Country).await?;
    let (devices, _) = counted(tracking_id, Dimension::Device).await?;
    seen.tests.try_set(tests);
    seen.version.try_set(Some(version));
    let real = all.saturating_sub(tests);
    let countries = countries.into_iter().filter(|(code, _)| !code.is_empty());
    let countries: Counted = countries.map(|(code, events)| (format::country(&code), events)).collect();
    let first = match (real, tests) {
        (0, 0) => "Nothing yet.".to_owned(),
        (0, tests) => format!("Only {} sent from this page.", many(tests, "test event")),
        (real, _) => format!("{} counted.", many(real, "event")),
    };
    let named = [
        (names(&hosts), "Which host your pages are on: their first event names it."),
        (names(&countries), "Where visitors are, as the edge's network tells."),
        (names(&devices), "Phone, tablet or computer, as the browser tells."),
    ];
    let [begun, rest @ ..] = items;
    begun.say(real > 0, first);
    for (item, (names, nothing)) in rest.into_iter().zip(named) {
        let is_done = !names.is_empty();
        item.say(is_done, if is_done { names } else { nothing.to_owned() });
    }
    Ok(())
}

async fn counted(tracking_id: &str, dimension: Dimension) -> Result<(Counted, u64), Failure> {
    let query = Query {
        dimensions: vec![dimension],
        ..Query::new(tracking_id, Span::Preset(Preset::Days30), vec![Metric::Events])
    };
    let Answer { rows, meta, .. } = api::query(&query).await?;
    let name = dimension.to_string();
    let row = |mut row: wire::query::Row| match (row.remove(&name), row.remove("events")) {
        (Some(Cell::Text(value)), Some(Cell::Count(events))) => Some((value, events)),
        _ => None,
    };
    Ok((rows.into_iter().filter_map(row).collect(), meta.version))
}

/// The most frequent values.
fn names(counted: &Counted) -> String {
    let known = counted.iter().map(|(value, _)| value.as_str()).filter(|value| !value.is_empty());
    known.take(NAMED_MAX).collect::<Vec<_>>().join(", ")
}

fn many(count: u64, unit: &str) -> String {
    format!("{} {unit}{}", format::whole(count), if count == 1 { "" } else { "s" })
}

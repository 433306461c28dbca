//! Reports that are kept: the list of them, and the ways to keep, change and delete one.

use leptos::callback::UnsyncCallback;
use leptos::html::{Div, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::report::{NewReport, REPORT_NAME_BYTES_MAX, ReportChange};

use super::page::Editing;
use super::state::State;
use crate::api::{self, Failure, KeptReport as Report};
use crate::components::choice::{Choosable, choice};

/// The reports of the site, and what is done to them.
#[derive(Clone, Copy)]
pub struct Keeping {
    editing: Editing,
    reports: RwSignal<Vec<Report>>,
    failure: RwSignal<Option<Failure>>,
}

impl Keeping {
    /// Asks for the reports of a site.
    pub fn of(editing: Editing) -> Self {
        let keeping = Self { editing, reports: RwSignal::new(Vec::new()), failure: RwSignal::new(None) };
        spawn_local(async move {
            if let Ok(list) = api::reports(&editing.tracking_id.get_value()).await {
                keeping.reports.try_set(list);
            }
        });
        keeping
    }

    /// The kept report that is shown, changed or not.
    pub fn shown(self) -> Option<Report> {
        let number = self.editing.state.with(|state| state.report)?;
        self.reports.with(|reports| reports.iter().find(|report| report.report == number).cloned())
    }

    /// The same, unfollowed.
    pub fn shown_untracked(self) -> Option<Report> {
        untrack(|| self.shown())
    }

    /// Whether what is shown differs from what is kept.
    fn is_changed(self) -> bool {
        let Some(report) = self.shown() else { return false };
        let state = self.editing.state.get();
        let kept = State { report: state.report, page: state.page, ..State::of(&report.query) };
        kept != state
    }

    /// The question shown, as it is kept: from its first row on.
    fn query(self) -> wire::query::Query {
        let tracking_id = self.editing.tracking_id.get_value();
        self.editing.state.with_untracked(|state| State { page: 0, ..state.clone() }.query(&tracking_id))
    }

    /// Takes a report as the server has it now, and shows it.
    fn take(self, report: Report) {
        let number = report.report;
        self.failure.try_set(None);
        self.reports.try_update(|reports| {
            reports.retain(|other| other.report != number);
            reports.push(report);
            reports.sort_by(|one, other| one.name.cmp(&other.name));
        });
        let state = self.editing.state.try_get_untracked();
        if let Some(state) = state.filter(|state| state.report != Some(number)) {
            self.editing.show(&State { report: Some(number), ..state });
        }
    }

    fn make(self, name: String, is_done: RwSignal<bool>) {
        let new = NewReport { name, query: self.query() };
        spawn_local(async move {
            let made = api::keep_report(&self.editing.tracking_id.get_value(), &new).await;
            self.done(made, is_done);
        });
    }

    fn change(self, change: ReportChange, is_done: RwSignal<bool>) {
        let Some(number) = self.editing.state.with_untracked(|state| state.report) else { return };
        spawn_local(async move {
            let changed = api::change_report(&self.editing.tracking_id.get_value(), number, &change).await;
            self.done(changed, is_done);
        });
    }

    fn done(self, result: Result<Report, Failure>, is_done: RwSignal<bool>) {
        match result {
            Ok(report) => {
                is_done.try_set(true);
                self.take(report);
            }
            Err(failure) => {
                self.failure.try_set(Some(failure));
            }
        }
    }

    fn remove(self) {
        let Some(number) = self.editing.state.with_untracked(|state| state.report) else { return };
        spawn_local(async move {
            match api::remove_report(&self.editing.tracking_id.get_value(), number).await {
                Ok(()) => {
                    self.reports.try_update(|reports| reports.retain(|report| report.report != number));
                    if let Some(state) = self.editing.state.try_get_untracked() {
                        self.editing.show(&State { report: None, ..state });
                    }
                }
                Err(failure) => {
                    self.failure.try_set(Some(failure));
                }
            }
        });
    }
}

/// The reports to choose from, where there are any.
#[component]
pub fn SavedReports(
    /// Those that are kept.
    keeping: Keeping,
) -> impl IntoView {
    let list = Signal::derive(move || {
        let chosen = keeping.editing.state.with(|state| state.report);
        let reports = keeping.reports.get().into_iter();
        let reports =
            reports.map(|kept| Choosable::new(kept.report.to_string(), kept.name, chosen == Some(kept.report)));
        [Choosable::new("", "New report", chosen.is_none())].into_iter().chain(reports).collect()
    });
    let choose = UnsyncCallback::new(move |chosen: String| {
        let number = chosen.parse::<i64>().ok();
        let reports = keeping.reports.get_untracked();
        let next = match reports.iter().find(|report| Some(report.report) == number) {
            Some(report) => State { report: number, ..State::of(&report.query) },
            None => State::default(),
        };
        keeping.editing.show(&next);
    });
    view! {
        <div class="build-line" hidden=move || keeping.reports.with(Vec::is_empty)>
            <span class="build-label" aria-hidden="true">"Report"</span>
            <div class="build-parts">{choice("Report".to_owned(), "saved", "field", list, choose)}</div>
        </div>
    }
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Nothing,
    Naming,
    Renaming,
    Deleting,
}

/// The name of the report, and the ways to keep it.
#[component]
pub fn SaveBar(
    /// Those that are kept.
    keeping: Keeping,
) -> impl IntoView {
    let doing = RwSignal::new(Doing::Nothing);
    let is_done = RwSignal::new(false);
    let bar = NodeRef::<Div>::new();
    Effect::new(move || {
        if is_done.get() {
            is_done.set(false);
            doing.set(Doing::Nothing);
        }
    });
    // What had the focus goes with what is done.
    Effect::new(move |before: Option<Doing>| {
        let now = doing.get();
        if let Some(bar) = bar
            .get_untracked()
            .filter(|_| before.is_some_and(|before| before != now) && !matches!(now, Doing::Naming | Doing::Renaming))
        {
            let _ = bar.focus();
        }
        now
    });
    let button = move |words: &'static str, next: Doing| {
        view! {
            <button type="button" class="button quiet" on:click=move |_| {
                keeping.failure.set(None);
                doing.set(next);
            }>{words}</button>
        }
    };
    let shown = Memo::new(move |_| keeping.shown().map(|report| report.name));
    let is_changed = Memo::new(move |_| keeping.is_changed());
    let tools = move || match (doing.get(), shown.get()) {
        (Doing::Naming, _) => form(keeping, doing, is_done, String::new()),
        (Doing::Renaming, Some(name)) => form(keeping, doing, is_done, name),
        (Doing::Deleting, Some(_)) => view! {
            <span>"Delete it for everybody?"</span>
            <button type="button" class="button danger" on:click=move |_| {
                doing.set(Doing::Nothing);
                keeping.remove();
            }>"Delete"</button>
            {button("Cancel", Doing::Nothing)}
        }
        .into_any(),
        (_, Some(_)) => {
            let save = move |_| {
                let change = ReportChange { name: None, query: Some(keeping.query()) };
                keeping.change(change, is_done);
            };
            let save = move || {
                is_changed
                    .get()
                    .then(|| view! { <button type="button" class="button" on:click=save>"Save changes"</button> })
            };
            view! {
                {save}
                {button("Rename", Doing::Renaming)}
                {button("Save as…", Doing::Naming)}
                {button("Delete…", Doing::Deleting)}
            }
            .into_any()
        }
        (_, None) => view! {
            <button type="button" class="button" on:click=move |_| doing.set(Doing::Naming)>"Save report"</button>
        }
        .into_any(),
    };
    view! {
        <div class="save-bar" data-testid="save" tabindex="-1" node_ref=bar>
            <h2>
                {move || shown.get().unwrap_or_else(|| "Report".to_owned())}
                <span class="muted">{move || is_changed.get().then_some(" · changed")}</span>
            </h2>
            {tools}
            {move || keeping.failure.get().map(|failure| view! { <p class="fault" role="alert">{failure.sentence()}</p> })}
        </div>
    }
}

/// Asks for a name: of a new report, or another of the one shown.
fn form(keeping: Keeping, doing: RwSignal<Doing>, is_done: RwSignal<bool>, present: String) -> AnyView {
    let name = RwSignal::new(present.clone());
    let is_new = present.is_empty();
    let input = NodeRef::<Input>::new();
    Effect::new(move || {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let name = name.get_untracked();
        match is_new {
            true => keeping.make(name, is_done),
            false => keeping.change(ReportChange { name: Some(name), query: None }, is_done),
        }
    };
    view! {
        <form class="save-form" on:submit=save>
            <input
                class="field"
                aria-label="Name of the report"
                placeholder="Name of the report"
                node_ref=input
                required=true
                maxlength=REPORT_NAME_BYTES_MAX.to_string()
                prop:value=present
                on:input=move |event| name.set(event_target_value(&event))
            />
            <button type="submit" class="button">"Save"</button>
            <button type="button" class="button quiet" on:click=move |_| {
                keeping.failure.set(None);
                doing.set(Doing::Nothing);
            }>"Cancel"</button>
        </form>
    }
    .into_any()
}

//! The page: what is asked at the top, what is answered below; all of it in the address.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_split_helpers::wasm_split;

use super::super::sign_in::Gate;
use super::builder::Builder;
use super::filters::Filters;
use super::ready::ReadyReports;
use super::result::Answered;
use super::saved::{Keeping, SavedReports};
use super::state::State;
use crate::address::Address;
use crate::api::{self, Failure};
use crate::components::{PageBar, SiteTab, site_name};
use crate::kept::Segment;
use crate::later::{Loaded, later};
use crate::manage;
use crate::shown::unescape;

/// The way to another address of this page.
type Go = Rc<dyn Fn(&str)>;

/// The report shown, and the ways to change it.
#[derive(Clone, Copy)]
pub struct Editing {
    /// The site.
    pub tracking_id: StoredValue<String>,
    /// The report, as the address says it.
    pub state: Memo<State>,
    /// Segments of the site, for filters.
    pub segments: RwSignal<Vec<Segment>>,
    /// Why it was not answered.
    pub failure: RwSignal<Option<Failure>>,
    go: StoredValue<Go, LocalStorage>,
}

impl Editing {
    /// Another report, from its first page on: one step of the history.
    pub fn change(self, edit: impl FnOnce(&mut State)) {
        let mut next = self.state.get_untracked();
        edit(&mut next);
        next.page = 0;
        self.show(&next);
    }

    /// Shows a report.
    pub fn show(self, next: &State) {
        if self.state.with_untracked(|state| state != next) {
            self.go.with_value(|go| go(&next.search()));
        }
    }

    /// What the server says about a part of the question.
    pub fn fault(self, field: &'static str) -> AnyView {
        let words = move || {
            self.failure.with(|failure| {
                let failure =
                    failure.as_ref().filter(|failure| failure.field().is_some_and(|at| at.starts_with(field)));
                failure.map(|failure| view! { <p class="fault" role="alert">{failure.sentence()}</p> })
            })
        };
        words.into_any()
    }
}

/// The page, for who is signed in.
#[component]
pub fn ExplorePage(
    /// The site.
    tracking_id: String,
) -> impl IntoView {
    view! {
        <Gate>
            <Explore tracking_id=tracking_id.clone()/>
        </Gate>
    }
}

#[component]
fn Explore(tracking_id: String) -> impl IntoView {
    let address = Address::of_page();
    let state = Memo::new(move |_| State::read(|name| address.all(name), unescape));
    let go: Go = Rc::new(move |search| address.go(search));
    let editing = Editing {
        tracking_id: StoredValue::new(tracking_id.clone()),
        state,
        segments: RwSignal::new(Vec::new()),
        failure: RwSignal::new(None),
        go: StoredValue::new_local(go),
    };
    let properties = RwSignal::new(Vec::new());
    let site = tracking_id.clone();
    spawn_local(async move {
        // Without them the other dimensions are there all the same.
        if let Ok(declared) = api::properties(&site).await {
            properties.try_set(declared);
        }
        // A filter by one of them says its number then.
        if let Ok(kept) = manage::segments(&site).await {
            editing.segments.try_set(kept);
        }
    });
    let keeping = Keeping::of(editing);
    let name = site_name(&tracking_id);
    Effect::new(move || {
        let report = keeping.shown().map(|report| format!("{} · ", report.name)).unwrap_or_default();
        document().set_title(&format!("{report}Explore {} · Tidemark", name.get()));
    });
    let is_asked = Memo::new(move |_| state.with(|state| !state.metrics.is_empty()));
    Effect::new(move || {
        if !is_asked.get() {
            editing.failure.set(None);
        }
    });
    let below = move || {
        if is_asked.get() {
            return view! { <Answered editing keeping/> }.into_any();
        }
        view! {
            <section class="explore-begin" aria-labelledby="begin-heading">
                <h2 id="begin-heading">"Choose a metric, or begin with one of these"</h2>
                <ReadyReports/>
            </section>
        }
        .into_any()
    };
    view! {
        <a class="skip" href="#content">"Skip to content"</a>
        <PageBar tracking_id name tab=SiteTab::Explore/>
        <main class="page explore" id="content" tabindex="-1">
            <section class="card build" aria-label="Report" data-testid="builder">
                <SavedReports keeping/>
                {later(move || Box::pin(choices(editing, properties)))}
            </section>
            {below}
        </main>
    }
}

#[wasm_split(explore, fallible)]
fn choices(editing: Editing, properties: RwSignal<Vec<String>>) -> Loaded {
    Ok(view! {
        <Builder editing properties/>
        <Filters editing properties/>
    }
    .into_any())
}

//! The frame of a question: bar, other questions, period, time zone, filters; and what its page needs of them.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::query::{Filters, Span};

use super::super::sign_in::Gate;
use super::known::Known;
use super::said::Said;
use super::{ALL, Question};
use crate::api;
use crate::audience::Audience;
use crate::clock::Clock;
use crate::components::form::focus_later;
use crate::components::{Edited, FilterBar, PageBar, SiteTab, period_picker, site_name, use_shortcuts};
use crate::dialogs::{Dialogs, dialogs};
use crate::kept::Kept;
use crate::overview::{Piece, piece};
use crate::session::Session;
use crate::shown::Shown;
use crate::view::View;
use crate::view::filter;

/// What is asked about: the site, when, and of whom; and what the page says of itself.
#[derive(Clone, Copy)]
pub struct Asking {
    /// The site.
    pub tracking_id: StoredValue<String>,
    /// Period, time zone and filters, as the address has them.
    pub shown: Shown,
    /// What is kept of the site, and whether whoever looks may keep more.
    pub kept: Kept,
    /// What the site's events are called.
    pub known: Known,
}

impl Asking {
    /// The site.
    pub fn site(self) -> String {
        self.tracking_id.get_value()
    }

    /// When.
    pub fn span(self) -> Span {
        self.shown.with(|view| view.period.span())
    }

    /// What holds for all events that count.
    pub fn filters(self) -> Filters {
        self.shown.with(|view| filter::all(&view.conditions))
    }

    /// Whose days are meant, where those are not to be the site's.
    pub fn zone(self) -> Option<String> {
        self.shown.with(|view| view.zone.clone())
    }

    /// What the page says of itself.
    pub fn said(self) -> Said {
        self.shown.with(|view| Said(view.own.clone()))
    }

    /// Says something else: one step in the history.
    pub fn say(self, said: Said) {
        let view = untrack(|| self.shown.view());
        self.shown.show(&View { own: said.0, ..view });
    }

    /// The address of the page that says something else, for links.
    pub fn address(self, said: Said) -> String {
        self.shown.with(|view| self.shown.address(&View { own: said.0, ..view.clone() }))
    }

    /// The address of another question over the same period, about the same people.
    pub fn elsewhere(self, path: &str, said: Said) -> String {
        let search = self.shown.with(|view| View { own: said.0, ..view.clone() }.to_url(crate::shown::escape));
        self.tracking_id.with_value(|site| format!("/sites/{}/{path}{search}", api::encoded(site)))
    }

    /// Takes note of the time zone of an answer: days are counted by it.
    pub fn note_zone(self, zone: &str) {
        self.shown.note_zone(zone);
    }
}

/// A page: what stands below the bar.
pub type Content = fn(Asking) -> AnyView;

/// A page in its frame, for who is signed in.
pub fn framed(question: Question, tracking_id: String, content: Content) -> AnyView {
    view! { <Gate>{frame(question, tracking_id.clone(), content)}</Gate> }.into_any()
}

fn frame(question: Question, tracking_id: String, content: Content) -> AnyView {
    let shown = Shown::of_address(Clock::start());
    let kept = Kept::of(tracking_id.clone(), Audience::Person);
    let known = Known::of(&tracking_id);
    let asking = Asking { tracking_id: StoredValue::new(tracking_id.clone()), shown, kept, known };
    let title = ALL.iter().find(|(known, ..)| *known == question).map_or("", |(.., words)| words);
    let name = site_name(&tracking_id);
    Effect::new(move || document().set_title(&format!("{title} {} · Tidemark", name.get())));
    let (edited, is_listed, is_finding): (Edited, _, _) =
        (RwSignal::new(None), RwSignal::new(false), RwSignal::new(false));
    let sites = RwSignal::new(Vec::new());
    let session = Session::of_page();
    spawn_local(async move {
        match api::sites().await {
            Ok(answer) => {
                sites.try_set(answer.sites);
            }
            Err(failure) => session.note(&failure),
        }
    });
    use_shortcuts(shown, edited, is_listed, is_finding, sites);
    let skip = move |event: web_sys::MouseEvent| {
        // The focus moves without leaving a fragment in the address.
        event.prevent_default();
        focus_later("content".to_owned());
    };
    let second = view! {
        {others(asking, question)}
        <FilterBar shown edited kept/>
        {period_picker(shown, ().into_any())}
    };
    view! {
        <a class="skip" href="#content" on:click=skip>"Skip to content"</a>
        <PageBar tracking_id name tab=SiteTab::People second=second.into_any()/>
        <main class="page people" id="content" tabindex="-1" data-testid=title>
            <h2 class="visually-hidden">{title}</h2>
            {content(asking)}
        </main>
        {dialogs(Dialogs { shown, totals: None, edited, is_listed, is_finding, sites, kept })}
        {piece(Piece::Start(kept, shown))}
    }
    .into_any()
}

/// The other questions, about the same people over the same period.
fn others(asking: Asking, question: Question) -> AnyView {
    let links = ALL.iter().map(|(other, path, words)| {
        let href = move || asking.elsewhere(path, Said::default());
        view! { <a href=href aria-current=(*other == question).then_some("page")>{*words}</a> }
    });
    view! { <nav class="people-nav" aria-label="Questions">{links.collect_view()}</nav> }.into_any()
}

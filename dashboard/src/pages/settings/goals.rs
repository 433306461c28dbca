//! What counts as a conversion.

use leptos::prelude::*;
use wire::account::Permission;
use wire::change::SettingsChange;
use wire::site::Goal;

use super::managed::Managed;
use crate::components::confirm::{Ask, confirm};
use crate::components::field::{TEXT, Text, choice, field, only_if};
use crate::components::form::{Card, Form, Lock, SAVE, focus_later, form_card};
use crate::components::rows::{Row, rows, section};

/// A page view, as goals and events call it.
const PAGEVIEW: &str = "pageview";

const NAME: &str = "settings.goals.name";
const EVENT: &str = "settings.goals.event_type";
const PATH: &str = "settings.goals.path";

/// A goal as it is filled in.
#[derive(Clone, Copy)]
struct Draft {
    form: Form,
    name: RwSignal<String>,
    kind: RwSignal<String>,
    event_type: RwSignal<String>,
    path: RwSignal<String>,
    /// The name of the goal that is changed; empty for a new one.
    changed: RwSignal<String>,
}

impl Draft {
    fn clear(self) {
        for text in [self.name, self.event_type, self.path, self.changed] {
            text.try_set(String::new());
        }
    }

    fn change(self, goal: &Goal) {
        let is_page = goal.event_type == PAGEVIEW;
        self.changed.set(goal.name.clone());
        self.name.set(goal.name.clone());
        self.kind.set(if is_page { PAGEVIEW } else { "event" }.to_owned());
        self.event_type.set(if is_page { String::new() } else { goal.event_type.clone() });
        self.path.set(goal.path.clone().unwrap_or_default());
        focus_later(self.form.id(NAME));
    }

    fn goal(self) -> Option<Goal> {
        let name = self.form.filled(NAME, self.name)?;
        if self.kind.with_untracked(|kind| kind == PAGEVIEW) {
            let path = Some(self.form.filled(PATH, self.path)?);
            return Some(Goal { name, event_type: PAGEVIEW.to_owned(), path });
        }
        let event_type = self.form.filled(EVENT, self.event_type)?;
        let path = Some(self.path.get_untracked()).filter(|path| !path.trim().is_empty());
        Some(Goal { name, event_type, path })
    }
}

/// The goals, and a form for one more or for another shape of one.
pub fn view(site: Managed) -> Vec<AnyView> {
    let lock = site.lock(Permission::SitesWrite);
    let text = || RwSignal::new(String::new());
    let form = Form::new("goal", &[NAME, EVENT, PATH], lock);
    let kind = RwSignal::new(PAGEVIEW.to_owned());
    let draft = Draft { form, name: text(), kind, event_type: text(), path: text(), changed: text() };
    let list = move || {
        site.round.track();
        let goals = site.settings().goals.into_iter().enumerate();
        let goals = goals.map(|(at, goal)| row(site, draft, lock, at, goal)).collect();
        rows(goals, "No goals yet. A goal is an event, or a page, that you want visitors to reach.")
    };
    let words = "What visitors are wanted to do. A visit that reaches one is converted.";
    let mut parts = vec![section("Goals".to_owned(), words, vec![list.into_any()])];
    if lock == Lock::Open {
        parts.push(adding(site, draft));
    }
    parts
}

fn row(site: Managed, draft: Draft, lock: Lock, at: usize, goal: Goal) -> Row {
    let (title, what, removed) = (goal.name.clone(), goal.name.clone(), goal.name.clone());
    let (label, lines) = (format!("Edit {}", goal.name), vec![shape(&goal)]);
    if lock == Lock::Shut {
        return Row { title, lines, ..Row::default() };
    }
    let question = "What it counted so far stays.";
    let remove = confirm(Ask { id: format!("goal-{at}"), action: "Remove", what, question }, site.round, move || {
        let mut goals = site.settings().goals;
        goals.retain(|goal| goal.name != removed);
        site.sending(SettingsChange { goals: Some(goals), ..Default::default() })
    });
    let edit = view! {
        <button type="button" class="button quiet" aria-label=label on:click=move |_| draft.change(&goal)>"Edit"</button>
    };
    Row { title, lines, actions: vec![edit.into_any(), remove], below: None }
}

fn adding(site: Managed, draft: Draft) -> AnyView {
    let form = draft.form;
    let read = move || {
        let goal = draft.goal()?;
        let mut goals = site.settings().goals;
        match goals.iter_mut().find(|before| draft.changed.with_untracked(|changed| before.name == *changed)) {
            Some(before) => *before = goal,
            None => goals.push(goal),
        }
        Some(SettingsChange { goals: Some(goals), ..Default::default() })
    };
    // What was sent is in the list then.
    let send = site.send_then(read, move || draft.clear());
    let changing = view! {
        <p class="note" hidden=move || draft.changed.with(String::is_empty)>
            "You are changing "<b>{move || draft.changed.get()}</b>". "
            <button type="button" class="button quiet" on:click=move |_| draft.clear()>"Add a new one instead"</button>
        </p>
    };
    let hint = "* is any part of one segment, ** any part of the path. For an event it may be left empty: then any page will do.";
    let fields = vec![
        changing.into_any(),
        field(form, draft.name, Text { name: NAME, label: "Name", placeholder: "Signed up", ..TEXT }),
        choice(form, draft.kind, "kind", "Reached by", &[(PAGEVIEW, "Seeing a page"), ("event", "An event")]),
        only_if(
            move || draft.kind.with(|kind| kind != PAGEVIEW),
            vec![field(form, draft.event_type, Text { name: EVENT, label: "Event", placeholder: "signup", ..TEXT })],
        ),
        field(form, draft.path, Text { name: PATH, label: "Path", placeholder: "/thanks/**", hint, ..TEXT }),
    ];
    let words = "It counts from now on. What was counted before stays as it is.";
    form_card(form, Card { title: "Add a goal", words, action: "Save the goal", ..SAVE }, send, fields)
}

fn shape(goal: &Goal) -> String {
    match (goal.event_type.as_str(), &goal.path) {
        (PAGEVIEW, Some(path)) => format!("sees {path}"),
        (PAGEVIEW, None) => "sees any page".to_owned(),
        (event, Some(path)) => format!("{event} on {path}"),
        (event, None) => event.to_owned(),
    }
}

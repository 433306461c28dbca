//! One dashboard: its widgets side by side, twelve columns wide.

use leptos::prelude::*;
use serde_json::{Value, json};
use wire::account::Permission;

use super::add::{Sources, adder};
use super::drag::dragging;
use super::edit;
use super::kept::{self, Dashboard, Layout, Widget};
use super::rounds::Rounds;
use super::tools::tools;
use super::widget;
use crate::address::Address;
use crate::api::Failure;
use crate::audience::Audience;
use crate::components::form::focus_later;
use crate::components::panel::panel;
use crate::manage::Granted;
use crate::pages::explore::names::span;
use crate::shown::unescape;
use crate::view::carried::{self, RANGE};

/// A widget where it is: by its number it stays the same while others move.
#[derive(Clone, Copy)]
pub struct Placed {
    /// Its number on this page.
    pub id: usize,
    /// The widget.
    pub widget: RwSignal<Widget>,
}

/// A dashboard on the screen.
#[derive(Clone, Copy)]
pub struct Board {
    /// The site.
    pub tracking_id: StoredValue<String>,
    /// As the server has it.
    pub kept: RwSignal<Dashboard>,
    /// Its name, as it is to be.
    pub name: RwSignal<String>,
    /// Its widgets, as they are to be.
    pub widgets: RwSignal<Vec<Placed>>,
    /// When, as JSON has it: the address' or its own.
    pub period: Memo<Value>,
    /// Whether it is being changed.
    pub is_editing: RwSignal<bool>,
    /// The widget that is dragged, and the one whose place it is to take.
    pub dragged: RwSignal<Option<(usize, Option<usize>)>>,
    /// Why it was not saved.
    pub failure: RwSignal<Option<Failure>>,
    /// When questions are asked again.
    pub rounds: Rounds,
    /// What whoever looks may do.
    pub rights: Rights,
    next: StoredValue<usize>,
}

/// What may be done to a dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Change it.
    pub may_write: bool,
    /// Make links to it.
    pub may_share: bool,
}

impl Board {
    fn of(tracking_id: &str, dashboard: Dashboard, audience: Audience, rights: Rights) -> Self {
        let address = Address::of_page();
        let kept = RwSignal::new(dashboard);
        let period = Memo::new(move |_| {
            let asked = address.all(RANGE).first().and_then(|text| span(&unescape(text)));
            // Who comes from another page brings its period along.
            let brought = || address.query.with(|query| carried::said(query, unescape)).map(|period| period.span());
            let asked = asked.or_else(brought).and_then(|span| serde_json::to_value(span).ok());
            asked.unwrap_or_else(|| kept.with(|kept| kept.layout.date_range.clone()))
        });
        let board = Self {
            tracking_id: StoredValue::new(tracking_id.to_owned()),
            kept,
            name: RwSignal::new(String::new()),
            widgets: RwSignal::new(Vec::new()),
            period,
            is_editing: RwSignal::new(false),
            dragged: RwSignal::new(None),
            failure: RwSignal::new(None),
            rounds: Rounds::follow(tracking_id, audience, period),
            rights,
            next: StoredValue::new(0),
        };
        board.begin_anew();
        board
    }

    /// What is kept, and nothing that was changed since.
    pub fn begin_anew(self) {
        let Dashboard { name, layout, .. } = self.kept.get_untracked();
        let widgets = layout.widgets.into_iter().map(|widget| self.placed(widget)).collect();
        self.name.set(name);
        self.widgets.set(widgets);
        self.failure.set(None);
    }

    /// The same as JSON has it: what it is called, and its layout.
    pub fn change(self) -> Value {
        let widgets = self
            .widgets
            .with_untracked(|widgets| widgets.iter().map(|placed| placed.widget.get_untracked()).collect::<Vec<_>>());
        let layout = Layout { date_range: self.period.get_untracked(), widgets };
        json!({"name": self.name.get_untracked(), "layout": layout})
    }

    /// One more, at the end.
    pub fn add(self, widget: Widget) {
        let placed = self.placed(widget);
        self.widgets.update(|widgets| widgets.push(placed));
        focus_later(edit::title_id(placed.id));
    }

    /// One less.
    pub fn remove(self, id: usize) {
        self.widgets.update(|widgets| widgets.retain(|placed| placed.id != id));
        focus_later("content".to_owned());
    }

    /// Moves one by so many places, as far as there are places.
    pub fn shift(self, id: usize, by: isize) {
        self.widgets.update(|widgets| {
            let Some(at) = widgets.iter().position(|placed| placed.id == id) else { return };
            let to = at.saturating_add_signed(by).min(widgets.len().saturating_sub(1));
            let placed = widgets.remove(at);
            widgets.insert(to, placed);
        });
        // What is moved on the screen loses the focus.
        focus_later(edit::shift_id(id, by));
    }

    /// Puts one in the place of another.
    pub fn place(self, id: usize, of: usize) {
        self.widgets.update(|widgets| {
            let at = |id: usize| widgets.iter().position(|placed| placed.id == id);
            let (Some(from), Some(to)) = (at(id), at(of)) else { return };
            let placed = widgets.remove(from);
            widgets.insert(to, placed);
        });
    }

    fn placed(self, widget: Widget) -> Placed {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        Placed { id, widget: RwSignal::new(widget) }
    }
}

/// A dashboard of a site, once it is there.
pub fn board(tracking_id: String, number: i64, audience: Audience, title: RwSignal<String>) -> AnyView {
    panel(RwSignal::new(0), move || {
        let tracking_id = tracking_id.clone();
        Box::pin(async move {
            let dashboard = kept::read(&tracking_id, number).await?;
            let mut rights = Rights { may_write: false, may_share: false };
            // Who came by a link looks alone.
            if audience == Audience::Person {
                let granted = Granted::ask().await?;
                rights.may_write = granted.may(&tracking_id, Permission::SitesWrite);
                rights.may_share = granted.may(&tracking_id, Permission::SharesWrite);
            }
            Ok(drawn(Board::of(&tracking_id, dashboard, audience, rights), audience, title))
        })
    })
}

fn drawn(board: Board, audience: Audience, title: RwSignal<String>) -> AnyView {
    Effect::new(move || title.set(board.name.get()));
    dragging(board);
    let is_empty = Memo::new(move |_| board.widgets.with(Vec::is_empty));
    let nothing = move || {
        let words = match (board.rights.may_write, board.is_editing.get()) {
            (true, false) => "Nothing is on this dashboard yet. Choose “Edit” to add the first widget.",
            (true, true) => {
                "Nothing is on this dashboard yet. Add a widget above: numbers, a chart, a table, a funnel."
            }
            (false, _) => "Nothing is on this dashboard yet.",
        };
        is_empty.get().then(|| view! { <p class="card boards-empty muted">{words}</p> })
    };
    let adding = move || {
        board.is_editing.get().then(|| {
            let sources = Sources::of(&board.tracking_id.get_value());
            view! { <div class="board-adding">{adder(board, sources)}</div> }
        })
    };
    view! {
        {tools(board, audience)}
        {adding}
        {nothing}
        <div class="board-grid" data-testid="board" class:editing=move || board.is_editing.get()>
            <For each=move || board.widgets.get() key=|placed| placed.id let(placed)>
                {card(board, placed)}
            </For>
        </div>
    }
    .into_any()
}

fn card(board: Board, placed: Placed) -> AnyView {
    let widget = placed.widget;
    let title = Memo::new(move |_| widget.with(|widget| widget.title.clone()));
    let columns = move || widget.with(|widget| widget.width.to_string());
    let is_text = Memo::new(move |_| widget.with(|widget| widget.shows.get("text").is_some()));
    let head = move || match board.is_editing.get() {
        true => edit::controls(board, placed),
        false => {
            view! { <h2 class="widget-title" hidden=move || title.with(String::is_empty)>{move || title.get()}</h2> }
                .into_any()
        }
    };
    let period = Memo::new(move |_| board.period.get());
    let is_dragged = move || board.dragged.get().is_some_and(|(dragged, _)| dragged == placed.id);
    let is_aimed = move || board.dragged.get().is_some_and(|(_, over)| over == Some(placed.id)) && !is_dragged();
    view! {
        <section
            class="card widget"
            class:widget-text=move || is_text.get()
            class:dragged=is_dragged
            class:aimed=is_aimed
            data-widget=placed.id.to_string()
            style:--columns=columns
            aria-label=move || title.with(|title| if title.is_empty() { "Widget".to_owned() } else { title.clone() })
            data-testid="widget"
            data-name=move || title.get()
        >
            {head}
            {widget::content(board, widget, period)}
        </section>
    }
    .into_any()
}

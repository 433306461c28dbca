//! The head of a dashboard: its name, its period, and what may be done to it.

use gloo_net::http::Method;
use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use serde_json::{Value, json};
use wire::dashboard::DASHBOARD_NAME_BYTES_MAX;

use super::board::Board;
use super::kept;
use crate::address::Address;
use crate::api::{self, Failure};
use crate::audience::Audience;
use crate::components::CopyButton;
use crate::components::choice::{Choosable, choice};
use crate::components::form::focus_later;
use crate::manage;
use crate::pages::explore::names::Named;
use crate::pages::explore::words::PRESETS;
use crate::session::Session;
use crate::shown::{escape, unescape};
use crate::view::View;
use crate::view::carried::RANGE;
use crate::view::period::Period;

/// Id of the button that begins a change.
const EDIT: &str = "board-edit";

/// What is read of [`wire::grant::Share`].
#[derive(Deserialize)]
struct Link {
    url: String,
}

/// The head of the page.
pub fn tools(board: Board, audience: Audience) -> AnyView {
    let session = Session::of_page();
    let link = RwSignal::new(None::<String>);
    let failed = move |failure: Failure| {
        session.note(&failure);
        board.failure.try_set(Some(failure));
    };
    let save = move || {
        let change = board.change();
        spawn_local(async move {
            let (site, number) = (board.tracking_id.get_value(), board.kept.with_untracked(|kept| kept.dashboard));
            match kept::change(&site, number, &change).await {
                Ok(kept) => {
                    board.kept.try_set(kept);
                    board.failure.try_set(None);
                    board.is_editing.try_set(false);
                    focus_later(EDIT.to_owned());
                }
                Err(failure) => failed(failure),
            }
        });
    };
    let share = move |_| {
        spawn_local(async move {
            let (site, number) = (board.tracking_id.get_value(), board.kept.with_untracked(|kept| kept.dashboard));
            let body = json!({"name": board.name.get_untracked(), "dashboard": number});
            let made = manage::send(Method::POST, &manage::of_site(&site, "/shares"), &body).await;
            match made.and_then(|answered| manage::parsed::<Link>(&answered)) {
                Ok(made) => {
                    link.try_set(Some(made.url));
                }
                Err(failure) => failed(failure),
            }
        });
    };
    let page = Address::of_page();
    let clone = move |_| {
        spawn_local(async move {
            match duplicate(board).await {
                Ok(path) => page.go(&path),
                Err(failure) => failed(failure),
            }
        });
    };
    let cancel = move |_| {
        board.begin_anew();
        board.is_editing.set(false);
        focus_later(EDIT.to_owned());
    };
    let rights = board.rights;
    let buttons = move || {
        match board.is_editing.get() {
        true => view! {
            <button type="button" class="button primary" on:click=move |_| save()>"Save"</button>
            <button type="button" class="button quiet" on:click=cancel>"Cancel"</button>
        }
        .into_any(),
        false => view! {
            {rights.may_share.then(|| view! { <button type="button" class="button quiet" on:click=share>"Share"</button> })}
            {rights.may_write.then(|| view! {
                <button type="button" class="button quiet" on:click=clone>"Duplicate"</button>
                <button id=EDIT type="button" class="button" on:click=move |_| board.is_editing.set(true)>"Edit"</button>
            })}
        }
        .into_any(),
    }
    };
    let name = move || match board.is_editing.get() {
        true => view! {
            <input
                class="field"
                aria-label="Name of the dashboard"
                maxlength=DASHBOARD_NAME_BYTES_MAX.to_string()
                prop:value=board.name.get_untracked()
                on:input=move |event| board.name.set(event_target_value(&event))
            />
        }
        .into_any(),
        // The page of a shared link has it at its top.
        false => view! { <h2 hidden=audience != Audience::Person>{move || board.name.get()}</h2> }.into_any(),
    };
    let shared = move || {
        link.get().map(|url| {
            view! {
                <p class="card board-link" role="status" data-testid="board-link">
                    <span>"Anybody with this link sees this dashboard, and can read all numbers of the site: "</span>
                    <a href=url.clone()>{url.clone()}</a>
                    <CopyButton text=Signal::stored(url) what="the link"/>
                    <span class="muted">"It is revoked in the settings, under shared links."</span>
                </p>
            }
        })
    };
    let fault =
        move || board.failure.get().map(|failure| view! { <p class="fault" role="alert">{failure.sentence()}</p> });
    view! {
        <div class="board-head">
            {name}
            <div class="board-tools">{periods(board)}{buttons}</div>
        </div>
        {fault}
        {shared}
    }
    .into_any()
}

/// Keeps the same under another name. Answers its address.
async fn duplicate(board: Board) -> Result<String, Failure> {
    let site = board.tracking_id.get_value();
    let all: kept::Dashboards = manage::read(&kept::path(&site)).await?;
    let taken: Vec<_> = all.dashboards.into_iter().map(|dashboard| dashboard.name).collect();
    let dashboard = board.kept.get_untracked();
    let made = kept::make(&site, &kept::copy_name(&dashboard.name, &taken), &dashboard.layout).await?;
    Ok(address(&site, made.dashboard))
}

/// Where a dashboard is shown.
pub fn address(tracking_id: &str, number: i64) -> String {
    format!("/sites/{}/dashboards/{number}", api::encoded(tracking_id))
}

/// The period of all widgets that do not keep their own: in the address, one step in the history.
fn periods(board: Board) -> AnyView {
    let address = Address::of_page();
    let list = Signal::derive(move || {
        let chosen = board.period.get();
        let own = chosen.as_object().map(|days| {
            let day = |name: &str| days.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            Choosable::new(
                format!("{}..{}", day("start"), day("end")),
                format!("{} to {}", day("start"), day("end")),
                true,
            )
        });
        let named = PRESETS.iter().map(|(preset, words)| {
            let name = preset.word();
            Choosable::new(name, *words, chosen.as_str() == Some(name))
        });
        own.into_iter().chain(named).collect()
    });
    let choose = UnsyncCallback::new(move |chosen: String| {
        // What else the address says is for the pages beside this one.
        let mut view = address.query.with_untracked(|query| View::parse(query, unescape));
        view.period = Period::default();
        view.own.retain(|(name, _)| name != RANGE);
        view.own.push((RANGE.to_owned(), chosen));
        address.go(&view.to_url(escape));
    });
    choice("Period".to_owned(), "range", "field", list, choose)
}

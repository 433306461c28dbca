//! The dashboards of a site, a form for one more, and those to begin with.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::account::Permission;
use wire::dashboard::DASHBOARD_NAME_BYTES_MAX;

use super::kept::{self, Dashboard, Dashboards, Layout};
use super::ready::{READY, period};
use super::tools::address;
use crate::address::Address;
use crate::api::Failure;
use crate::components::confirm::{Ask, confirm};
use crate::components::panel::panel;
use crate::format;
use crate::manage::{self, Granted};
use crate::session::Session;
use crate::shown::{escape, unescape};
use crate::view::carried::carried;

/// All of them, once they are there.
pub fn list(tracking_id: String) -> AnyView {
    let round = RwSignal::new(0);
    panel(round, move || {
        let tracking_id = tracking_id.clone();
        Box::pin(async move {
            let Dashboards { dashboards } = manage::read(&kept::path(&tracking_id)).await?;
            let may_write = Granted::ask().await?.may(&tracking_id, Permission::SitesWrite);
            Ok(drawn(&tracking_id, dashboards, may_write, round))
        })
    })
}

fn drawn(tracking_id: &str, dashboards: Vec<Dashboard>, may_write: bool, round: RwSignal<u64>) -> AnyView {
    let taken: Vec<_> = dashboards.iter().map(|dashboard| dashboard.name.clone()).collect();
    let words = match (dashboards.is_empty(), may_write) {
        (true, true) => "No dashboards yet. Begin with one of these, or with an empty one.",
        (true, false) => "No dashboards yet. Editors of this site put them together.",
        (false, _) => "",
    };
    let cards = dashboards.into_iter().map(|dashboard| card(tracking_id, dashboard, may_write, round));
    let cards = cards.collect_view();
    let more = may_write.then(|| making(tracking_id, taken));
    view! {
        <h2 class="visually-hidden">"Dashboards"</h2>
        <p class="boards-words muted" hidden=words.is_empty()>{words}</p>
        <ul class="board-cards" data-testid="boards">{cards}</ul>
        {more}
    }
    .into_any()
}

fn card(tracking_id: &str, dashboard: Dashboard, may_write: bool, round: RwSignal<u64>) -> AnyView {
    let path = kept::path_of(tracking_id, dashboard.dashboard);
    let (path_there, query) = (address(tracking_id, dashboard.dashboard), Address::of_page().query);
    let href = move || query.with(|query| path_there.clone() + &carried(query, escape, unescape));
    let widgets = match dashboard.layout.widgets.len() {
        1 => "1 widget".to_owned(),
        many => format!("{many} widgets"),
    };
    let about = format!("{widgets} · changed {}", format::day(dashboard.changed_at_ms));
    let ask = Ask {
        id: format!("board-{}", dashboard.dashboard),
        action: "Delete",
        what: dashboard.name.clone(),
        question: "For everybody, with its shared links?",
    };
    let remove = may_write.then(|| confirm(ask, round, move || Box::pin(manage::remove(path.clone()))));
    view! {
        <li class="card board-card" data-name=dashboard.name.clone()>
            <a href=href><b class="ellipsis">{dashboard.name.clone()}</b><span class="muted">{about}</span></a>
            {remove}
        </li>
    }
    .into_any()
}

/// An empty one under a name, and those to begin with.
fn making(tracking_id: &str, taken: Vec<String>) -> AnyView {
    let (session, page) = (Session::of_page(), Address::of_page());
    let failure = RwSignal::new(None::<Failure>);
    let name = RwSignal::new(String::new());
    let site = StoredValue::new(tracking_id.to_owned());
    let make = move |name: String, layout: Layout| {
        spawn_local(async move {
            let site = site.get_value();
            match kept::make(&site, &name, &layout).await {
                Ok(made) => page.go(&address(&site, made.dashboard)),
                Err(refused) => {
                    session.note(&refused);
                    failure.try_set(Some(refused));
                }
            }
        });
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        make(name.get_untracked(), Layout { date_range: period(), widgets: Vec::new() });
    };
    let ready = READY.iter().map(|ready| {
        let taken = taken.clone();
        let begin = move |_| {
            let name = if taken.iter().any(|name| name == ready.title) {
                kept::copy_name(ready.title, &taken)
            } else {
                ready.title.to_owned()
            };
            make(name, site.with_value(|site| ready.layout(site)));
        };
        view! {
            <button type="button" class="card ready" on:click=begin>
                <b>{ready.title}</b>
                <span class="muted">{ready.about}</span>
            </button>
        }
    });
    let ready = ready.collect_view();
    view! {
        <form class="board-new" on:submit=submit>
            <input
                class="field"
                aria-label="Name of a new dashboard"
                placeholder="Name of a new dashboard"
                required=true
                maxlength=DASHBOARD_NAME_BYTES_MAX.to_string()
                on:input=move |event| name.set(event_target_value(&event))
            />
            <button type="submit" class="button primary">"Make it"</button>
            {move || failure.get().map(|failure| view! { <p class="fault" role="alert">{failure.sentence()}</p> })}
        </form>
        <h3 class="boards-heading">"Begin with one of these"</h3>
        <div class="ready-reports" data-testid="ready">{ready}</div>
    }
    .into_any()
}

//! The sites a person may read, each with its visitors now.

use std::collections::BTreeMap;

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wire::query::Query;
use wire::realtime::Realtime;
use wire::session::Site;

use super::sign_in::Gate;
use crate::api::{self, Failure};
use crate::clock::browser_ms;
use crate::components::{Logo, MinuteBars, SignOutButton, ThemeToggle};
use crate::day::Day;
use crate::format;
use crate::metric::{ASKED, Counts};
use crate::period::Period;
use crate::report::Report;
use crate::session::Session;

/// How often a card asks. A stream a card would use up the browser's connections.
const POLL_MS: u32 = 10_000;

/// The list; with one site it is that site.
#[component]
pub fn SitesPage() -> impl IntoView {
    view! { <Gate><List/></Gate> }
}

#[component]
fn List() -> impl IntoView {
    document().set_title("Sites · Tidemark");
    let session = Session::of_page();
    let sites = RwSignal::new(None::<Result<Vec<Site>, Failure>>);
    let navigate = use_navigate();
    let load = move || {
        let navigate = navigate.clone();
        spawn_local(async move {
            let answer = api::sites().await.map(|answer| answer.sites);
            match &answer {
                Ok(found) => {
                    if let [only] = found.as_slice() {
                        let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
                        navigate(&site_path(only), options);
                        return;
                    }
                }
                Err(failure) => session.note(failure),
            }
            sites.try_set(Some(answer));
        });
    };
    load();
    let body = move || {
        sites.get().map(|sites| match sites {
            Err(failure) => {
                let load = load.clone();
                view! {
                    <div class="card failed" role="alert">
                        <p>{failure.sentence()}</p>
                        <button type="button" class="button" on:click=move |_| load()>"Retry"</button>
                    </div>
                }
                .into_any()
            }
            Ok(sites) if sites.is_empty() => view! {
                <div class="card waiting">
                    <h2>"No sites yet"</h2>
                    <p class="muted">"Add one where Tidemark runs; it appears here."</p>
                </div>
            }
            .into_any(),
            Ok(sites) => {
                let cards = sites.into_iter().map(|site| view! { <li><Card site/></li> });
                view! { <ul class="sites">{cards.collect_view()}</ul> }.into_any()
            }
        })
    };
    view! {
        <header class="top-bar">
            <div class="top-bar-row">
                <a class="home" href="/" aria-label="Tidemark"><Logo/></a>
                <div class="site-switcher"><h1>"Sites"</h1></div>
                <div class="tools"><ThemeToggle/><SignOutButton/></div>
            </div>
        </header>
        <main class="page" id="content">{body}</main>
    }
}

fn site_path(site: &Site) -> String {
    format!("/sites/{}", site.tracking_id)
}

#[component]
fn Card(site: Site) -> impl IntoView {
    let round = RwSignal::new(0);
    let realtime = use_polled(site.tracking_id.clone(), round);
    let today = {
        let tracking_id = site.tracking_id.clone();
        Memo::new(move |_| {
            // The server's clock as of the last poll, the browser's before the first.
            let now_ms = realtime.with(|now| now.as_ref().map_or_else(browser_ms, |now| now.timestamp));
            let date_range = Period::TODAY.on(Day::of_ms(now_ms)).range();
            Query::new(tracking_id.clone(), date_range, ASKED.to_vec())
        })
    };
    let report = Report::keep(today, round);
    let visitors = move || {
        report
            .with(|answered| Some(Counts::of_row(answered?.answer.rows.first()?).visitors))
            .map_or_else(|| "–".to_owned(), format::whole)
    };
    let active = move || realtime.with(|now| now.as_ref().map(|now| now.active_users));
    view! {
        <a class="card site-card" href=site_path(&site)>
            <h2 class="ellipsis">{site.name.clone()}</h2>
            <span class="muted">{site.tracking_id.clone()}</span>
            <MinuteBars realtime/>
            <span>
                <span class="live-dot" aria-hidden="true"></span>
                <b>{move || active().map_or_else(|| "–".to_owned(), format::whole)}</b>
                {move || if active() == Some(1) { " visitor now" } else { " visitors now" }}
            </span>
            <span class="muted">{visitors}" today"</span>
        </a>
    }
}

/// A site, now, asked for every few seconds while the tab is visible; `round` grows with each time.
fn use_polled(tracking_id: String, round: RwSignal<u64>) -> RwSignal<Option<Realtime>> {
    let realtime = RwSignal::new(None);
    let session = Session::of_page();
    let poll = move || {
        if document().hidden() {
            return;
        }
        let tracking_id = tracking_id.clone();
        spawn_local(async move {
            match api::realtime(&tracking_id).await {
                Ok(now) => {
                    realtime.try_set(Some(now));
                    round.try_update(|round| *round += 1);
                }
                Err(failure) => session.note(&failure),
            }
        });
    };
    poll();
    StoredValue::new_local(Interval::new(POLL_MS, poll));
    realtime
}

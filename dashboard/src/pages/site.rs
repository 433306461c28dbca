//! A site: its visitors now, its key figures, its chart and its rankings, for the period in the URL.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;
use wire::query::{DateRange, Dimension, Query};
use wire::session::Site;

use super::sign_in::Gate;
use crate::api;
use crate::audience::{Audience, Extent};
use crate::clock::Clock;
use crate::components::{Breakdown, Chart, KpiRow, RealtimeStrip, Shortcuts, Tab, TopBar, Waiting, use_shortcuts};
use crate::day::Day;
use crate::format;
use crate::live::{Connection, Live};
use crate::metric::{ASKED, Kpi, count};
use crate::period::{Period, Shown};
use crate::refresh::{Pace, follow_clock, follow_versions};
use crate::report::Report;
use crate::session::Session;

/// The panels: what they rank, and the names browser tests find them by.
const PANELS: [(&[Tab], &str); 4] = [
    (
        &[
            Tab { title: "Top pages", singular: "Page", dimension: Dimension::Page },
            Tab { title: "Events", singular: "Event", dimension: Dimension::EventType },
        ],
        "panel-pages",
    ),
    (
        &[
            Tab { title: "Sources", singular: "Source", dimension: Dimension::Source },
            Tab { title: "Channels", singular: "Channel", dimension: Dimension::Channel },
            Tab { title: "Campaigns", singular: "Campaign", dimension: Dimension::UtmCampaign },
        ],
        "panel-sources",
    ),
    (&[Tab { title: "Countries", singular: "Country", dimension: Dimension::Country }], "panel-countries"),
    (
        &[
            Tab { title: "Devices", singular: "Device", dimension: Dimension::Device },
            Tab { title: "Browsers", singular: "Browser", dimension: Dimension::Browser },
            Tab { title: "OS", singular: "Operating system", dimension: Dimension::Os },
        ],
        "panel-devices",
    ),
];

/// The page of a site, for who is signed in.
#[component]
pub fn SitePage(
    /// The site's tracking id.
    tracking_id: String,
) -> impl IntoView {
    view! {
        <Gate>
            <OneSite tracking_id=tracking_id.clone() audience=Audience::Person/>
        </Gate>
    }
}

/// One site, as much of it as the audience is to see.
#[component]
pub fn OneSite(
    /// The site.
    tracking_id: String,
    /// Who looks.
    audience: Audience,
) -> impl IntoView {
    let clock = Clock::start();
    let live = match audience {
        Audience::Visitor(Extent::Part) => Live::withheld(),
        Audience::Person | Audience::Visitor(Extent::Whole) => Live::follow(&tracking_id, clock),
    };
    let url = use_query_map();
    let shown = Memo::new(move |_| Shown {
        period: url.with(|url| Period::parse(url.get_str("period"), url.get_str("date"))),
        today: Day::of_ms(clock.now_ms()),
    });
    let figures = Figures::keep(&tracking_id, shown, clock);
    let (totals, round) = (figures.totals, figures.round);
    follow_versions(
        round,
        move || live.realtime.with(|now| now.as_ref().map(|now| now.version)),
        move || totals.with(|answered| answered.map(|answered| answered.answer.meta.version)),
        move || if shown.get().is_running() { Pace::Running } else { Pace::Ended },
    );
    follow_clock(round, move || live.connection.get_untracked() == Connection::Withheld);

    let chosen = RwSignal::new(Kpi::Visitors);
    let is_listed = RwSignal::new(false);
    use_shortcuts(shown, is_listed);
    let sites = use_sites(&tracking_id, audience);
    name_tab(tracking_id.clone(), sites, live);
    let is_new = use_waiting(figures, live);
    // How to begin counting is for those who can.
    let is_waiting = move || audience == Audience::Person && is_new.get();

    let panels = {
        let tracking_id = tracking_id.clone();
        move || {
            PANELS.map(|(tabs, test_id)| {
                let tracking_id = tracking_id.clone();
                view! { <Breakdown tabs test_id tracking_id shown totals refresh=round/> }
            })
        }
    };
    let body = {
        let tracking_id = tracking_id.clone();
        move || {
            if is_waiting() {
                return view! { <Waiting tracking_id=tracking_id.clone()/> }.into_any();
            }
            view! {
                <section class="card overview" aria-label="Overview">
                    <KpiRow totals previous=figures.totals_before shown chosen/>
                    <Chart series=figures.series previous=figures.series_before kpi=chosen shown clock/>
                </section>
                <RealtimeStrip live/>
                <div class="panels">{panels()}</div>
            }
            .into_any()
        }
    };
    view! {
        <a class="skip" href="#content" on:click=focus_content>"Skip to content"</a>
        <TopBar audience tracking_id sites live shown shortcuts=is_listed/>
        <main class="page" id="content" tabindex="-1">
            {body}
            <p class="colophon muted">{move || colophon(totals).unwrap_or_default()}</p>
        </main>
        <Shortcuts is_listed/>
    }
    .into_any()
}

/// The questions behind the overview.
#[derive(Clone, Copy)]
struct Figures {
    totals: Report,
    totals_before: Report,
    series: Report,
    series_before: Report,
    /// Whether anything has ever been counted, as far as a year back.
    ever: Report,
    /// Grows when it is time to ask again.
    round: RwSignal<u64>,
}

impl Figures {
    fn keep(tracking_id: &str, shown: Memo<Shown>, clock: Clock) -> Self {
        let tracking_id = StoredValue::new(tracking_id.to_owned());
        let query = move |date_range: DateRange, dimensions: Vec<Dimension>| Query {
            dimensions,
            ..Query::new(tracking_id.get_value(), date_range, ASKED.to_vec())
        };
        let round = RwSignal::new(0);
        // What is over changes by late events alone: the next visit shows them.
        let never = RwSignal::new(0);
        let keep = move |question: fn(Shown, u64) -> (DateRange, Vec<Dimension>), round| {
            let question = Memo::new(move |_| {
                let (date_range, dimensions) = question(shown.get(), clock.now_ms());
                query(date_range, dimensions)
            });
            Report::keep(question, round)
        };
        Self {
            totals: keep(|shown, _| (shown.range(), Vec::new()), round),
            totals_before: keep(|shown, now_ms| (shown.days().comparable(now_ms), Vec::new()), never),
            series: keep(|shown, _| (shown.range(), vec![shown.interval()]), round),
            series_before: keep(|shown, _| (shown.days().previous().range(), vec![shown.interval()]), never),
            ever: keep(|shown, _| (Period::YEAR.on(shown.today).range(), Vec::new()), never),
            round,
        }
    }
}

/// The sites for the switcher; without them the page works all the same. A shared link is about one alone.
fn use_sites(tracking_id: &str, audience: Audience) -> RwSignal<Vec<Site>> {
    let shared = (audience != Audience::Person).then(|| tracking_id.to_owned());
    let sites = RwSignal::new(Vec::new());
    let session = Session::of_page();
    spawn_local(async move {
        match api::sites().await {
            Ok(mut answer) => {
                answer.sites.retain(|site| shared.as_ref().is_none_or(|shared| *shared == site.tracking_id));
                sites.try_set(answer.sites);
            }
            Err(failure) => session.note(&failure),
        }
    });
    sites
}

/// Keeps the tab's title at the number of visitors.
fn name_tab(tracking_id: String, sites: RwSignal<Vec<Site>>, live: Live) {
    Effect::new(move || {
        let name = sites.with(|sites| {
            let site = sites.iter().find(|site| site.tracking_id == tracking_id);
            site.map_or_else(|| tracking_id.clone(), |site| site.name.clone())
        });
        let active = live.realtime.with(|now| now.as_ref().map(|now| now.active_users));
        let count = active.map(|active| format!("{} · ", format::whole(active))).unwrap_or_default();
        document().set_title(&format!("{count}{name} · Tidemark"));
    });
}

/// Whether the site has never sent anything. The first event ends it for good.
fn use_waiting(figures: Figures, live: Live) -> Memo<bool> {
    let events = move |report: Report| report.with(|answered| Some(count(answered?.answer.rows.first()?, "events")));
    let has_begun = Memo::new(move |was| {
        let is_live = live
            .realtime
            .with(|now| now.as_ref().is_some_and(|now| now.minutes.iter().any(|minute| minute.events > 0)));
        was == Some(&true) || is_live || events(figures.totals) > Some(0)
    });
    Memo::new(move |_| events(figures.ever) == Some(0) && !has_begun.get())
}

/// How the numbers came about, in a sentence or two.
fn colophon(totals: Report) -> Option<String> {
    totals.with(|answered| {
        let unique = answered?.answer.meta.unique_users.as_ref()?;
        let counting = match unique.unit.as_str() {
            "visitor_days" => "Visitors are counted anew each day,",
            _ => "Visitors are counted",
        };
        let error = format::ratio(unique.standard_error * 100.0);
        Some(format!("All times are UTC. {counting} to within about {error}%."))
    })
}

/// The skip link moves the focus without leaving a fragment in the URL.
fn focus_content(event: web_sys::MouseEvent) {
    use wasm_bindgen::JsCast;
    event.prevent_default();
    let content = document().get_element_by_id("content");
    if let Some(content) = content.and_then(|content| content.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = content.focus();
    }
}

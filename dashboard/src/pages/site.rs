//! A site: its visitors now, its key figures, its chart and its rankings, for the period in the URL.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_split_helpers::wasm_split;
use wire::query::{Dimension, Metric, Preset, Query};
use wire::session::Site;

use super::sign_in::Gate;
use crate::api;
use crate::audience::{Audience, Extent};
use crate::clock::Clock;
use crate::components::{Breakdown, Chart, Edited, KpiRow, PROPERTIES, Tab, TopBar, Waiting, use_shortcuts};
use crate::dialogs::{Dialogs, dialogs};
use crate::format;
use crate::kept::Kept;
use crate::later::{Loaded, later};
use crate::live::{Connection, Live};
use crate::metric::count;
use crate::overview::{Piece, piece};
use crate::refresh::{Pace, follow_clock, follow_versions};
use crate::report::Report;
use crate::session::Session;
use crate::shown::Shown;

/// A panel's tabs.
const fn tab(title: &'static str, singular: &'static str, dimension: Dimension) -> Tab {
    Tab { title, singular, dimension: Some(dimension) }
}

/// The panels: what they rank, and the names browser tests find them by.
const PANELS: [(&[Tab], &str); 4] = [
    (
        &[
            tab("Sources", "Source", Dimension::Source),
            tab("Channels", "Channel", Dimension::Channel),
            tab("Campaigns", "Campaign", Dimension::UtmCampaign),
        ],
        "panel-sources",
    ),
    (
        &[
            tab("Top pages", "Page", Dimension::Page),
            tab("Entry pages", "Page", Dimension::EntryPage),
            tab("Exit pages", "Page", Dimension::ExitPage),
        ],
        "panel-pages",
    ),
    (
        &[
            tab("Browsers", "Browser", Dimension::Browser),
            tab("OS", "Operating system", Dimension::Os),
            tab("Devices", "Device", Dimension::Device),
            tab("Sizes", "Screen size", Dimension::Screen),
            tab("Languages", "Language", Dimension::Language),
        ],
        "panel-devices",
    ),
    (
        &[
            tab("Events", "Event", Dimension::EventType),
            tab("Goals", "Goal", Dimension::Goal),
            Tab { title: PROPERTIES, singular: "Value", dimension: None },
        ],
        "panel-events",
    ),
];

/// What the panels rank, but the site's properties.
pub fn dimensions() -> impl Iterator<Item = Dimension> {
    let ranked = PANELS.into_iter().flat_map(|(tabs, _)| tabs).filter_map(|tab| tab.dimension);
    ranked.chain([Dimension::Country, Dimension::Region, Dimension::City])
}

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
    let shown = Shown::of_address(clock);
    let figures = Figures::keep(&tracking_id, shown);
    let (totals, round) = (figures.totals, figures.round);
    follow_versions(
        round,
        move || live.realtime.with(|now| now.as_ref().map(|now| now.version)),
        move || totals.with(|answered| answered.map(|answered| answered.answer.meta.version)),
        move || if shown.is_running() { Pace::Running } else { Pace::Ended },
    );
    follow_clock(round, move || live.connection.get_untracked() == Connection::Withheld);

    let is_listed = RwSignal::new(false);
    let edited: Edited = RwSignal::new(None);
    let sites = use_sites(&tracking_id, audience);
    let is_finding = RwSignal::new(false);
    use_shortcuts(shown, edited, is_listed, is_finding, sites);
    name_tab(tracking_id.clone(), sites, live);
    let is_new = use_waiting(figures, live);
    // How to begin counting is for those who can.
    let is_waiting = move || audience == Audience::Person && is_new.get();

    let kept = Kept::of(tracking_id.clone(), audience);
    let panels = move || {
        let [sources, pages, devices, events] = PANELS.map(|(tabs, test_id)| {
            // Which properties a site declares is not for visitors.
            let is_shown = |tab: &Tab| audience == Audience::Person || tab.dimension.is_some();
            let count = tabs.iter().take_while(|tab| is_shown(tab)).count();
            let tabs = tabs.get(..count).unwrap_or_default();
            view! { <Breakdown tabs test_id kept shown totals refresh=round/> }
        });
        let places = view! { <div class="places">{piece(Piece::Places(kept, shown, totals, round))}</div> };
        (sources, pages, places, devices, events, piece(Piece::Week(kept, shown, round)))
    };
    let body = {
        let tracking_id = tracking_id.clone();
        move || {
            if is_waiting() {
                let tracking_id = tracking_id.clone();
                return later(move || Box::pin(waiting(tracking_id.clone())));
            }
            view! {
                <section class="card overview" aria-label="Overview">
                    <KpiRow totals shown/>
                    <Chart series=figures.series shown kept/>
                </section>
                <div class="strip">{piece(Piece::Now(live))}</div>
                <div class="panels">{panels()}</div>
            }
            .into_any()
        }
    };
    view! {
        <a class="skip" href="#content" on:click=focus_content>"Skip to content"</a>
        <TopBar sites live shown edited kept shortcuts=is_listed/>
        <main class="page" id="content" tabindex="-1">
            {body}
            <p class="colophon muted">{move || colophon(totals).unwrap_or_default()}</p>
        </main>
        {dialogs(Dialogs { shown, totals: Some(totals), edited, is_listed, is_finding, sites, kept })}
        {piece(Piece::Start(kept, shown))}
    }
    .into_any()
}

#[wasm_split(soon, fallible)]
fn waiting(tracking_id: String) -> Loaded {
    Ok(view! { <Waiting tracking_id/> }.into_any())
}

/// The questions behind the overview.
#[derive(Clone, Copy)]
struct Figures {
    totals: Report,
    series: Report,
    /// Whether anything has ever been counted.
    ever: Report,
    /// Grows when it is time to ask again.
    round: RwSignal<u64>,
}

impl Figures {
    fn keep(tracking_id: &str, shown: Shown) -> Self {
        let tracking_id = StoredValue::new(tracking_id.to_owned());
        let site = move || tracking_id.get_value();
        let round = RwSignal::new(0);
        let never = RwSignal::new(0);
        let totals = Report::keep(Memo::new(move |_| shown.with(|view| view.totals(&site()))), round);
        Effect::new(move || {
            if let Some(zone) = totals.with(|answered| Some(answered?.answer.meta.time_zone.clone())) {
                shown.note_zone(&zone);
            }
        });
        Self {
            totals,
            series: Report::keep(Memo::new(move |_| shown.with(|view| view.series(&site(), shown.today()))), round),
            ever: Report::keep(Memo::new(move |_| Query::new(site(), Preset::All, vec![Metric::Events])), never),
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
    let visitors =
        move |report: Report| report.with(|answered| Some(count(answered?.answer.rows.first()?, "unique_users")));
    let has_begun = Memo::new(move |was| {
        let is_live = live
            .realtime
            .with(|now| now.as_ref().is_some_and(|now| now.minutes.iter().any(|minute| minute.events > 0)));
        was == Some(&true) || is_live || visitors(figures.totals) > Some(0)
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
        let zone = &answered?.answer.meta.time_zone;
        let exactness = match unique.error_95 {
            0.0 => "exactly".to_owned(),
            error => format!("to within {}%, 95 times of 100", format::ratio(error * 100.0)),
        };
        Some(format!("All times are {zone}. {counting} {exactness}."))
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

//! Every chart with made-up data that never changes, its edge cases beside it: `/gallery`, in builds with the feature of this name.

mod examples;

use leptos::prelude::*;

use crate::audience::{Audience, Extent};
use crate::clock::Clock;
use crate::components::cohort_table::{CohortTable, together};
use crate::components::funnel_bars::FunnelBars;
use crate::components::map::{Map, places};
use crate::components::sparkline::Sparkline;
use crate::components::{Drawing, Logo, ThemeToggle, hours, styled};
use crate::kept::Kept;
use crate::metric::Kpi;
use crate::overview::Charted;
use crate::pages::live::Bars;
use crate::pages::people::lines::lines_card;
use crate::plot::Plot;
use crate::shown::Shown;

/// The page.
#[component]
pub fn Gallery() -> impl IntoView {
    document().set_title("Gallery · Tidemark");
    let shown = Shown::of_address(Clock::start());
    let lines = examples::LINES.map(|(title, kpi, days)| example("line", title, line(kpi, days, shown)));
    let sparklines = examples::SPARKLINES.map(|(title, values)| {
        let values = Signal::stored(values.to_vec());
        example("sparkline", title, view! { <Sparkline values/> }.into_any())
    });
    let bars = examples::BARS.map(|(title, of)| {
        let realtime = RwSignal::new(Some(examples::realtime(of)));
        example("bars", title, view! { <Bars realtime/> }.into_any())
    });
    let weeks = examples::WEEKS.map(|(title, of)| {
        let body = view! {
            <div class="panel heatmap">
                <div class="panel-body" tabindex="0" role="region" aria-label=format!("Hours: {title}")>{hours(of)}</div>
            </div>
        };
        example("heatmap", title, body.into_any())
    });
    let maps = examples::MAPS.map(|(title, places)| example("map", title, map(places)));
    let funnels = examples::FUNNELS.map(|(title, steps)| {
        let steps = examples::steps(steps);
        example(
            "funnel",
            title,
            view! { <FunnelBars label=format!("Funnel: {title}") unit="Visitors" steps/> }.into_any(),
        )
    });
    let cohorts = examples::COHORTS.map(|(title, period, cohorts)| {
        let cohorts = examples::cohorts(cohorts);
        let together = together(&cohorts);
        let label = format!("Cohorts: {title}");
        example("cohorts", title, view! { <CohortTable label period cohorts together/> }.into_any())
    });
    let shares = examples::SHARES
        .map(|(title, of)| example("lines", title, lines_card(examples::shares(of), "shares", ().into_any())));
    let page = view! {
        <header class="top-bar">
            <div class="top-bar-row page-bar">
                <a class="home" href="/" aria-label="All sites"><Logo/></a>
                <h1>"Gallery"</h1>
                <div class="tools"><ThemeToggle/></div>
            </div>
        </header>
        <main class="page" id="content">
            {group("Line", Vec::from(lines))}
            {group("Sparkline", Vec::from(sparklines))}
            {group("Bars", Vec::from(bars))}
            {group("Map", Vec::from(maps))}
            {group("Funnel", Vec::from(funnels))}
            {group("Cohorts", Vec::from(cohorts))}
            {group("Lines", Vec::from(shares))}
            {group("Heatmap", Vec::from(weeks))}
        </main>
    };
    styled(&["later-live", "later-explore", "later-people"], page.into_any())
}

/// A kind of chart.
fn group(title: &'static str, examples: Vec<AnyView>) -> AnyView {
    let wide = title == "Line";
    view! { <h2 class="gallery-kind">{title}</h2><div class="gallery" class:wide=wide>{examples}</div> }.into_any()
}

/// One of its cases.
fn example(kind: &'static str, title: &'static str, chart: AnyView) -> AnyView {
    view! {
        <section class="card gallery-example" data-testid=format!("{kind}: {title}") aria-label=format!("{kind}: {title}")>
            <h3>{title}</h3>
            {chart}
        </section>
    }
    .into_any()
}

fn line(kpi: Kpi, days: examples::Days, shown: Shown) -> AnyView {
    let plot = Plot::draw(examples::series(days), kpi, examples::now_ms());
    let plot = Memo::new(move |_| Some(plot.clone()));
    let kept = Kept::of(String::new(), Audience::Visitor(Extent::Whole));
    let charted = Charted { plot, cursor: RwSignal::new(None), shown, kept };
    view! { <div class="chart"><Drawing charted/></div> }.into_any()
}

fn map(visitors: &'static [(&'static str, u64)]) -> AnyView {
    let all = visitors.iter().map(|(_, visitors)| visitors).sum();
    let countries = visitors.iter().filter(|(code, _)| !code.is_empty());
    let places = places(countries.map(|(code, visitors)| ((*code).to_owned(), *visitors)), Some(all));
    let places = Memo::new(move |_| Some(places.clone()));
    let way = Callback::new(|code| format!("/gallery?country={code}"));
    view! { <Map places way/> }.into_any()
}

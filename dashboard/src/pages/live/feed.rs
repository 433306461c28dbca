//! The newest single events, each as it comes; held still when asked.

use leptos::html::Ol;
use leptos::prelude::*;
use leptos::tachys::view::keyed::keyed;
use wasm_bindgen::JsCast;
use web_sys::Element;
use wire::feed::{FEED_EVENTS_MAX, Feed, FeedEvent};
use wire::query::Dimension;

use super::feed_link::{Coming, follow};
use crate::clock::Clock;
use crate::components::names::value as name_of;
use crate::format;

/// Events that wait while the list is held; the oldest go.
const HELD_MAX: usize = FEED_EVENTS_MAX;

/// An event in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    /// Which one, for as long as the page is there.
    number: u64,
    event: FeedEvent,
}

/// What is in the panel.
#[derive(Clone, Copy)]
struct Lines {
    /// Newest first.
    shown: RwSignal<Vec<Line>>,
    /// What came since the list is held, newest first.
    held: RwSignal<Vec<Line>>,
    is_held: RwSignal<bool>,
    /// Of the last message: how many events it shows, and of how many.
    sampled: RwSignal<Option<(u64, u64)>>,
    numbers: StoredValue<u64>,
}

impl Lines {
    fn take(self, feed: Feed) {
        let told = feed.events.len() as u64;
        let number = |event| {
            let number = self.numbers.try_update_value(|last| {
                *last += 1;
                *last
            });
            Line { number: number.unwrap_or_default(), event }
        };
        let mut lines: Vec<_> = feed.events.into_iter().map(number).collect();
        lines.reverse();
        self.sampled.try_set((feed.taken > told).then_some((told, feed.taken)));
        let place = if self.is_held.try_get_untracked() == Some(true) { self.held } else { self.shown };
        place.try_update(|present| add(present, lines, HELD_MAX));
    }

    fn hold(self) {
        let is_held = !self.is_held.get_untracked();
        self.is_held.set(is_held);
        if !is_held {
            let held = self.held.try_update(std::mem::take).unwrap_or_default();
            self.shown.update(|present| add(present, held, FEED_EVENTS_MAX));
        }
    }
}

/// Puts newer lines before those that are there, as many as may be.
fn add(present: &mut Vec<Line>, mut newer: Vec<Line>, most: usize) {
    newer.append(present);
    newer.truncate(most);
    *present = newer;
}

/// The panel.
#[component]
pub fn FeedPanel(
    /// The site.
    tracking_id: String,
    /// Now.
    clock: Clock,
) -> impl IntoView {
    let lines = Lines {
        shown: RwSignal::new(Vec::new()),
        held: RwSignal::new(Vec::new()),
        is_held: RwSignal::new(false),
        sampled: RwSignal::new(None),
        numbers: StoredValue::new(0),
    };
    let coming = follow(&tracking_id, move |feed| lines.take(feed));
    let is_empty = Memo::new(move |_| lines.shown.with(Vec::is_empty));
    let list = NodeRef::<Ol>::new();
    Effect::new(move || grow_older(list, clock.now_ms()));
    let words = move || match coming.get() {
        Coming::Connecting => "Connecting…".to_owned(),
        Coming::Late => "Late: the stream broke off, trying again".to_owned(),
        Coming::Refused(_) => String::new(),
        Coming::Pushed => match lines.sampled.get() {
            Some((told, taken)) => {
                format!("Busy: {} of the last {} events are shown", format::whole(told), format::whole(taken))
            }
            None => "As they arrive".to_owned(),
        },
    };
    let hold = move || match (lines.is_held.get(), lines.held.with(Vec::len)) {
        (false, _) => "Pause".to_owned(),
        (true, 0) => "Resume".to_owned(),
        (true, waiting) => format!("Resume · {waiting} new"),
    };
    let nothing = move || match coming.get() {
        Coming::Refused(why) => Some(view! { <p class="live-nobody muted" role="status">{why}</p> }.into_any()),
        Coming::Pushed if is_empty.get() => Some(
            view! { <p class="live-nobody muted">"Nothing yet. Events appear here within seconds."</p> }.into_any(),
        ),
        _ => None,
    };
    view! {
        <section class="card live-feed" data-testid="feed" aria-labelledby="feed-heading">
            <header>
                <h2 id="feed-heading">"Event feed"</h2>
                <button
                    type="button"
                    class="button quiet"
                    aria-pressed=move || lines.is_held.get().to_string()
                    hidden=move || is_empty.get()
                    on:click=move |_| lines.hold()
                >
                    {hold}
                </button>
            </header>
            <p class="live-state" role="status" data-state=move || if coming.get() == Coming::Late { "late" } else { "open" }>
                {words}
            </p>
            {nothing}
            <div class="live-feed-list" tabindex="0" role="region" aria-label="Newest events" hidden=move || is_empty.get()>
                <ol node_ref=list>
                    // <For> gives each row an owner, of which its own keeps 230 bytes when the row has gone. Rows follow nothing.
                    {move || keyed(lines.shown.get(), |line| line.number, move |_, line| (|_| (), row(line, clock)))}
                </ol>
            </div>
        </section>
    }
}

fn row(line: Line, clock: Clock) -> AnyView {
    let FeedEvent { at_ms, event_type, path, source, country, device, browser } = line.event;
    let chip = (event_type != "pageview").then(|| event_type.clone());
    let device = (!device.is_empty()).then(|| name_of(Dimension::Device, &device));
    let about: Vec<_> = [Some(name_of(Dimension::Source, &source)), (!browser.is_empty()).then_some(browser), device]
        .into_iter()
        .flatten()
        .collect();
    let place = (!country.is_empty()).then(|| name_of(Dimension::Country, &country));
    let title = if path.is_empty() { "(no page)".to_owned() } else { path.clone() };
    view! {
        <li data-path=path data-type=event_type>
            <img
                class="flag live-flag"
                src=format::flag(&country)
                alt=place.clone().unwrap_or_else(|| "Country unknown".to_owned())
                title=place
                loading="lazy"
            />
            <p class="live-line">
                {chip.map(|chip| view! { <b class="chip">{chip}</b> })}
                <span class="ellipsis" title=title.clone()>{title.clone()}</span>
            </p>
            <time class="muted" data-at=at_ms.to_string()>{age(at_ms, untrack(|| clock.now_ms()))}</time>
            <p class="live-about muted ellipsis">{about.join(" · ")}</p>
        </li>
    }
    .into_any()
}

/// Says anew how old all events are. An effect of each row's own would stay with the clock when the row has gone.
fn grow_older(list: NodeRef<Ol>, now_ms: u64) {
    let Some(ages) = list.get_untracked().and_then(|list| list.query_selector_all("time").ok()) else { return };
    for at in 0..ages.length() {
        let Some(place) = ages.item(at).and_then(|place| place.dyn_into::<Element>().ok()) else { continue };
        if let Some(at_ms) = place.get_attribute("data-at").and_then(|text| text.parse().ok()) {
            place.set_text_content(Some(&age(at_ms, now_ms)));
        }
    }
}

/// How long ago, in few characters.
fn age(at_ms: u64, now_ms: u64) -> String {
    match now_ms.saturating_sub(at_ms) / 1_000 {
        0..10 => "now".to_owned(),
        seconds @ 10..60 => format!("{} s", seconds / 10 * 10),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

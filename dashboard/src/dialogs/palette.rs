//! Finding anything: sites, pages of this one, periods, comparisons.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};
use wire::query::Dimension;
use wire::session::Site;

use super::Dialog;
use crate::audience::Audience;
use crate::kept::{Kept, Opened};
use crate::overview::download;
use crate::pages::people;
use crate::session::Session;
use crate::shown::Shown;
use crate::view::filter::Condition;
use crate::view::period::{CHOICES, Period};
use crate::view::{Compared, View};

/// Entries that are listed at most.
const LISTED: usize = 30;

/// One thing to go to.
#[derive(Clone)]
struct Entry {
    name: String,
    kind: &'static str,
    goes: Goes,
}

/// Where an entry leads.
#[derive(Clone)]
enum Goes {
    /// To an address.
    To(String),
    /// All that is shown is downloaded.
    Download,
    /// A dialog opens.
    Open(Opened),
}

/// The dialog: what is typed narrows the list, Enter takes the first, arrow keys another.
#[component]
pub fn Palette(
    /// The sites there are.
    sites: RwSignal<Vec<Site>>,
    /// What is shown.
    shown: Shown,
    /// What is kept of the site.
    kept: Kept,
    /// Whether it is open.
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let session = Session::of_page();
    let typed = RwSignal::new(String::new());
    let entries = Memo::new_with_compare(move |_| entries(kept, &sites.get(), shown), |_, _| true);
    let found = move || {
        let typed = typed.get().to_lowercase();
        let matches = |entry: &Entry| typed.split_whitespace().all(|word| entry.name.to_lowercase().contains(word));
        entries.with(|entries| entries.iter().filter(|entry| matches(entry)).take(LISTED).cloned().collect::<Vec<_>>())
    };
    let list = move || {
        let rows = found().into_iter().map(|entry| {
            let act = match entry.goes {
                Goes::To(address) => {
                    let words = view! { <span>{entry.name}</span><span class="muted">{entry.kind}</span> };
                    return view! { <li><a href=address on:click=move |_| is_open.set(false)>{words}</a></li> }
                        .into_any();
                }
                Goes::Open(opened) => Some(opened),
                Goes::Download => None,
            };
            let act = move |_| {
                is_open.set(false);
                match act {
                    Some(opened) => kept.opened.set(opened),
                    None => spawn_local(async move {
                        if let Err(failure) = download(kept, shown).await {
                            session.note(&failure);
                        }
                    }),
                }
            };
            view! {
                <li>
                    <button type="button" on:click=act>
                        <span>{entry.name}</span>
                        <span class="muted">{entry.kind}</span>
                    </button>
                </li>
            }
            .into_any()
        });
        rows.collect::<Vec<_>>()
    };
    let count = move || match found().len() {
        0 => "Nothing of that name".to_owned(),
        count => format!("{count} found"),
    };
    view! {
        <Dialog title="Go to".to_owned() class="narrow" on_close=move || is_open.set(false)>
            <div class="palette" on:keydown=walk>
                <input
                    type="search"
                    autofocus=true
                    aria-label="Find"
                    placeholder="Site, page, period …"
                    on:input=move |event| typed.set(event_target_value(&event))
                />
                <ul>{list}</ul>
                <p class="visually-hidden" role="status">{count}</p>
            </div>
        </Dialog>
    }
}

/// Up and down go through the list; Enter in the field takes the first.
fn walk(event: KeyboardEvent) {
    let palette = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let choices = palette.and_then(|palette| palette.query_selector_all("input, a, li button").ok());
    let Some(choices) = choices else { return };
    let all = (0..choices.length()).filter_map(|at| choices.item(at)?.dyn_into::<HtmlElement>().ok());
    let all: Vec<HtmlElement> = all.collect();
    let here = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let place = all.iter().position(|choice| Some(choice) == here.as_ref()).unwrap_or(0);
    match event.key().as_str() {
        "Enter" if place == 0 => {
            if let Some(first) = all.get(1) {
                first.click();
            }
        }
        "ArrowDown" => all.get(place + 1).into_iter().for_each(|next| _ = next.focus()),
        "ArrowUp" => all.get(place.saturating_sub(1)).into_iter().for_each(|next| _ = next.focus()),
        _ => return,
    }
    event.prevent_default();
}

fn entries(kept: Kept, sites: &[Site], shown: Shown) -> Vec<Entry> {
    let tracking_id = kept.tracking_id.get_value();
    let (view, today) = untrack(|| (shown.view(), shown.today()));
    let to = |name: &str, kind, view: &View| Entry { name: name.to_owned(), kind, goes: Goes::To(shown.address(view)) };
    let action = |name: &str, goes| Entry { name: name.to_owned(), kind: "Action", goes };
    let mut entries = Vec::new();
    if kept.audience == Audience::Person {
        let page = |name: &str, address| Entry { name: name.to_owned(), kind: "Page", goes: Goes::To(address) };
        let everywhere =
            [("All sites", "/"), ("Your account", "/account"), ("People", "/people"), ("Add a site", "/sites/new")];
        entries.extend(everywhere.map(|(name, path)| page(name, path.to_owned())));
        let pages = [
            ("Live", "live"),
            ("Explore", "explore"),
            ("Dashboards", "dashboards"),
            ("Alerts", "alerts"),
            ("Settings", "settings"),
            ("Install the script", "install"),
        ];
        entries.extend(pages.map(|(name, path)| page(name, format!("/sites/{tracking_id}/{path}"))));
        entries.extend(people::ALL.iter().map(|(_, path, name)| page(name, format!("/sites/{tracking_id}/{path}"))));
        entries.extend(sites.iter().map(|site| {
            let address = format!("/sites/{}", site.tracking_id);
            Entry { name: site.name.clone(), kind: "Site", goes: Goes::To(address) }
        }));
    }
    let presets = CHOICES.into_iter().flatten();
    entries.extend(presets.map(|(preset, name, _)| to(name, "Period", &view.over(Period::Named(*preset)))));
    let steps = [("Earlier period", view.period.earlier(today)), ("Later period", view.period.later(today))];
    let steps = steps.into_iter().filter_map(|(name, period)| Some(to(name, "Period", &view.over(period?))));
    entries.extend(steps);
    let comparisons = [
        ("Compare with nothing", Compared::Nothing),
        ("Compare with the previous period", Compared::Previous),
        ("Compare with the year before", Compared::Year),
    ];
    let comparisons = comparisons.map(|(name, compared)| to(name, "Comparison", &View { compared, ..view.clone() }));
    entries.extend(comparisons);
    entries.push(to("Clear all filters", "Filter", &View { conditions: Vec::new(), ..view.clone() }));
    let segments = kept.segments.get_untracked();
    if !segments.is_empty() {
        entries.push(action("Segments", Goes::Open(Opened::Segments)));
    }
    entries.extend(segments.into_iter().map(|(number, name)| {
        let alone = view.with(Condition::is(Dimension::Segment, number));
        to(&name, "Segment", &alone)
    }));
    entries.push(action("Download CSV (zip)", Goes::Download));
    entries
}

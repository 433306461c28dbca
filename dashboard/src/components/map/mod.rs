//! The world, each country coloured by its visitors.
//!
//! Land without visitors is one path. Countries with visitors lie over it, as links: one of them is reached by Tab, the others
//! from there by arrow keys in the order of their visitors.

mod legend;
mod place;
mod world;

use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, FocusEvent, HtmlElement, KeyboardEvent, PointerEvent};

use crate::components::strength::step;
use crate::format;
use crate::later::asset;
use legend::legend;
pub use place::{Place, places};
use world::{SIZE, Shape, World};

/// The link in the page's head that names the styles.
const STYLE: &str = "later-charts";

/// Units at the left that reach over the edge: but for some islands there is the sea.
const SPARE: u32 = 30;

/// Countries with visitors, most first; none while they are on their way.
pub type Places = Memo<Option<Vec<Place>>>;

/// The address of what is shown of a country alone.
pub type Way = Callback<String, String>;

/// The country under the pointer or with the focus.
#[derive(Clone, Debug, PartialEq)]
struct Chosen {
    code: String,
    /// Where its words stand, as shares of width and height.
    left: f64,
    top: f64,
}

/// The map with its legend.
#[component]
pub fn Map(
    /// Who is where.
    places: Places,
    /// What a country leads to.
    way: Way,
) -> impl IntoView {
    let world = RwSignal::new(None::<Option<Arc<World>>>);
    let load = move || {
        spawn_local(async move {
            let loaded = world::fetch().await;
            world.try_set(Some(loaded));
        });
    };
    load();
    let is_styled = RwSignal::new(false);
    let body = move || match world.get() {
        None => ().into_any(),
        Some(Some(world)) => drawing(world, places, way),
        Some(None) => view! {
            <div class="failed" role="alert">
                <p>"The map could not be loaded."</p>
                <button type="button" class="button" on:click=move |_| load()>"Try again"</button>
            </div>
        }
        .into_any(),
    };
    view! {
        <link
            rel="stylesheet"
            href=asset(STYLE)
            on:load=move |_| is_styled.set(true)
            on:error=move |_| is_styled.set(true)
        />
        <figure class="map" data-testid="map" hidden=move || !is_styled.get()>{body}</figure>
    }
    .into_any()
}

fn drawing(world: Arc<World>, places: Places, way: Way) -> AnyView {
    let stage = NodeRef::<Div>::new();
    let chosen = RwSignal::new(None::<Chosen>);
    // Which one Tab leads to; the busiest where none was chosen yet.
    let last = RwSignal::new(None::<String>);
    let coloured = {
        let world = world.clone();
        Memo::new(move |_| {
            places.with(|places| {
                let found = places.iter().flatten().filter_map(|place| world.shape(&place.code).cloned());
                found.collect::<Vec<Shape>>()
            })
        })
    };
    let home = Memo::new(move |_| {
        coloured.with(|shapes| {
            let last = last.get().filter(|last| shapes.iter().any(|shape| shape.code == *last));
            last.or_else(|| shapes.first().map(|shape| shape.code.clone()))
        })
    });
    // In an order that does not change with the numbers: what has the focus stays where it is.
    let drawn = Memo::new(move |_| {
        let mut shapes = coloured.get();
        shapes.sort_by(|one, other| one.code.cmp(&other.code));
        shapes
    });
    let most = {
        let world = world.clone();
        Memo::new(move |_| {
            places.with(|places| {
                let found = places.iter().flatten().filter(|place| world.shape(&place.code).is_some());
                found.map(|place| place.visitors).max()
            })
        })
    };

    let hover = move |event: PointerEvent| {
        let place = stage.get_untracked().zip(code_of(&event));
        chosen.set(place.filter(|_| event.pointer_type() != "touch").map(|(stage, (code, _))| {
            let (left, top) = share(&stage, f64::from(event.client_x()), f64::from(event.client_y()));
            Chosen { code, left, top }
        }));
    };
    let focus = move |event: FocusEvent| {
        let place = stage.get_untracked().zip(code_of(&event));
        chosen.set(place.map(|(stage, (code, country))| {
            last.set(Some(code.clone()));
            let room = country.get_bounding_client_rect();
            let (left, top) = share(&stage, room.left() + room.width() / 2.0, room.top() + room.height() / 2.0);
            Chosen { code, left, top }
        }));
    };
    let walk = move |event: KeyboardEvent| {
        let to = coloured.with_untracked(|shapes| {
            let at = home.with_untracked(|home| shapes.iter().position(|shape| Some(&shape.code) == home.as_ref()))?;
            let to = match event.key().as_str() {
                "ArrowRight" | "ArrowDown" => at + 1,
                "ArrowLeft" | "ArrowUp" => at.saturating_sub(1),
                "Home" => 0,
                "End" => shapes.len().checked_sub(1)?,
                _ => return None,
            };
            // What is typed on the map is not for the page.
            event.prevent_default();
            event.stop_propagation();
            shapes.get(to).map(|shape| shape.code.clone())
        });
        let link = stage.get_untracked().zip(to).and_then(|(stage, code)| find(&stage, &code));
        if let Some(link) = link {
            let _ = link.focus();
        }
    };
    let ring = {
        let world = world.clone();
        move || chosen.with(|chosen| Some(world.shape(&chosen.as_ref()?.code)?.path.clone()))
    };
    let label = move || places.with(|places| summary(places.as_deref().unwrap_or_default()));
    view! {
        // The listeners are not the drawing's: an element of SVG that listens to the focus would take it.
        <div
            class="map-stage"
            node_ref=stage
            on:pointermove=hover
            on:pointerleave=move |_| chosen.set(None)
            on:focusin=focus
            on:focusout=move |_| chosen.set(None)
            on:keydown=walk
        >
            <svg
                viewBox=format!("{SPARE} 0 {} {}", SIZE.0 - SPARE, SIZE.1)
                fill="none"
                role="group"
                aria-label=label
            >
                <path class="map-land" d=world.land() aria-hidden="true"/>
                <For each=move || drawn.get() key=|shape| shape.code.clone() let(shape)>
                    {country(shape, places, most, home, way)}
                </For>
                <path class="map-ring" d=ring aria-hidden="true"/>
            </svg>
            {move || chosen.get().and_then(|chosen| words(&chosen, places))}
        </div>
        {legend(world, places, most)}
    }
    .into_any()
}

/// A country with visitors.
fn country(shape: Shape, places: Places, most: Memo<Option<u64>>, home: Memo<Option<String>>, way: Way) -> AnyView {
    let is_point = shape.is_point();
    let Shape { code, path } = shape;
    let place = {
        let code = code.clone();
        Memo::new(move |_| places.with(|places| places.iter().flatten().find(|place| place.code == code).cloned()))
    };
    let visitors = move || place.with(|place| place.as_ref().map_or(0, |place| place.visitors));
    let strength = move || step(visitors(), most.get().unwrap_or_default()).to_string();
    let label = move || place.with(|place| place.as_ref().map(sentence));
    let (to, own) = (code.clone(), code.clone());
    let address = move || way.run(to.clone());
    let index = move || if home.with(|home| home.as_ref() == Some(&own)) { "0" } else { "-1" };
    view! {
        <g>
            <a
                class="map-place"
                class:point=is_point
                href=address
                tabindex=index
                aria-label=label
                data-name=code
                data-value=move || visitors().to_string()
                data-step=strength
            >
                <path d=path/>
            </a>
        </g>
    }
    .into_any()
}

/// `Germany: 1,234 visitors, 38%`.
fn sentence(place: &Place) -> String {
    let share = place.share.map(|share| format!(", {}", format::percent(share))).unwrap_or_default();
    format!("{}: {}{share}", format::country(&place.code), visitors(place.visitors))
}

fn visitors(count: u64) -> String {
    format!("{} {}", format::whole(count), if count == 1 { "visitor" } else { "visitors" })
}

/// The map in words.
fn summary(places: &[Place]) -> String {
    let known: Vec<&Place> = places.iter().filter(|place| !place.code.is_empty()).collect();
    let Some(first) = known.first() else { return "Visitors by country: none".to_owned() };
    format!(
        "Visitors by country: {}. Most are from {}. Arrow keys lead from one to the next, Enter shows it alone.",
        format::whole(known.len() as u64),
        sentence(first)
    )
}

/// What stands beside the pointer.
fn words(chosen: &Chosen, places: Places) -> Option<AnyView> {
    let place = places.with(|places| places.iter().flatten().find(|place| place.code == chosen.code).cloned())?;
    let share = place.share.map(|share| format!(" · {}", format::percent(share)));
    let (left, top) = (format::length(chosen.left), format::length(chosen.top));
    let tip = view! {
        <div class="tooltip map-tip" class:below=chosen.top < 0.3 style:--left=left style:top=top aria-hidden="true">
            <b><img class="flag" src=format::flag(&place.code) alt=""/>{format::country(&place.code)}</b>
            <span class="muted">{visitors(place.visitors)}{share}</span>
        </div>
    };
    Some(tip.into_any())
}

/// The country that an event is about, and its element.
fn code_of(event: &Event) -> Option<(String, Element)> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let country = target.closest("[data-name]").ok().flatten()?;
    Some((country.get_attribute("data-name")?, country))
}

/// A country's element. It can be focused as those of HTML can.
fn find(stage: &Element, code: &str) -> Option<HtmlElement> {
    stage.query_selector(&format!("[data-name=\"{code}\"]")).ok().flatten().map(JsCast::unchecked_into)
}

/// A point of the window as shares of the stage.
fn share(stage: &Element, x: f64, y: f64) -> (f64, f64) {
    let room = stage.get_bounding_client_rect();
    ((x - room.left()) / room.width().max(1.0), (y - room.top()) / room.height().max(1.0))
}

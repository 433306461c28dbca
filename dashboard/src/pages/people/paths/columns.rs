//! The column explorer: steps side by side, bands between them. Arrow keys go from step to step, Enter makes one the start.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use wire::analysis::{Direction, PathNode, PathsAnswer};

use super::super::told::{percent, unit_words};
use super::Editing;
use super::layout::{Band, Layout, ROOM, layout};
use super::state::State;
use crate::format;

/// What stands for all that is not told apart.
pub const OTHERS: &str = "(other)";

/// A step by its column and its place there.
type At = (usize, usize);

/// The columns.
pub fn columns(editing: Editing, answer: &PathsAnswer) -> AnyView {
    let state = editing.state.get_untracked();
    let found = layout(answer.total, &answer.columns, &answer.links);
    let active = RwSignal::new(None::<At>);
    let count = answer.columns.len();
    let depth: Vec<usize> = answer.columns.iter().map(Vec::len).collect();
    // Looking back, what came before stands to the left.
    let is_back = state.direction == Direction::Previous;
    let parts = (0..count).flat_map(|at| {
        let nodes = answer.columns.get(at).map(Vec::as_slice).unwrap_or_default();
        let column = column(editing, &state, (at, count), nodes, answer, &found, active);
        let bands = found.bands.get(at).filter(|_| at + 1 < count);
        [Some(column), bands.map(|bands| room(at, bands, found.height, is_back, active))]
    });
    let mut parts: Vec<AnyView> = parts.flatten().collect();
    if is_back {
        parts.reverse();
    }
    let walk = move |event: web_sys::KeyboardEvent| {
        let here = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok()).map(|here| here.id());
        let Some((column, row)) = here.as_deref().and_then(place_of) else { return };
        let (later, earlier) = if is_back { ("ArrowLeft", "ArrowRight") } else { ("ArrowRight", "ArrowLeft") };
        let to = match event.key().as_str() {
            "ArrowDown" => Some((column, row + 1)),
            "ArrowUp" => row.checked_sub(1).map(|row| (column, row)),
            "Home" => Some((column, 0)),
            "End" => depth.get(column).and_then(|rows| rows.checked_sub(1)).map(|row| (column, row)),
            key if key == later => Some((column + 1, row)),
            key if key == earlier => column.checked_sub(1).map(|column| (column, row)),
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        let rows = to.and_then(|(column, _)| depth.get(column).copied()).unwrap_or(0);
        if let (Some((column, row)), Some(last)) = (to, rows.checked_sub(1)) {
            let next = document().get_element_by_id(&id_of((column, row.min(last))));
            if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
                let _ = next.focus();
            }
        }
    };
    view! {
        <div class="ways" role="group" aria-label="Steps, column by column. Arrow keys go from one to another, Enter begins there." on:keydown=walk>
            <div class="ways-row" on:pointerleave=move |_| active.set(None)>{parts}</div>
        </div>
    }
    .into_any()
}

fn id_of((column, row): At) -> String {
    format!("way-{column}-{row}")
}

fn place_of(id: &str) -> Option<At> {
    let (column, row) = id.strip_prefix("way-")?.split_once('-')?;
    Some((column.parse().ok()?, row.parse().ok()?))
}

fn column(
    editing: Editing,
    state: &State,
    (at, count): (usize, usize),
    nodes: &[PathNode],
    answer: &PathsAnswer,
    found: &Layout,
    active: RwSignal<Option<At>>,
) -> AnyView {
    let is_back = state.direction == Direction::Previous;
    let title = match (at, is_back) {
        (0, false) => "Start".to_owned(),
        (0, true) => "End".to_owned(),
        (at, false) => format!("Step {at}"),
        (1, true) => "1 before".to_owned(),
        (at, true) => format!("{at} before"),
    };
    let places = found.columns.get(at).map(Vec::as_slice).unwrap_or_default();
    let steps = nodes.iter().zip(places).enumerate().map(|(row, (node, place))| {
        let here = (at, row);
        // In the last column nobody looks further.
        let ended = (at + 1 < count && node.ended > 0).then_some(node.ended);
        let share = share(node.users, answer.total);
        let lost = ended.map(|ended| {
            let what = if is_back { "begin" } else { "stop" };
            view! { <span class="way-ended muted">{format!("{} {what}", percent(self::share(ended, node.users)))}</span> }
        });
        let label = {
            let unit = unit_words(&answer.meta.unit).0.to_lowercase();
            let ended = ended.map(|ended| {
                let what = if is_back { "begin" } else { "stop" };
                format!(", {} {what} here", format::whole(ended))
            });
            format!("{}: {} {unit}, {}{}", node.name, format::whole(node.users), percent(share), ended.unwrap_or_default())
        };
        let inner = view! {
            <span class="way-name ellipsis">{node.name.clone()}</span>
            " "
            <span class="way-count"><b>{format::short(node.users)}</b>" "<span class="muted">{percent(share)}</span></span>
            " "
            {lost}
        };
        let enter = move |_: web_sys::PointerEvent| active.set(Some(here));
        let focus = move |_| active.set(Some(here));
        let leave = move |_| active.set(None);
        let (name, height) = (node.name.clone(), format!("{:.1}px", place.height));
        let id = id_of(here);
        let dim = Signal::derive(move || active.with(|active| active.is_some_and(|active| active == here)));
        if node.name == OTHERS {
            return view! {
                <li style:height=height class="way-place">
                    <span class="way others" id=id tabindex="0" role="note" title=label data-name=name data-value=node.users.to_string()
                        class:on=dim on:pointerenter=enter on:focus=focus on:blur=leave>{inner}</span>
                </li>
            }
            .into_any();
        }
        let href = {
            let next = state.beginning_with(&node.name);
            move || editing.address(&next)
        };
        view! {
            <li style:height=height class="way-place">
                <a class="way" id=id href=href title=label data-name=name data-value=node.users.to_string()
                    class:on=dim on:pointerenter=enter on:focus=focus on:blur=leave>{inner}</a>
            </li>
        }
        .into_any()
    });
    let steps: Vec<AnyView> = steps.collect();
    view! {
        <section class="ways-column" aria-label=title.clone()>
            <h4>{title.clone()}</h4>
            <ol>{steps}</ol>
        </section>
    }
    .into_any()
}

/// The bands between a column and the next.
fn room(at: usize, bands: &[Band], height: f64, is_back: bool, active: RwSignal<Option<At>>) -> AnyView {
    let bands = bands.iter().map(|band| {
        let Band { from, to, users, .. } = *band;
        let is_on = move || active.with(|active| matches!(active, Some((column, row)) if (*column == at && *row == from) || (*column == at + 1 && *row == to)));
        let is_off = move || active.with(Option::is_some) && !is_on();
        view! { <path class="band" class:on=is_on class:off=is_off d=band.path() data-users=users.to_string()/> }
    });
    let turn = is_back.then(|| format!("translate({ROOM} 0) scale(-1 1)"));
    view! {
        <svg
            class="ways-room"
            viewBox=format!("0 0 {ROOM} {height:.1}")
            preserveAspectRatio="none"
            style:height=format!("{height:.1}px")
            aria-hidden="true"
        >
            <g transform=turn>{bands.collect_view()}</g>
        </svg>
    }
    .into_any()
}

#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
pub fn share(part: u64, all: u64) -> f64 {
    part as f64 / all.max(1) as f64
}

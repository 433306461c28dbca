//! Stacked bars above and below a line, with a cursor that follows pointer and arrow keys; the same numbers as a table.

use std::sync::Arc;

use leptos::prelude::*;

use super::surface::{Laid, Placed, surface};
use super::told::{Rows, drawn_or_table, table};
use crate::curve::unit;
use crate::format;
use crate::plot::SIZE;
use crate::scale::{Grain, Scale};

/// Words below the drawing.
const LABELS: usize = 7;

/// Share of its place that a bar takes.
const WIDTH: f64 = 0.72;

/// A part of every bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What people read.
    pub name: String,
    /// Which side of the line it is drawn on.
    pub side: Side,
    /// Its values, none below zero, at the axis' places.
    pub values: Vec<f64>,
}

/// Which side of the line something is drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Counted up.
    Above,
    /// Counted down.
    Below,
}

/// A drawing.
#[derive(Clone)]
pub struct Bars {
    /// What is drawn.
    pub title: String,
    /// What the axis is of: `Day`.
    pub axis: &'static str,
    /// Its places, in full.
    pub places: Vec<String>,
    /// The same, where there is little room.
    pub brief: Vec<String>,
    /// The parts, from the line outwards.
    pub parts: Vec<Part>,
    /// From which place on numbers still change.
    pub running_from: Option<usize>,
    /// What is compared, where anything is: a mark at each place that has one.
    pub before: Option<Part>,
    /// How values are written.
    pub write: Write,
    /// How they are written beside the scale, where there is little room.
    pub tick: Write,
}

/// How values are written.
pub type Write = Arc<dyn Fn(f64) -> String + Send + Sync>;

impl Bars {
    fn value(part: &Part, at: usize) -> f64 {
        part.values.get(at).copied().unwrap_or_default()
    }

    /// The highest pile on a side.
    fn highest(&self, side: Side) -> f64 {
        let of = |at: usize| self.parts.iter().filter(|part| part.side == side).map(|part| Self::value(part, at)).sum();
        (0..self.places.len()).map(of).fold(0.0, f64::max)
    }

    /// Both sides have one scale.
    fn scales(&self) -> (Scale, f64) {
        let marks = self.before.iter().flat_map(|before| before.values.iter().copied());
        let (above, below) = (marks.fold(self.highest(Side::Above), f64::max), self.highest(Side::Below));
        let mut values = self.parts.iter().flat_map(|part| part.values.iter());
        let grain = if values.all(|value| value.fract() == 0.0) { Grain::Whole } else { Grain::Fraction };
        let scale = Scale::covering(above.max(below), grain);
        let step = scale.ticks.get(1).copied().unwrap_or(1.0);
        // As many steps below as are needed, and no more.
        (scale, (below / step).ceil() * step)
    }

    /// The numbers.
    pub fn rows(&self) -> Rows {
        let all = || self.parts.iter().chain(&self.before);
        let head = [self.axis.to_owned()].into_iter().chain(all().map(|part| part.name.clone()));
        let row = |(at, place): (usize, &String)| {
            let value = |part: &Part| (self.write)(Self::value(part, at));
            [place.clone()].into_iter().chain(all().map(value)).collect()
        };
        [head.collect()].into_iter().chain(self.places.iter().enumerate().map(row)).collect()
    }
}

impl Placed for Bars {
    fn count(&self) -> usize {
        self.places.len()
    }

    #[expect(clippy::cast_precision_loss, reason = "places are few")]
    fn middle(&self, at: usize) -> f64 {
        (at as f64 + 0.5) / self.places.len().max(1) as f64
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "places are few"
    )]
    fn nearest(&self, share: f64) -> Option<usize> {
        let last = self.places.len().checked_sub(1)?;
        Some(((share * self.places.len() as f64).max(0.0) as usize).min(last))
    }

    fn say(&self, at: usize) -> String {
        let place = self.places.get(at).cloned().unwrap_or_default();
        let values = self
            .parts
            .iter()
            .chain(&self.before)
            .map(|part| format!("{} {}", part.name, (self.write)(Self::value(part, at))));
        format!("{place}: {}", values.collect::<Vec<_>>().join(", "))
    }

    fn hint(&self, at: usize) -> AnyView {
        let rank = |rank: usize| (rank < self.parts.len() && self.parts.len() > 1).then_some(rank);
        let rows = self.parts.iter().chain(&self.before).enumerate().map(|(at_part, part)| {
            let rank = rank(at_part);
            let value = (self.write)(Bars::value(part, at));
            view! { <div class="tooltip-row" data-rank=rank><i></i><span>{part.name.clone()}</span><b>{value}</b></div> }
        });
        let running = self.running_from.is_some_and(|from| at >= from);
        let running = running.then(|| view! { <div class="muted">"So far"</div> });
        let place = self.places.get(at).cloned();
        view! { <div class="tooltip-head"><span>{place}</span></div>{rows.collect_view()}{running} }.into_any()
    }
}

/// The drawing as a card, with more tools beside the switch to the table.
pub fn bars_card(drawn: Bars, test_id: &'static str, tools: AnyView) -> AnyView {
    let is_table = RwSignal::new(false);
    let title = drawn.title.clone();
    let legend = drawn.parts.iter().enumerate().map(|(rank, part)| {
        view! { <span class="legend" data-rank=rank><i></i><span class="ellipsis">{part.name.clone()}</span></span> }
    });
    let legend = (drawn.parts.len() > 1).then(|| legend.collect_view());
    let before = drawn.before.as_ref().map(|part| {
        view! { <span class="legend pile-legend"><i></i><span class="ellipsis">{part.name.clone()}</span></span> }
    });
    let drawn = StoredValue::new(drawn);
    let body = move || {
        if is_table.get() {
            return table("The numbers of the chart", drawn.with_value(Bars::rows));
        }
        laid(drawn)
    };
    view! {
        <figure class="card chart figure piles" data-testid=test_id>
            <figcaption class="chart-head people-head">
                <h3>{title}</h3>
                {legend}
                {before}
                {drawn_or_table(is_table)}
                {tools}
            </figcaption>
            {body}
        </figure>
    }
    .into_any()
}

fn laid(drawn: StoredValue<Bars>) -> AnyView {
    let (scale, below) = drawn.with_value(Bars::scales);
    let whole = scale.max + below;
    let height = move |value: f64| if whole > 0.0 { (value + below) / whole } else { 0.0 };
    let down = scale.ticks.iter().skip(1).map(|tick| -tick).filter(|tick| -tick <= below);
    let marks: Vec<f64> = scale.ticks.iter().copied().chain(down).collect();
    let ticks = marks.iter().map(|tick| {
        let words = drawn.with_value(|drawn| (drawn.tick)(tick.abs()));
        view! { <span style:bottom=format::length(height(*tick))>{words}</span> }
    });
    let ticks = ticks.collect_view().into_any();
    let shapes = drawn.with_value(|drawn| shapes(drawn, &marks, height));
    let labels = drawn.with_value(labels);
    let title = drawn.with_value(|drawn| drawn.title.clone());
    surface(drawn, Laid { title, ticks, shapes, labels })
}

#[expect(clippy::cast_precision_loss, reason = "places are few")]
fn shapes(drawn: &Bars, marks: &[f64], height: impl Fn(f64) -> f64) -> AnyView {
    let y = |value: f64| (1.0 - height(value)) * SIZE;
    let grid = marks.iter().map(|mark| {
        let class = if *mark == 0.0 { "chart-grid pile-line" } else { "chart-grid" };
        view! { <path class=class d=format!("M0 {}H{}", unit(y(*mark)), unit(SIZE))/> }
    });
    let room = SIZE / drawn.places.len().max(1) as f64;
    let mut piled = vec![(0.0, 0.0); drawn.places.len()];
    let parts = drawn.parts.iter().enumerate().map(|(rank, part)| {
        let mut paths = [String::new(), String::new()];
        for (at, (above, below)) in piled.iter_mut().enumerate() {
            let value = Bars::value(part, at);
            let (from, to) = match part.side {
                Side::Above => (*above, *above + value),
                Side::Below => (-*below, -*below - value),
            };
            match part.side {
                Side::Above => *above += value,
                Side::Below => *below += value,
            }
            if value <= 0.0 {
                continue;
            }
            let (left, width) = ((at as f64 + (1.0 - WIDTH) / 2.0) * room, WIDTH * room);
            let path = format!("M{} {}V{}h{}V{}Z", unit(left), unit(y(from)), unit(y(to)), unit(width), unit(y(from)));
            let is_running = drawn.running_from.is_some_and(|running| at >= running);
            if let Some(all) = paths.get_mut(usize::from(is_running)) {
                all.push_str(&path);
            }
        }
        let [done, running] = paths;
        view! { <g data-rank=rank><path class="pile" d=done/><path class="pile pile-running" d=running/></g> }
    });
    let parts = parts.collect_view();
    let marks = drawn.before.iter().flat_map(|before| before.values.iter().enumerate());
    let marks = marks.filter(|(_, value)| **value > 0.0).map(|(at, value)| {
        let (left, width) = ((at as f64 + (1.0 - WIDTH) / 2.0) * room, WIDTH * room);
        format!("M{} {}h{}", unit(left), unit(y(*value)), unit(width))
    });
    let marks: String = marks.collect();
    view! { {grid.collect_view()}{parts}<path class="pile-before" d=marks/> }.into_any()
}

fn labels(drawn: &Bars) -> AnyView {
    let step = drawn.brief.len().div_ceil(LABELS).max(1);
    let labels = drawn.brief.iter().enumerate().filter(|(at, _)| at.is_multiple_of(step)).enumerate();
    let labels = labels.map(|(rank, (at, words))| {
        let class = if rank % 2 == 1 { "minor" } else { "" };
        view! { <span class=class style:left=format::length(drawn.middle(at))>{words.clone()}</span> }
    });
    labels.collect_view().into_any()
}

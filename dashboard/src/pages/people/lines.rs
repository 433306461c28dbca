//! Lines over a common axis, with a cursor that follows pointer and arrow keys; the same numbers as a table.

use leptos::prelude::*;

use super::surface::{Laid, Placed, surface};
use super::told::{Rows, drawn_or_table, table};
use crate::curve::{self, unit};
use crate::format;
use crate::plot::SIZE;
use crate::scale::{Grain, Scale};

/// Colours that are told apart.
pub const LINES_MAX: usize = 5;

/// Words below the drawing.
const LABELS: usize = 7;

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What people read.
    pub name: String,
    /// Its values at the axis' places; what is not known yet is not drawn.
    pub values: Vec<Option<f64>>,
}

/// A drawing.
#[derive(Clone)]
pub struct Lines {
    /// What is drawn.
    pub title: String,
    /// What the axis is of: `Day`.
    pub axis: &'static str,
    /// Its places, in full.
    pub places: Vec<String>,
    /// The same, where there is little room.
    pub brief: Vec<String>,
    /// The lines; of more than one each has a colour of its own.
    pub lines: Vec<Line>,
    /// From which place on numbers still grow.
    pub running_from: Option<usize>,
    /// How values are written.
    pub write: fn(f64) -> String,
    /// The highest value that the scale has to hold, beside those that there are.
    pub least_top: f64,
}

impl Lines {
    fn scale(&self) -> Scale {
        let values = self.lines.iter().flat_map(|line| line.values.iter().flatten().copied());
        let values: Vec<f64> = values.collect();
        let grain = if values.iter().all(|value| value.fract() == 0.0) { Grain::Whole } else { Grain::Fraction };
        Scale::covering(values.into_iter().fold(self.least_top, f64::max), grain)
    }

    /// The numbers.
    pub fn rows(&self) -> Rows {
        let head = [self.axis.to_owned()].into_iter().chain(self.lines.iter().map(|line| line.name.clone()));
        let row = |(at, place): (usize, &String)| {
            let value = |line: &Line| line.values.get(at).copied().flatten().map(self.write).unwrap_or_default();
            [place.clone()].into_iter().chain(self.lines.iter().map(value)).collect()
        };
        [head.collect()].into_iter().chain(self.places.iter().enumerate().map(row)).collect()
    }
}

impl Placed for Lines {
    fn count(&self) -> usize {
        self.places.len()
    }

    #[expect(clippy::cast_precision_loss, reason = "places are few")]
    fn middle(&self, at: usize) -> f64 {
        match self.places.len() {
            0 | 1 => 0.5,
            count => at as f64 / (count - 1) as f64,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "places are few"
    )]
    fn nearest(&self, share: f64) -> Option<usize> {
        let last = self.places.len().checked_sub(1)?;
        Some(((share * last as f64).round().max(0.0) as usize).min(last))
    }

    fn say(&self, at: usize) -> String {
        let place = self.places.get(at).cloned().unwrap_or_default();
        let values = self.lines.iter().filter_map(|line| {
            let value = (self.write)(line.values.get(at).copied().flatten()?);
            Some(if self.lines.len() > 1 { format!("{} {value}", line.name) } else { value })
        });
        format!("{place}: {}", values.collect::<Vec<_>>().join(", "))
    }

    fn hint(&self, at: usize) -> AnyView {
        let rows = self.lines.iter().take(LINES_MAX).enumerate().filter_map(|(rank, line)| {
            let value = (self.write)(line.values.get(at).copied().flatten()?);
            let rank = (self.lines.len() > 1).then_some(rank);
            Some(view! { <div class="tooltip-row" data-rank=rank><i></i><span>{line.name.clone()}</span><b>{value}</b></div> })
        });
        let running = self.running_from.is_some_and(|from| at >= from);
        let running = running.then(|| view! { <div class="muted">"So far"</div> });
        let place = self.places.get(at).cloned();
        view! { <div class="tooltip-head"><span>{place}</span></div>{rows.collect_view()}{running} }.into_any()
    }
}

/// The drawing as a card, with more tools beside the switch to the table.
pub fn lines_card(drawn: Lines, test_id: &'static str, tools: AnyView) -> AnyView {
    let is_table = RwSignal::new(false);
    let title = drawn.title.clone();
    let legend = (drawn.lines.len() > 1).then(|| {
        let names = drawn.lines.iter().take(LINES_MAX).enumerate();
        let names = names.map(|(rank, line)| {
            view! { <span class="legend" data-rank=rank><i></i><span class="ellipsis">{line.name.clone()}</span></span> }
        });
        names.collect_view()
    });
    let drawn = StoredValue::new(drawn);
    let body = move || {
        if is_table.get() {
            return table("The numbers of the chart", drawn.with_value(Lines::rows));
        }
        laid(drawn)
    };
    view! {
        <figure class="card chart figure" data-testid=test_id>
            <figcaption class="chart-head people-head">
                <h3>{title}</h3>
                {legend}
                {drawn_or_table(is_table)}
                {tools}
            </figcaption>
            {body}
        </figure>
    }
    .into_any()
}

fn laid(drawn: StoredValue<Lines>) -> AnyView {
    let scale = drawn.with_value(Lines::scale);
    let ticks = scale.ticks.iter().map(|tick| {
        let words = drawn.with_value(|drawn| (drawn.write)(*tick));
        view! { <span style:bottom=format::length(scale.share(*tick))>{words}</span> }
    });
    let ticks = ticks.collect_view().into_any();
    let shapes = drawn.with_value(|drawn| shapes(drawn, &scale));
    let labels = drawn.with_value(labels);
    let title = drawn.with_value(|drawn| drawn.title.clone());
    surface(drawn, Laid { title, ticks, shapes, labels })
}

fn shapes(drawn: &Lines, scale: &Scale) -> AnyView {
    let grid = scale.ticks.iter().map(|tick| {
        let height = unit((1.0 - scale.share(*tick)) * SIZE);
        view! { <path class="chart-grid" d=format!("M0 {height}H{}", unit(SIZE))/> }
    });
    let is_one = drawn.lines.len() == 1;
    let lines = drawn.lines.iter().take(LINES_MAX).enumerate().map(|(rank, line)| {
        let places = line.values.iter().enumerate();
        let places = places
            .filter_map(|(at, value)| Some((at, (drawn.middle(at) * SIZE, (1.0 - scale.share((*value)?)) * SIZE))));
        let (done, running): (Vec<_>, Vec<_>) =
            places.partition(|(at, _)| drawn.running_from.is_none_or(|from| *at < from));
        let done: Vec<(f64, f64)> = done.into_iter().map(|(_, place)| place).collect();
        let running = done.last().copied().into_iter().chain(running.into_iter().map(|(_, place)| place));
        let running: Vec<(f64, f64)> = running.collect();
        let path = |points: &[(f64, f64)]| {
            points.first().map(|first| curve::start(*first) + &curve::segments(points).concat()).unwrap_or_default()
        };
        let area = match (done.first(), done.last()) {
            (Some(first), Some(last)) if is_one && done.len() > 1 => {
                format!("{}L{} {bottom}L{} {bottom}Z", path(&done), unit(last.0), unit(first.0), bottom = unit(SIZE))
            }
            _ => String::new(),
        };
        let class = if is_one { "chart-line" } else { "chart-line figure-line" };
        view! {
            <g data-rank=rank>
                <path class="figure-area" d=area/>
                <path class=class d=path(&done)/>
                <path class=format!("{class} chart-running") d=path(&running)/>
            </g>
        }
    });
    view! { {grid.collect_view()}{lines.collect_view()} }.into_any()
}

fn labels(drawn: &Lines) -> AnyView {
    let last = drawn.brief.len().saturating_sub(1);
    let step = last.div_ceil(LABELS).max(1);
    let labels = drawn.brief.iter().enumerate().filter(|(at, _)| at.is_multiple_of(step)).enumerate();
    let labels = labels.map(|(rank, (at, words))| {
        let class = match at {
            _ if last == 0 => "",
            0 => "first",
            _ if at == last => "last",
            _ if rank % 2 == 1 => "minor",
            _ => "",
        };
        view! { <span class=class style:left=format::length(drawn.middle(at))>{words.clone()}</span> }
    });
    labels.collect_view().into_any()
}

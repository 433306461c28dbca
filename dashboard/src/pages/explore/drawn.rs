//! The picture that an answer makes: where its points lie, and what they are.

use std::collections::HashMap;

use leptos::prelude::*;
use wire::query::{Cell, Dimension, Metric, Preset, Row, Span};

use super::words;
use crate::curve::{self, unit};
use crate::format;
use crate::metric::text;
use crate::plot::SIZE;
use crate::report::Answered;
use crate::scale::{Grain, Scale};

/// Bars drawn where it is not over time.
pub const BARS: usize = 12;

/// Words below the drawing.
const LABELS: usize = 7;

/// Part of a bar's place that it takes.
const BAR_SHARE: f64 = 0.62;

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// What is drawn.
    pub metric: Metric,
    /// Its values, from left to right.
    pub points: Vec<Point>,
    is_line: bool,
    /// Whether the last point of a line is still counting.
    is_running: bool,
    /// The vertical scale.
    pub scale: Scale,
    /// Whether there is anything to compare with.
    pub has_before: bool,
    /// Single values of a dimension, drawn in place of all of it; none where there are not to be any.
    pub lines: Vec<Line>,
}

/// A value of a dimension over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What people read of it.
    pub name: String,
    /// Its figures at the drawing's points.
    pub figures: Vec<(f64, String)>,
}

/// One point or bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// What the answer calls it.
    key: String,
    label: String,
    brief: String,
    value: f64,
    text: String,
    before: Option<(f64, String)>,
}

/// The picture of an answer: of its first metric, and of so many rows at most.
pub fn draw(answered: &Answered, most: usize) -> Option<Drawn> {
    let query = &answered.query;
    let metric = *query.metrics.first()?;
    let then = answered.answer.comparison.as_ref();
    let cell = |row: &Row| row.get(metric.name()).cloned().unwrap_or(Cell::Count(0));
    let points: Vec<_> = answered
        .answer
        .rows
        .iter()
        .take(most)
        .enumerate()
        .map(|(at, row)| {
            let before = then.and_then(|then| then.rows.get(at)?.as_ref()).map(cell);
            Point {
                key: query.dimensions.first().map(|by| text(row, &by.to_string()).to_owned()).unwrap_or_default(),
                label: label(&query.dimensions, row, words::value),
                brief: label(&query.dimensions, row, words::brief),
                value: words::number(&cell(row)),
                text: words::cell(metric, &cell(row)),
                before: before.map(|before| (words::number(&before), words::cell(metric, &before))),
            }
        })
        .collect();
    let is_line = query.dimensions.first().is_some_and(|first| first.is_time() && !first.is_cyclic());
    let is_running = match &query.date_range {
        Span::Preset(preset) => !matches!(preset, Preset::Yesterday | Preset::LastMonth),
        Span::Between(_) => false,
    };
    let values = points.iter().flat_map(|point| [Some(point.value), point.before.as_ref().map(|before| before.0)]);
    let highest = values.flatten().fold(0.0, f64::max);
    let is_whole = points.iter().all(|point| point.value.fract() == 0.0);
    let grain = if is_whole { Grain::Whole } else { Grain::Fraction };
    let has_before = points.iter().any(|point| point.before.as_ref().is_some_and(|before| before.0 > 0.0));
    let scale = Scale::covering(highest, grain);
    Some(Drawn { metric, scale, points, is_line, is_running, has_before, lines: Vec::new() })
}

fn label(dimensions: &[Dimension], row: &Row, words: fn(Dimension, &str) -> String) -> String {
    let names = dimensions.iter().filter_map(|by| match row.get(&by.to_string())? {
        Cell::Text(text) => Some(words(*by, text)),
        _ => None,
    });
    names.collect::<Vec<_>>().join(" · ")
}

impl Drawn {
    /// The same by some values of a dimension. The answer is by time and that dimension; what it does not tell is nothing.
    #[must_use]
    pub fn split(mut self, answered: &Answered, by: Dimension, values: &[String]) -> Self {
        let time = answered.query.dimensions.first().map(Dimension::to_string).unwrap_or_default();
        let (field, metric) = (by.to_string(), self.metric);
        let nothing = Cell::Count(0);
        let line = |value: &String| {
            let rows: HashMap<&str, &Cell> = answered
                .answer
                .rows
                .iter()
                .filter(|row| text(row, &field) == value)
                .filter_map(|row| Some((text(row, &time), row.get(metric.name())?)))
                .collect();
            let figures = self.points.iter().map(|point| {
                let cell = rows.get(point.key.as_str()).copied().unwrap_or(&nothing);
                (words::number(cell), words::cell(metric, cell))
            });
            Line { name: words::value(by, value), figures: figures.collect() }
        };
        let lines: Vec<Line> = values.iter().map(line).collect();
        let figures = lines.iter().flat_map(|line| line.figures.iter().map(|figure| figure.0));
        let highest = figures.clone().fold(0.0, f64::max);
        let is_whole = figures.clone().all(|figure| figure.fract() == 0.0);
        self.scale = Scale::covering(highest, if is_whole { Grain::Whole } else { Grain::Fraction });
        self.has_before = false;
        self.lines = lines;
        self
    }

    /// Middle of a point's place, 0 at the left to 1 at the right.
    #[expect(clippy::cast_precision_loss, reason = "points are few")]
    pub fn middle(&self, at: usize) -> f64 {
        match self.points.len() {
            0 | 1 => 0.5,
            count if self.is_line => at as f64 / (count - 1) as f64,
            count => (at as f64 + 0.5) / count as f64,
        }
    }

    /// The point nearest to a place.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "points are few"
    )]
    pub fn nearest(&self, share: f64) -> Option<usize> {
        let last = self.points.len().checked_sub(1)?;
        let at = if self.is_line { (share * last as f64).round() } else { (share * self.points.len() as f64).floor() };
        Some((at.max(0.0) as usize).min(last))
    }

    fn places(&self, value: impl Fn(&Point) -> Option<f64>) -> Vec<(f64, f64)> {
        let points = self.points.iter().enumerate();
        let place = |(at, point)| {
            let value = value(point)?;
            Some((self.middle(at) * SIZE, (1.0 - self.scale.share(value)) * SIZE))
        };
        points.filter_map(place).collect()
    }

    /// Grid, line or bars.
    pub fn shapes(&self) -> AnyView {
        let grid = self.scale.ticks.iter().map(|tick| {
            let height = unit((1.0 - self.scale.share(*tick)) * SIZE);
            view! { <path class="chart-grid" d=format!("M0 {height}H{}", unit(SIZE))/> }
        });
        let grid = grid.collect_view();
        if !self.lines.is_empty() {
            return view! { {grid}{self.line_shapes()} }.into_any();
        }
        let now = self.places(|point| Some(point.value));
        let before = if self.has_before { self.places(|point| Some(point.before.as_ref()?.0)) } else { Vec::new() };
        if self.is_line {
            let path = |points: &[(f64, f64)]| {
                points.first().map(|first| curve::start(*first) + &curve::segments(points).concat()).unwrap_or_default()
            };
            let line = path(&now);
            let (done, running) = match now.iter().nth_back(1).filter(|_| self.is_running) {
                Some(from) => {
                    let mut segments = curve::segments(&now);
                    let last = segments.pop().unwrap_or_default();
                    let first = now.first().map(|first| curve::start(*first)).unwrap_or_default();
                    (first + &segments.concat(), curve::start(*from) + &last)
                }
                None => (line.clone(), String::new()),
            };
            let area = match (now.first(), now.last()) {
                (Some(first), Some(last)) if now.len() > 1 => {
                    format!("{line}L{} {bottom}L{} {bottom}Z", unit(last.0), unit(first.0), bottom = unit(SIZE))
                }
                _ => String::new(),
            };
            return view! {
                {grid}
                <path class="chart-previous" d=path(&before)/>
                <path class="figure-area" d=area/>
                <path class="chart-line" d=done/>
                <path class="chart-line chart-running" d=running/>
            }
            .into_any();
        }
        let widths = if self.has_before { 0.5 } else { 1.0 };
        let bars = |points: &[(f64, f64)], class, shift: f64| {
            let place = SIZE / f64::from(u32::try_from(self.points.len().max(1)).unwrap_or(u32::MAX)) * BAR_SHARE;
            let path: String = points
                .iter()
                .map(|(x, y)| {
                    let (width, left) = (place * widths, x - place / 2.0 + shift * place);
                    format!("M{} {}V{}H{}V{}Z", unit(left), unit(SIZE), unit(*y), unit(left + width), unit(SIZE))
                })
                .collect();
            view! { <path class=class d=path/> }
        };
        view! {
            {grid}
            {bars(&before, "figure-bar-before", 0.5)}
            {bars(&now, "figure-bar", 0.0)}
        }
        .into_any()
    }

    fn line_shapes(&self) -> AnyView {
        let lines = self.lines.iter().enumerate().map(|(rank, line)| {
            let figures = line.figures.iter().enumerate();
            let places: Vec<_> = figures
                .map(|(at, figure)| (self.middle(at) * SIZE, (1.0 - self.scale.share(figure.0)) * SIZE))
                .collect();
            let path = places.first().map(|first| curve::start(*first) + &curve::segments(&places).concat());
            view! { <path class="chart-line figure-line" data-rank=rank d=path/> }
        });
        lines.collect_view().into_any()
    }

    /// What stands below them.
    pub fn labels(&self) -> AnyView {
        let count = self.points.len();
        let step = if self.is_line || count > BARS { count.div_ceil(LABELS).max(1) } else { 1 };
        let last = count.saturating_sub(1);
        let labels = self.points.iter().enumerate().filter(|(at, _)| at.is_multiple_of(step)).map(|(at, point)| {
            let class = match at {
                0 if self.is_line => "first",
                _ if self.is_line && at == last => "last",
                _ if (at / step) % 2 == 1 => "minor",
                _ => "",
            };
            #[expect(clippy::cast_precision_loss, reason = "points are few")]
            let room = format::length(step as f64 / count.max(1) as f64);
            view! {
                <span class=class style:left=format::length(self.middle(at)) style:max-width=room>{point.brief.clone()}</span>
            }
        });
        labels.collect_view().into_any()
    }

    /// A point's values, for the pointer.
    pub fn hint(&self, at: usize) -> Option<AnyView> {
        let point = self.points.get(at)?;
        if !self.lines.is_empty() {
            let rows = self.lines.iter().enumerate().filter_map(|(rank, line)| {
                let (_, text) = line.figures.get(at)?;
                Some(view! {
                    <div class="tooltip-row" data-rank=rank><i></i><span>{line.name.clone()}</span><b>{text.clone()}</b></div>
                })
            });
            return Some(
                view! { <div class="tooltip-head">{point.label.clone()}</div>{rows.collect_view()} }.into_any(),
            );
        }
        let before = point.before.as_ref().map(|(_, text)| {
            view! { <div class="tooltip-row before"><i></i><span>"Compared"</span><b>{text.clone()}</b></div> }
        });
        let view = view! {
            <div class="tooltip-head">{point.label.clone()}</div>
            <div class="tooltip-row"><i></i><span>{words::metric(self.metric)}</span><b>{point.text.clone()}</b></div>
            {before}
        };
        Some(view.into_any())
    }

    /// A point in words.
    pub fn say(&self, at: usize) -> Option<String> {
        let point = self.points.get(at)?;
        if !self.lines.is_empty() {
            let figure = |line: &Line| Some(format!("{} {}", line.name, line.figures.get(at)?.1));
            let figures: Vec<_> = self.lines.iter().filter_map(figure).collect();
            return Some(format!("{}: {}", point.label, figures.join(", ")));
        }
        let before = point.before.as_ref().map(|(_, text)| format!(", compared with {text}")).unwrap_or_default();
        Some(format!("{}: {} {}{before}", point.label, words::metric(self.metric), point.text))
    }

    /// All points as a table.
    pub fn table(&self) -> AnyView {
        let has_before = self.has_before;
        let rows = self.points.iter().enumerate().map(|(at, point)| {
            let before = has_before.then(|| view! { <td>{point.before.as_ref().map(|before| before.1.clone())}</td> });
            let lines =
                self.lines.iter().map(|line| view! { <td>{line.figures.get(at).map(|figure| figure.1.clone())}</td> });
            view! {
                <tr>
                    <th scope="row">{point.label.clone()}</th>
                    <td>{point.text.clone()}</td>
                    {before}
                    {lines.collect_view()}
                </tr>
            }
        });
        let names = self.lines.iter().map(|line| view! { <th scope="col">{line.name.clone()}</th> }).collect_view();
        let rows = rows.collect_view();
        view! {
            <div class="chart-table" tabindex="0" role="region" aria-label="Numbers of the chart">
                <table>
                    <thead>
                        <tr>
                            <th scope="col"><span class="visually-hidden">"Of"</span></th>
                            <th scope="col">{words::metric(self.metric)}</th>
                            {has_before.then(|| view! { <th scope="col">"Compared"</th> })}
                            {names}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    }
}

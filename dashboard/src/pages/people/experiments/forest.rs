//! A forest plot: of each variant the difference to the control, where it lies in 95 of 100 cases, and where at any time.

use leptos::prelude::*;
use wire::analysis::{Bounds, Compared, Verdict};

/// A variant's line.
pub struct Line {
    /// Its name.
    pub name: String,
    /// What people read of the difference.
    pub words: String,
    /// The difference.
    pub compared: Compared,
}

/// Width of the drawing, in its own units.
const WIDTH: f64 = 1000.0;

/// Height of a line of it, pixels.
const HEIGHT: f64 = 26.0;

/// How much further the scale reaches than the plain intervals, at most: what always holds may reach far.
const FURTHER: f64 = 1.8;

/// From differences to places.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// That shows zero and the intervals.
    fn of(all: &[(Bounds, Bounds)]) -> Self {
        let plain =
            all.iter().fold((0.0_f64, 0.0_f64), |(low, high), (plain, _)| (low.min(plain.low), high.max(plain.high)));
        let further = (plain.1 - plain.0) * (FURTHER - 1.0);
        let (low, high) = all.iter().fold(plain, |(low, high), (_, always)| {
            (low.min(always.low.max(plain.0 - further)), high.max(always.high.min(plain.1 + further)))
        });
        let room = ((high - low) * 0.04).max(f64::MIN_POSITIVE);
        Self { low: low - room, high: high + room }
    }

    fn place(self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0) * WIDTH
    }
}

/// The drawing; `write` is how a difference is written.
pub fn forest(lines: Vec<Line>, write: impl Fn(f64) -> String) -> AnyView {
    let bounds: Vec<_> = lines.iter().map(|line| (line.compared.interval, line.compared.sequential.interval)).collect();
    let scale = Scale::of(&bounds);
    let rows = lines.into_iter().map(|Line { name, words, compared }| {
        let class = match compared.verdict {
            Verdict::Better => "forest better",
            Verdict::Worse => "forest worse",
            _ => "forest",
        };
        let always = compared.sequential.interval;
        let at = |value: f64| scale.place(value).to_string();
        let middle = (HEIGHT / 2.0).to_string();
        let line = |class: &'static str, bounds: Bounds| {
            view! {
                <line class=class x1=at(bounds.low) x2=at(bounds.high) y1=middle.clone() y2=middle.clone() vector-effect="non-scaling-stroke"/>
            }
        };
        let point = Bounds { low: compared.effect, high: compared.effect };
        let title = format!("{name}: {words}; in 95 of 100 cases from {} to {}", write(compared.interval.low), write(compared.interval.high));
        view! {
            <li class=class data-name=name.clone() data-value=compared.effect.to_string()>
                <span class="forest-name ellipsis" title=name.clone()>{name.clone()}</span>
                <svg class="forest-plot" viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=title.clone()>
                    <title>{title.clone()}</title>
                    <line class="forest-zero" x1=at(0.0) x2=at(0.0) y1="0" y2=HEIGHT.to_string() vector-effect="non-scaling-stroke"/>
                    {line("forest-always", always)}
                    {line("forest-once", compared.interval)}
                    {line("forest-point", point)}
                </svg>
                <span class="forest-words">{words}</span>
            </li>
        }
    });
    view! {
        <ul class="forest-lines">{rows.collect_view()}</ul>
        <p class="forest-key muted">
            <span class="forest-key-once">"in 95 of 100 cases, at the planned end"</span>
            <span class="forest-key-always">"the same, whenever one looks"</span>
        </p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_shows_zero_and_all_that_holds_once() {
        let bounds = |low, high| Bounds { low, high };
        let scale = Scale::of(&[(bounds(1.0, 3.0), bounds(-0.5, 4.5)), (bounds(2.0, 4.0), bounds(f64::MIN, f64::MAX))]);
        assert!(scale.low < 0.0 && scale.high > 4.0 && scale.high < 9.0, "{scale:?}");
        assert!(scale.place(0.0) > 0.0 && scale.place(4.0) < WIDTH);
        assert!(scale.place(f64::MAX) <= WIDTH);
    }
}

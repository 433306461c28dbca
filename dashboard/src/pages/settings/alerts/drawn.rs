//! The buckets of a preview: what was measured, what was expected with how far it may wander, and when it would have fired.

use leptos::html::Div;
use leptos::prelude::*;
use wire::alert::{AlertPreview, Interval, Judged};
use wire::query::Dimension;

use crate::components::stepping;
use crate::curve::unit;
use crate::format;
use crate::metric::Unit;
use crate::plot::SIZE;
use crate::scale::{Grain, Scale};

/// Words below the drawing.
const LABELS: usize = 6;

/// What is drawn.
struct Drawn {
    interval: Interval,
    zone: String,
    buckets: Vec<Judged>,
    /// From when to when it would have been open, as shares of the width.
    fired: Vec<(f64, f64)>,
    scale: Scale,
}

/// The drawing, with a cursor that follows pointer and arrow keys.
pub fn drawn(interval: Interval, preview: &AlertPreview) -> AnyView {
    if preview.buckets.is_empty() {
        return view! { <p class="muted">"Nothing has been counted yet."</p> }.into_any();
    }
    let drawn = StoredValue::new(Drawn::of(interval, preview));
    let surface = NodeRef::<Div>::new();
    let cursor = RwSignal::new(None::<usize>);
    let count = preview.buckets.len();
    let follow = move |event: web_sys::PointerEvent| {
        let Some(surface) = surface.get() else { return };
        let room = surface.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - room.left()) / room.width().max(1.0);
        cursor.set(Some(nearest(share, count)));
    };
    let step = move |event: web_sys::KeyboardEvent| {
        stepping::step(&event, cursor, count);
    };
    let left = move || cursor.get().map(|at| format::length(middle(at, count))).unwrap_or_default();
    let hint = move || cursor.get().map(|at| drawn.with_value(|drawn| drawn.hint(at)));
    let spoken = move || cursor.get().map(|at| drawn.with_value(|drawn| drawn.say(at)));
    let (ticks, shapes, marks, labels) =
        drawn.with_value(|drawn| (drawn.ticks(), drawn.shapes(), drawn.marks(), drawn.labels()));
    view! {
        <div class="alert-legend" aria-hidden="true">
            <span><i></i>"Measured"</span>
            <span data-of="band"><i></i>"Usual"</span>
            <span data-of="fired"><i></i>"Would have fired"</span>
        </div>
        <div class="chart-frame">
            <div class="chart-ticks" aria-hidden="true">{ticks}</div>
            <div
                class="chart-surface"
                node_ref=surface
                tabindex="0"
                role="group"
                aria-roledescription="chart"
                aria-label=format!("Measured and expected in {count} values. Left and right arrow keys read them.")
                on:pointermove=follow
                on:pointerdown=follow
                on:pointerleave=move |_| cursor.set(None)
                on:blur=move |_| cursor.set(None)
                on:keydown=step
            >
                <svg viewBox="0 0 10000 10000" preserveAspectRatio="none" aria-hidden="true">{shapes}</svg>
                {marks}
                <div class="chart-cursor" hidden=move || cursor.get().is_none() style:left=left></div>
                <div
                    class="tooltip"
                    hidden=move || cursor.get().is_none()
                    class:flipped=move || cursor.get().is_some_and(|at| middle(at, count) > 0.5)
                    style:left=left
                >
                    {hint}
                </div>
            </div>
            <div class="chart-axis" aria-hidden="true">{labels}</div>
            <div class="visually-hidden" aria-live="polite">{spoken}</div>
        </div>
    }
    .into_any()
}

#[expect(clippy::cast_precision_loss, reason = "buckets are few")]
fn middle(at: usize, count: usize) -> f64 {
    if count < 2 { 0.5 } else { at as f64 / (count - 1) as f64 }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "buckets are few"
)]
fn nearest(share: f64, count: usize) -> usize {
    let last = count.saturating_sub(1);
    ((share * last as f64).round().max(0.0) as usize).min(last)
}

/// A measured number as people read it: in groups of three digits, to a tenth, and closer where it is below one.
pub fn number(value: f64) -> String {
    match value {
        value if value.fract() == 0.0 => format::figure(Unit::Count, value, ""),
        value if value.abs() < 1.0 => format::data(value),
        value => format::ratio(value),
    }
}

impl Drawn {
    fn of(interval: Interval, preview: &AlertPreview) -> Self {
        let buckets = preview.buckets.clone();
        let highest = buckets.iter().flat_map(|bucket| [bucket.value, bucket.expected, bucket.high]);
        // What would never be reached does not press all else to the ground.
        let measured = buckets.iter().filter_map(|bucket| bucket.value).fold(0.0, f64::max);
        let highest = highest.flatten().filter(|value| *value <= 1.6 * measured.max(1.0)).fold(0.0, f64::max);
        let is_whole = buckets.iter().filter_map(|bucket| bucket.value).all(|value| value.fract() == 0.0);
        let scale = Scale::covering(highest.max(1.0), if is_whole { Grain::Whole } else { Grain::Fraction });
        let place = |ms: u64| {
            let at = buckets.partition_point(|bucket| bucket.start_ms < ms);
            middle(at.min(buckets.len().saturating_sub(1)), buckets.len())
        };
        let fired = preview
            .incidents
            .iter()
            .map(|incident| (place(incident.opened_at_ms), incident.resolved_at_ms.map_or(1.0, place)));
        let fired = fired.collect();
        Self { interval, zone: preview.time_zone.clone(), buckets, fired, scale }
    }

    fn height(&self, value: f64) -> i32 {
        unit((1.0 - self.scale.share(value).clamp(0.0, 1.0)) * SIZE)
    }

    fn across(&self, at: usize) -> i32 {
        unit(middle(at, self.buckets.len()) * SIZE)
    }

    /// A line through what there is of something; where there is nothing, it is broken off.
    fn line(&self, of: impl Fn(&Judged) -> Option<f64>) -> String {
        let mut path = String::new();
        let mut is_begun = false;
        for (at, bucket) in self.buckets.iter().enumerate() {
            let Some(value) = of(bucket) else {
                is_begun = false;
                continue;
            };
            let letter = if is_begun { 'L' } else { 'M' };
            path += &format!("{letter}{} {}", self.across(at), self.height(value));
            is_begun = true;
        }
        path
    }

    /// The room between what is expected, or the lower bound, and the upper one.
    fn band(&self) -> String {
        let room = |bucket: &Judged| {
            let (low, high) = (bucket.low.or(bucket.expected)?, bucket.high.or(bucket.expected)?);
            Some((low, high))
        };
        let mut path = String::new();
        for run in self
            .buckets
            .iter()
            .enumerate()
            .collect::<Vec<_>>()
            .chunk_by(|(_, one), (_, next)| room(one).is_some() == room(next).is_some())
        {
            let points: Vec<(usize, (f64, f64))> =
                run.iter().filter_map(|(at, bucket)| Some((*at, room(bucket)?))).collect();
            let upper = points.iter().map(|(at, (_, high))| format!("L{} {}", self.across(*at), self.height(*high)));
            let lower =
                points.iter().rev().map(|(at, (low, _))| format!("L{} {}", self.across(*at), self.height(*low)));
            let around: String = upper.chain(lower).collect();
            if let Some(rest) = around.strip_prefix('L') {
                path += &format!("M{rest}Z");
            }
        }
        path
    }

    fn shapes(&self) -> AnyView {
        let grid: String =
            self.scale.ticks.iter().map(|tick| format!("M0 {}H{}", self.height(*tick), unit(SIZE))).collect();
        view! {
            <path class="alert-band" d=self.band()/>
            <path class="chart-grid" d=grid/>
            <path class="alert-expected" d=self.line(|bucket| bucket.expected)/>
            <path class="alert-value" d=self.line(|bucket| bucket.value)/>
        }
        .into_any()
    }

    fn marks(&self) -> AnyView {
        let marks = self.fired.iter().map(|(from, to)| {
            let width = format::length((to - from).max(0.0));
            view! { <i class="alert-fired" data-testid="alert-fired" style:left=format::length(*from) style:width=width></i> }
                .into_any()
        });
        marks.collect::<Vec<AnyView>>().into_any()
    }

    fn ticks(&self) -> AnyView {
        let ticks = self.scale.ticks.iter().map(|tick| {
            view! { <span style:bottom=format::length(self.scale.share(*tick))>{format::tick(Unit::Count, *tick, "")}</span> }.into_any()
        });
        ticks.collect::<Vec<AnyView>>().into_any()
    }

    fn labels(&self) -> AnyView {
        let last = self.buckets.len().saturating_sub(1);
        let step = last.div_ceil(LABELS).max(1);
        let labels = self.buckets.iter().enumerate().step_by(step).enumerate().map(|(rank, (at, bucket))| {
            let class = match at {
                0 => "first",
                _ if at == last => "last",
                _ if rank % 2 == 1 => "minor",
                _ => "",
            };
            let wall_ms = format::wall_ms(&self.zone, bucket.start_ms);
            let words = if self.interval == Interval::Minute { format::time(wall_ms) } else { format::day(wall_ms) };
            view! { <span class=class style:left=format::length(middle(at, last + 1))>{words}</span> }.into_any()
        });
        labels.collect::<Vec<AnyView>>().into_any()
    }

    fn when(&self, bucket: &Judged) -> String {
        let dimension = match self.interval {
            Interval::Minute => Dimension::Minute,
            Interval::Hour => Dimension::Hour,
            Interval::Day => Dimension::Date,
        };
        format::bucket(format::wall_ms(&self.zone, bucket.start_ms), dimension)
    }

    fn facts(bucket: &Judged) -> Vec<(&'static str, String)> {
        let facts = [
            ("Measured", bucket.value),
            ("Expected", bucket.expected),
            ("Bad below", bucket.low),
            ("Bad above", bucket.high),
        ];
        facts.into_iter().filter_map(|(words, value)| Some((words, number(value?)))).collect()
    }

    fn hint(&self, at: usize) -> AnyView {
        let Some(bucket) = self.buckets.get(at) else { return ().into_any() };
        let rows = Self::facts(bucket).into_iter().map(|(words, value)| {
            view! { <div class="tooltip-row"><span>{words}</span><b>{value}</b></div> }.into_any()
        });
        let rows: Vec<AnyView> = rows.collect();
        view! { <div class="tooltip-head"><span>{self.when(bucket)}</span></div>{rows} }.into_any()
    }

    fn say(&self, at: usize) -> String {
        let Some(bucket) = self.buckets.get(at) else { return String::new() };
        let facts = Self::facts(bucket).into_iter().map(|(words, value)| format!("{words} {value}"));
        let bad = if bucket.is_bad == Some(true) { ", bad" } else { "" };
        format!("{}: {}{bad}", self.when(bucket), facts.collect::<Vec<_>>().join(", "))
    }
}

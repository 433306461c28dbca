//! A digest as people read it: every number with its unit, and how it was the week or month before.

use std::collections::BTreeMap;

use jiff::civil::Date;
use wire::digest::Rhythm;
use wire::query::{Cell, Metric, Row};

use super::{Edition, Part};
use crate::page::cut;
use crate::query::Told;

/// Bytes of a page, a source or a goal that are told: a line of a mail.
const NAME_BYTES_MAX: usize = 60;

/// Figures that count, of those that come first: visitors, visits, page views.
const COUNTS: usize = 3;

/// What a digest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The mail's subject.
    pub subject: String,
    /// Of which days: `16–22 November 2026`.
    pub span: String,
    /// Against which: `the week before`.
    pub against: &'static str,
    /// Its figures.
    pub figures: Vec<Figure>,
    /// Its lists; none is empty.
    pub lists: Vec<List>,
    /// What is to be known of the figures.
    pub note: Option<&'static str>,
}

/// A figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What is counted.
    pub label: String,
    /// How many, with its unit.
    pub value: String,
    /// How that is against the one before: `+12%`; empty where there is nothing to say.
    pub change: String,
}

/// What came most often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// What it lists.
    pub title: &'static str,
    /// What is counted of each.
    pub unit: &'static str,
    /// Its rows, the first is the largest.
    pub rows: Vec<Figure>,
}

/// How a number is written, and compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Count,
    Ratio,
    Percent,
    Seconds,
}

/// Tells an edition.
///
/// * `site`: what the site is called
/// * `answers`: to the questions of [`Edition::query`]; parts that have none are left out
/// * `is_daily`: whether visitors are told apart for a day only, so that those of several days are added up
pub fn digest(edition: &Edition, site: &str, answers: &[(Part, &Told)], is_daily: bool) -> Digest {
    let told = |part| answers.iter().find(|(known, _)| *known == part).map(|(_, told)| *told);
    let is_empty = told(Part::Figures).is_none_or(|told| value(rows(told).0, Metric::Pageviews) == 0.0);
    let mut figures = Vec::new();
    if let Some(told) = told(Part::Figures) {
        figures.extend([
            figure(told, Metric::UniqueUsers, "Visitors", Unit::Count),
            figure(told, Metric::Visits, "Visits", Unit::Count),
            figure(told, Metric::Pageviews, "Page views", Unit::Count),
            figure(told, Metric::ViewsPerVisit, "Page views a visit", Unit::Ratio),
            figure(told, Metric::BounceRate, "Bounce rate", Unit::Percent),
            figure(told, Metric::VisitDuration, "Time a visit", Unit::Seconds),
        ]);
    }
    if is_empty {
        // What visits were like, where there were none.
        figures.truncate(COUNTS);
    }
    if let Some(told) = told(Part::Conversions).filter(|_| !is_empty) {
        figures.push(figure(told, Metric::Conversions, "Conversions", Unit::Count));
        figures.push(figure(told, Metric::ConversionRate, "Conversion rate", Unit::Percent));
    }
    if let Some(told) = told(Part::Money) {
        figures.extend(money(told));
    }
    let lists = [
        (Part::Pages, "Pages", "visitors", Metric::UniqueUsers),
        (Part::Sources, "Sources", "visitors", Metric::UniqueUsers),
        (Part::Goals, "Goals", "times reached", Metric::Events),
    ];
    let lists = lists.into_iter().filter_map(|(part, title, unit, metric)| {
        let rows = told(part).map(|told| listed(told, part, metric)).unwrap_or_default();
        (!rows.is_empty()).then_some(List { title, unit, rows })
    });
    let note = match (is_empty, is_daily) {
        (true, _) => Some("Nothing was counted. If that is a surprise, look whether the script is still on the pages."),
        (_, true) => Some("Visitors are known for a day only: who came on three days is counted three times."),
        _ => None,
    };
    let (span, against) = match edition.rhythm {
        Rhythm::Weekly => (week(edition.first, edition.last()), "the week before"),
        Rhythm::Monthly => (edition.first.strftime("%B %Y").to_string(), "the month before"),
    };
    let subject = match figures.first() {
        Some(Figure { value, change, .. }) => {
            let noun = if value == "1" { "visitor" } else { "visitors" };
            let change = if change.is_empty() { String::new() } else { format!(" ({change})") };
            format!("{site}: {value} {noun}{change}, {span}")
        }
        None => format!("{site}, {span}"),
    };
    Digest { subject, span, against, figures, lists: lists.collect(), note }
}

/// `16–22 November 2026`, or with both months where it has two.
fn week(first: Date, last: Date) -> String {
    let start = match (first.year() == last.year(), first.month() == last.month()) {
        (true, true) => format!("{}–", first.day()),
        (true, false) => format!("{} – ", first.strftime("%-d %B")),
        (false, _) => format!("{} – ", first.strftime("%-d %B %Y")),
    };
    format!("{start}{}", last.strftime("%-d %B %Y"))
}

/// The only row of an answer, and that of then.
fn rows(told: &Told) -> (Option<&Row>, Option<&Row>) {
    let then = told.comparison.as_ref().and_then(|then| then.rows.first()?.as_ref());
    (told.rows.first(), then)
}

fn value(row: Option<&Row>, metric: Metric) -> f64 {
    match row.and_then(|row| row.get(metric.name())) {
        #[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
        Some(Cell::Count(count)) => *count as f64,
        Some(Cell::Number(number)) => *number,
        _ => 0.0,
    }
}

fn figure(told: &Told, metric: Metric, label: &str, unit: Unit) -> Figure {
    let (now, then) = rows(told);
    compared(label.to_owned(), value(now, metric), value(then, metric), unit)
}

fn compared(label: String, now: f64, then: f64, unit: Unit) -> Figure {
    Figure { label, value: number(now, unit), change: change(now, then, unit) }
}

/// Revenue by currency; nothing where nothing was paid.
fn money(told: &Told) -> Vec<Figure> {
    let (now, then) = rows(told);
    let paid = |row: Option<&Row>| match row.and_then(|row| row.get(Metric::Revenue.name())) {
        Some(Cell::Money(amounts)) => amounts.clone(),
        _ => BTreeMap::new(),
    };
    let (amounts, before) = (paid(now), paid(then));
    let paid = amounts.iter().filter(|(_, amount)| **amount != 0.0);
    let told = paid.map(|(currency, amount)| Figure {
        label: "Revenue".to_owned(),
        value: format!("{} {currency}", grouped(*amount, 2)),
        change: change(*amount, before.get(currency).copied().unwrap_or_default(), Unit::Count),
    });
    told.collect()
}

fn listed(told: &Told, part: Part, metric: Metric) -> Vec<Figure> {
    let then = told.comparison.as_ref().map(|then| then.rows.as_slice()).unwrap_or_default();
    let before = then.iter().map(Option::as_ref).chain(std::iter::repeat(None));
    let rows = told.rows.iter().zip(before).filter(|(row, _)| value(Some(row), metric) > 0.0);
    let name = |row: &Row| {
        let text = row.values().find_map(|cell| match cell {
            Cell::Text(text) => Some(text.as_str()),
            _ => None,
        });
        match text.unwrap_or_default() {
            "" if part == Part::Sources => "Direct".to_owned(),
            text if text.len() > NAME_BYTES_MAX => format!("{}…", cut(text, NAME_BYTES_MAX)),
            text => text.to_owned(),
        }
    };
    rows.map(|(row, then)| compared(name(row), value(Some(row), metric), value(then, metric), Unit::Count)).collect()
}

/// How much more or less: of shares the difference in points, of all else the part.
fn change(now: f64, then: f64, unit: Unit) -> String {
    let signed = |value: f64, decimals: usize, unit: &str| {
        let sign = if value < 0.0 { '−' } else { '+' };
        let written = grouped(value.abs(), decimals);
        if written.chars().all(|one| matches!(one, '0' | '.')) {
            return "no change".to_owned();
        }
        format!("{sign}{written}{unit}")
    };
    match (unit, then == 0.0) {
        (_, true) if now == 0.0 => String::new(),
        (Unit::Percent, _) => signed(now - then, 1, " points"),
        (_, true) => "none before".to_owned(),
        _ => signed((now - then) / then * 100.0, 0, "%"),
    }
}

fn number(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Count => grouped(value, 0),
        Unit::Ratio => grouped(value, 1),
        Unit::Percent => format!("{}%", grouped(value, 1)),
        Unit::Seconds => seconds(value),
    }
}

fn seconds(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "visits are short")]
    let whole = value.max(0.0).round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

/// A number with its thousands parted: `12,345.60`.
fn grouped(value: f64, decimals: usize) -> String {
    let written = format!("{:.decimals$}", value.abs());
    let (whole, rest) = written.split_at(written.find('.').unwrap_or(written.len()));
    let mut text = String::with_capacity(written.len() + whole.len() / 3 + 1);
    if value < 0.0 {
        text.push('−');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

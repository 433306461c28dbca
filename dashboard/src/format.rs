//! Numbers, dates and names as people read them, by the browser's own tables (`Intl`).
//!
//! The page is written in English, so everything follows the reader's flavour of English.

use js_sys::{Array, Function, Intl, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use wire::query::Dimension;

use crate::day::DAY_MS;
use crate::metric::Kpi;
use crate::period::Days;

thread_local! {
    static WHOLE: Function = number_format(&[]);
    static COMPACT: Function = number_format(&[("notation", "compact"), ("maximumFractionDigits", "1")]);
    static RATIO: Function = number_format(&[("maximumFractionDigits", "1"), ("minimumFractionDigits", "1")]);
    static PERCENT: Function = number_format(&[("style", "percent"), ("maximumFractionDigits", "0")]);
    static CHANGE: Function = number_format(&[("style", "percent"), ("maximumFractionDigits", "0")]);
    static HOUR: Function = date_format(&[("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")]);
    static DAY: Function = date_format(&[("day", "numeric"), ("month", "short")]);
    static SHORT_WEEKDAY: Function = date_format(&[("weekday", "short"), ("day", "numeric")]);
    static WEEKDAY: Function = date_format(&[("weekday", "short"), ("day", "numeric"), ("month", "short")]);
    static DATE: Function = date_format(&[("weekday", "short"), ("day", "numeric"), ("month", "short"), ("year", "numeric")]);
    static SHORT_DATE: Function = date_format(&[("day", "numeric"), ("month", "short"), ("year", "numeric")]);
    static MONTH: Function = date_format(&[("month", "short")]);
    static COUNTRY: Intl::DisplayNames = Intl::DisplayNames::new(&locales(), &options(&[("type", "region")]));
}

/// Every digit: `12,345`.
#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
pub fn whole(value: u64) -> String {
    call(&WHOLE, value as f64)
}

/// Every digit below ten thousand, then short: `9,876`, `12.3K`.
#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
pub fn short(value: u64) -> String {
    if value < 10_000 { whole(value) } else { call(&COMPACT, value as f64) }
}

/// A ratio: `2.4`.
pub fn ratio(value: f64) -> String {
    call(&RATIO, value)
}

/// A KPI's value in full.
pub fn kpi(kpi: Kpi, value: f64) -> String {
    match kpi {
        Kpi::ViewsPerVisitor => ratio(value),
        _ => call(&WHOLE, value),
    }
}

/// A KPI's value in few characters.
pub fn kpi_short(metric: Kpi, value: f64) -> String {
    if value < 100_000.0 { kpi(metric, value) } else { call(&COMPACT, value) }
}

/// A tick of the chart's scale.
pub fn tick(metric: Kpi, value: f64) -> String {
    match metric {
        Kpi::ViewsPerVisitor => ratio(value),
        _ if value < 10_000.0 => call(&WHOLE, value),
        _ => call(&COMPACT, value),
    }
}

/// A share of a whole: `38%`; `<1%` for what would round to nothing.
pub fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.005 {
        return "<1%".to_owned();
    }
    call(&PERCENT, share)
}

/// A share as a length in CSS: `38.25%`.
pub fn length(share: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of one")]
    let hundredths = (share.clamp(0.0, 1.0) * 10_000.0).round() as u32;
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// A number in full, for programs: `1234`, `2.25`.
pub fn data(value: f64) -> String {
    js_sys::Number::from((value * 100.0).round() / 100.0).to_string_with_radix(10).map(String::from).unwrap_or_default()
}

/// The size of a change without its sign: `12%`.
pub fn change(ratio: f64) -> String {
    call(&CHANGE, ratio.abs())
}

/// A time bucket in full: `Mon 2 Feb, 14:00–15:00` or `Mon, 2 Feb 2026`.
pub fn bucket(start_ms: u64, interval: Dimension) -> String {
    match interval {
        Dimension::Hour => format!("{}, {}", date(&WEEKDAY, start_ms), hours(start_ms)),
        _ => date(&DATE, start_ms),
    }
}

/// An hour from start to end: `14:00–15:00`.
fn hours(start_ms: u64) -> String {
    format!("{}–{}", date(&HOUR, start_ms), date(&HOUR, start_ms + 60 * 60 * 1000))
}

/// A time of day: `14:05`.
pub fn time(ms: u64) -> String {
    date(&HOUR, ms)
}

/// Days in words: `Mon 2 Feb`, `27 Jan – 2 Feb`, with the year where it would be in doubt.
pub fn days(days: Days) -> String {
    let (first, last) = (days.first.start_ms(), days.last.start_ms());
    if first == last {
        date(&WEEKDAY, first)
    } else if last - first > 300 * DAY_MS {
        format!("{} – {}", date(&SHORT_DATE, first), date(&SHORT_DATE, last))
    } else {
        format!("{} – {}", day(first), day(last))
    }
}

/// A day of this year: `2 Feb`.
pub fn day(ms: u64) -> String {
    date(&DAY, ms)
}

/// A day of this week: `Mon 2`.
pub fn short_weekday(ms: u64) -> String {
    date(&SHORT_WEEKDAY, ms)
}

/// A month: `Feb`.
pub fn month(ms: u64) -> String {
    date(&MONTH, ms)
}

/// A country's name by its two-letter code; the code itself where the browser knows no name.
pub fn country(code: &str) -> String {
    if !is_country(code) {
        return "Unknown".to_owned();
    }
    COUNTRY.with(|names| names.of(code)).map_or_else(|| code.to_owned(), String::from)
}

/// A country's flag: its code in regional indicator letters.
pub fn flag(code: &str) -> String {
    if !is_country(code) {
        return "🌐".to_owned();
    }
    let indicator = |letter: u8| char::from_u32(0x1F1E6 + u32::from(letter - b'A'));
    code.bytes().filter_map(indicator).collect()
}

/// Codes that begin with X, and ZZ, are no countries but Kosovo.
fn is_country(code: &str) -> bool {
    let letters = code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase());
    letters && code != "ZZ" && (!code.starts_with('X') || code == "XK")
}

fn call(format: &'static std::thread::LocalKey<Function>, value: f64) -> String {
    format
        .with(|format| format.call1(&JsValue::UNDEFINED, &value.into()))
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "Unix milliseconds are below 2^53")]
fn date(format: &'static std::thread::LocalKey<Function>, ms: u64) -> String {
    call(format, ms as f64)
}

fn number_format(settings: &[(&str, &str)]) -> Function {
    Intl::NumberFormat::new(&locales(), &options(settings)).format()
}

fn date_format(settings: &[(&str, &str)]) -> Function {
    let options = options(settings);
    set(&options, "timeZone", "UTC");
    Intl::DateTimeFormat::new(&locales(), &options).format()
}

fn options(settings: &[(&str, &str)]) -> Object {
    let options = Object::new();
    for (name, value) in settings {
        set(&options, name, value);
    }
    options
}

fn set(options: &Object, name: &str, value: &str) {
    // A fresh plain object refuses nothing.
    let _ = Reflect::set(options.unchecked_ref(), &name.into(), &value.into());
}

fn locales() -> Array {
    let preferred = leptos::prelude::window().navigator().language();
    let locale = preferred.filter(|locale| locale.starts_with("en")).unwrap_or_else(|| "en-GB".to_owned());
    Array::of1(&locale.into())
}

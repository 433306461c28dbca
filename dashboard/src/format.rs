//! Numbers, dates and names as people read them, by the browser's own tables (`Intl`).
//!
//! The page is written in English, so everything follows the reader's flavour of English.

use js_sys::{Array, Function, Intl, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use wire::query::{Dimension, Instants};

use crate::day::{DAY_MS, Day, bucket_end_ms, bucket_start_ms};
use crate::metric::Unit;

thread_local! {
    static WHOLE: Function = number_format(&[]);
    static COMPACT: Function = number_format(&[("notation", "compact"), ("maximumFractionDigits", "1")]);
    static RATIO: Function = number_format(&[("maximumFractionDigits", "1"), ("minimumFractionDigits", "1")]);
    static PERCENT: Function = number_format(&[("style", "percent"), ("maximumFractionDigits", "0")]);
    static PERCENT_1: Function = number_format(&[("style", "percent"), ("maximumFractionDigits", "1")]);
    static HOUR: Function = date_format(&[("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")]);
    static DAY: Function = date_format(&[("day", "numeric"), ("month", "short")]);
    static SHORT_WEEKDAY: Function = date_format(&[("weekday", "short"), ("day", "numeric")]);
    static WEEKDAY: Function = date_format(&[("weekday", "short"), ("day", "numeric"), ("month", "short")]);
    static DATE: Function = date_format(&[("weekday", "short"), ("day", "numeric"), ("month", "short"), ("year", "numeric")]);
    static SHORT_DATE: Function = date_format(&[("day", "numeric"), ("month", "short"), ("year", "numeric")]);
    static MONTH: Function = date_format(&[("month", "short")]);
    static LONG_MONTH: Function = date_format(&[("month", "long"), ("year", "numeric")]);
    static LANGUAGE: Intl::DisplayNames = Intl::DisplayNames::new(&locales(), &options(&[("type", "language")]));
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

/// A figure's value in full.
pub fn figure(unit: Unit, value: f64, currency: &str) -> String {
    match unit {
        Unit::Count => call(&WHOLE, value),
        Unit::Ratio => ratio(value),
        Unit::Percent => call(&PERCENT_1, value / 100.0),
        Unit::Seconds => seconds(value),
        Unit::Money => money(value, currency, &[]),
    }
}

/// A figure's value in few characters.
pub fn figure_short(unit: Unit, value: f64, currency: &str) -> String {
    match unit {
        Unit::Count if value >= 100_000.0 => call(&COMPACT, value),
        Unit::Percent => call(&PERCENT, value / 100.0),
        Unit::Money => money(value, currency, &[("notation", "compact"), ("maximumFractionDigits", "1")]),
        _ => figure(unit, value, currency),
    }
}

/// A tick of the chart's scale.
pub fn tick(unit: Unit, value: f64, currency: &str) -> String {
    match unit {
        Unit::Count if value >= 10_000.0 => call(&COMPACT, value),
        Unit::Seconds if value > 0.0 && value % 3600.0 == 0.0 => format!("{}h", value / 3600.0),
        Unit::Seconds if value > 0.0 && value % 60.0 == 0.0 => format!("{}m", value / 60.0),
        _ => figure_short(unit, value, currency),
    }
}

/// An amount: `€12.50`.
fn money(value: f64, currency: &str, more: &[(&str, &str)]) -> String {
    let settings = [&[("style", "currency"), ("currency", currency)], more].concat();
    let format = number_format(&settings);
    format.call1(&JsValue::UNDEFINED, &value.into()).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// A length of time: `42s`, `3m 05s`, `2h 03m`.
fn seconds(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "visits are short")]
    let whole = value.max(0.0).round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
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
    call(&PERCENT, ratio.abs())
}

/// A change by points of a share: `2.4 pp`.
pub fn points(points: f64) -> String {
    format!("{} pp", ratio(points.abs()))
}

/// The days of a span as an answer has it: its end is the first instant behind.
pub fn span(span: &Instants) -> Option<String> {
    let (first, end) = (bucket_start_ms(&span.start)?, bucket_start_ms(&span.end)?);
    let words = days(Day::of_ms(first), Day::of_ms(end.saturating_sub(1)));
    // What ends within a day is cut at the time that it is now.
    Some(if end.is_multiple_of(DAY_MS) { words } else { format!("{words} until {}", time(end)) })
}

/// A time bucket in full: `Mon 2 Feb, 14:00–15:00`, `Mon, 2 Feb 2026`, `2 Feb – 8 Feb`, `February 2026`.
pub fn bucket(start_ms: u64, interval: Dimension) -> String {
    match interval {
        Dimension::Minute => format!("{}, {}", date(&WEEKDAY, start_ms), time(start_ms)),
        Dimension::Hour => {
            format!("{}, {}–{}", date(&WEEKDAY, start_ms), time(start_ms), time(bucket_end_ms(start_ms, interval)))
        }
        Dimension::Week => days(Day::of_ms(start_ms), Day::of_ms(start_ms).plus(6)),
        Dimension::Month => date(&LONG_MONTH, start_ms),
        _ => date(&DATE, start_ms),
    }
}

/// A time of day: `14:05`.
pub fn time(ms: u64) -> String {
    date(&HOUR, ms)
}

/// Days in words: `Mon 2 Feb`, `27 Jan – 2 Feb`, `February 2026`, with the year where it would be in doubt.
pub fn days(first: Day, last: Day) -> String {
    let (first_ms, last_ms) = (first.start_ms(), last.start_ms());
    let is_long = last.since(first) > 300;
    if first == last {
        date(&WEEKDAY, first_ms)
    } else if first == first.month_start() && last == first.plus_months(1).plus(-1) {
        date(&LONG_MONTH, first_ms)
    } else if is_long {
        format!("{} – {}", date(&SHORT_DATE, first_ms), date(&SHORT_DATE, last_ms))
    } else {
        format!("{} – {}", day(first_ms), day(last_ms))
    }
}

/// What the clocks of a zone show at a time, in milliseconds as if they were UTC's; UTC itself where the browser does not know
/// the zone.
pub fn wall_ms(zone: &str, ms: u64) -> u64 {
    let settings = options(&[("dateStyle", "short"), ("timeStyle", "medium"), ("timeZone", zone)]);
    // Swedish writes dates as ISO 8601 does: `2026-02-01 14:05:09`. A zone that the browser does not know is thrown at.
    let make = || -> Result<String, JsValue> {
        let intl = Reflect::get(&js_sys::global(), &"Intl".into())?;
        let class: Function = Reflect::get(&intl, &"DateTimeFormat".into())?.unchecked_into();
        let format: Intl::DateTimeFormat =
            Reflect::construct(&class, &Array::of2(&"sv".into(), &settings))?.unchecked_into();
        #[expect(clippy::cast_precision_loss, reason = "Unix milliseconds are below 2^53")]
        Ok(format.format().call1(&JsValue::UNDEFINED, &(ms as f64).into())?.as_string().unwrap_or_default())
    };
    let text = make().ok();
    text.and_then(|text| bucket_start_ms(&text)).unwrap_or(ms)
}

/// A day of this year: `2 Feb`.
pub fn day(ms: u64) -> String {
    date(&DAY, ms)
}

/// A day with its year: `2 Feb 2026`.
pub fn full_day(ms: u64) -> String {
    date(&SHORT_DATE, ms)
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

/// A language's name by its code; the code itself where the browser knows no name.
pub fn language(code: &str) -> String {
    if !matches!(code.len(), 2 | 3) || !code.bytes().all(|letter| letter.is_ascii_lowercase()) {
        return code.to_owned();
    }
    LANGUAGE.with(|names| names.of(code)).map_or_else(|| code.to_owned(), String::from)
}

/// Alternatives: `a, b or c`.
pub fn or(all: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = all.collect();
    match all.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Where a country's flag is; ZZ stands for none, as in ISO 3166.
pub fn flag(code: &str) -> String {
    format!("/flags/{}.svg", if is_country(code) { code } else { "ZZ" })
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

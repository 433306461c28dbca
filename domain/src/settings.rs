//! What an owner may decide about a site, and what one decision leaves behind for the next.

use std::collections::BTreeSet;

use jiff::civil::Date;
use wire::frame::RollupDimension;
use wire::limits::{
    DECLARED_PROPERTIES_MAX, EVENT_TYPE_BYTES_MAX, EXCHANGE_RATES_MAX, GOAL_NAME_BYTES_MAX, GOALS_MAX, PAIRS_MAX,
    PROPERTY_NAME_BYTES_MAX, SETTINGS_BYTES_MAX, SHARDS_MAX, URL_BYTES_MAX,
};
use wire::site::{EarlierShards, Settings};

use crate::query::billionths;
use crate::window::HOUR_MS;

/// How long a former number of objects is remembered: as long as a retry is recognised, 48 h.
pub const EARLIER_SHARDS_MS: u64 = 48 * HOUR_MS;

/// Former numbers of objects that are remembered at once: a retry is looked for in each of them.
pub const EARLIER_SHARDS_MAX: usize = 8;

/// Most days that single events or rollups may be kept: ten years.
pub const RETENTION_DAYS_MAX: u32 = 3660;

/// A setting that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct SettingsError {
    /// The setting at fault.
    pub field: &'static str,
    /// What is wrong with it, with the limit.
    pub detail: String,
}

/// The settings that follow `before` when the owner wants `wanted`: a version higher where anything changed, with a
/// former number of objects remembered.
///
/// # Errors
/// [`SettingsError`] names the setting that cannot be, and its limit.
pub fn follow(before: &Settings, wanted: Settings, now_ms: u64) -> Result<Settings, SettingsError> {
    let mut next = Settings { earlier_shards: before.earlier_shards.clone(), version: before.version, ..wanted };
    if next == *before {
        return Ok(next);
    }
    next.version = before.version.saturating_add(1);
    next.earlier_shards.retain(|earlier| now_ms.saturating_sub(earlier.until_ms) < EARLIER_SHARDS_MS);
    if next.shards != before.shards {
        next.earlier_shards.insert(0, EarlierShards { shards: before.shards, until_ms: now_ms });
    }
    check(&next)?;
    Ok(next)
}

/// Whether an event has a value of its own there, so that it can be counted in a pair.
pub fn is_plain(dimension: RollupDimension) -> bool {
    use RollupDimension as D;
    !matches!(dimension, D::Total | D::EntryPage | D::ExitPage | D::Goal | D::Property | D::Pair)
}

fn check(settings: &Settings) -> Result<(), SettingsError> {
    number("shards", u32::from(settings.shards), u32::from(SHARDS_MAX))?;
    let changes = settings.earlier_shards.len();
    require(changes <= EARLIER_SHARDS_MAX, "shards", || {
        format!("changes at most {EARLIER_SHARDS_MAX} times within 48 hours")
    })?;
    number("event_retention_days", settings.event_retention_days, RETENTION_DAYS_MAX)?;
    number("rollup_retention_days", settings.rollup_retention_days, RETENTION_DAYS_MAX)?;
    require(settings.rollup_retention_days >= settings.event_retention_days, "rollup_retention_days", || {
        format!("must be {} at least, as event_retention_days", settings.event_retention_days)
    })?;
    number("rates.site_per_second", settings.rates.site_per_second, u32::MAX)?;
    number("rates.visitor_per_second", settings.rates.visitor_per_second, u32::MAX)?;
    number("rates.block_per_second", settings.rates.block_per_second, u32::MAX)?;
    goals(settings)?;
    properties(settings)?;
    pairs(settings)?;
    exchange_rates(settings)?;
    // All of it is plain data, which always makes JSON.
    let bytes = serde_json::to_vec(settings).map_or(usize::MAX, |json| json.len());
    require(bytes <= SETTINGS_BYTES_MAX, "settings", || format!("take {bytes} bytes, at most {SETTINGS_BYTES_MAX}"))
}

fn goals(settings: &Settings) -> Result<(), SettingsError> {
    let goals = &settings.goals;
    count("goals", goals.len(), GOALS_MAX)?;
    unique("goals", goals.iter().map(|goal| goal.name.as_str()))?;
    for goal in goals {
        text("goals.name", &goal.name, GOAL_NAME_BYTES_MAX)?;
        text("goals.event_type", &goal.event_type, EVENT_TYPE_BYTES_MAX)?;
        goal.path.as_ref().map_or(Ok(()), |path| text("goals.path", path, URL_BYTES_MAX))?;
    }
    Ok(())
}

fn properties(settings: &Settings) -> Result<(), SettingsError> {
    let names = &settings.properties;
    count("properties", names.len(), DECLARED_PROPERTIES_MAX)?;
    unique("properties", names.iter().map(String::as_str))?;
    names.iter().try_for_each(|name| text("properties", name, PROPERTY_NAME_BYTES_MAX))
}

fn pairs(settings: &Settings) -> Result<(), SettingsError> {
    let pairs = &settings.pairs;
    count("pairs", pairs.len(), PAIRS_MAX)?;
    for (first, second) in pairs {
        require(first != second, "pairs", || format!("{} stands with itself", first.name()))?;
        for dimension in [first, second] {
            require(is_plain(*dimension), "pairs", || format!("{} cannot stand in a pair", dimension.name()))?;
        }
    }
    let either_way: BTreeSet<_> = pairs.iter().map(|(a, b)| (a.min(b), a.max(b))).collect();
    require(either_way.len() == pairs.len(), "pairs", || "one is there twice".to_owned())
}

fn exchange_rates(settings: &Settings) -> Result<(), SettingsError> {
    let (reporting, rates) = (&settings.reporting_currency, &settings.exchange_rates);
    let is_code = |text: &str| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    let iso = || "must be an ISO 4217 code, three capital letters".to_owned();
    require(reporting.is_empty() || is_code(reporting), "reporting_currency", iso)?;
    count("exchange_rates", rates.len(), EXCHANGE_RATES_MAX)?;
    require(rates.is_empty() || !reporting.is_empty(), "exchange_rates", || {
        "take a reporting_currency that they are into".to_owned()
    })?;
    unique("exchange_rates", rates.iter().map(|rate| rate.currency.as_str()))?;
    for rate in rates {
        require(is_code(&rate.currency), "exchange_rates.currency", iso)?;
        require(rate.currency != *reporting, "exchange_rates.currency", || {
            format!("{reporting} is the reporting currency, which is worth one of itself")
        })?;
        require(billionths(&rate.rate).is_some(), "exchange_rates.rate", || {
            "must be a decimal number above 0, at most 1000000, with at most 9 digits behind the point".to_owned()
        })?;
        let is_date = |text: &str| text.len() == 10 && text.parse::<Date>().is_ok();
        require(rate.as_of.is_empty() || is_date(&rate.as_of), "exchange_rates.as_of", || {
            "must be a date (2026-02-01)".to_owned()
        })?;
    }
    Ok(())
}

fn number(field: &'static str, number: u32, most: u32) -> Result<(), SettingsError> {
    require((1..=most).contains(&number), field, || format!("must be 1 to {most}"))
}

fn count(field: &'static str, count: usize, most: usize) -> Result<(), SettingsError> {
    require(count <= most, field, || format!("are {count}, at most {most}"))
}

fn unique<'a>(field: &'static str, names: impl Iterator<Item = &'a str>) -> Result<(), SettingsError> {
    let mut seen = BTreeSet::new();
    for name in names {
        require(seen.insert(name), field, || format!("{name} is there twice"))?;
    }
    Ok(())
}

/// Control characters part the parts of values, and would spoil tables.
fn text(field: &'static str, text: &str, most: usize) -> Result<(), SettingsError> {
    let fits = !text.is_empty() && text.len() <= most && !text.chars().any(char::is_control);
    require(fits, field, || format!("must be 1 to {most} bytes without control characters"))
}

fn require(holds: bool, field: &'static str, detail: impl FnOnce() -> String) -> Result<(), SettingsError> {
    if holds { Ok(()) } else { Err(SettingsError { field, detail: detail() }) }
}

#[cfg(test)]
mod tests {
    use wire::site::{ExchangeRate, Goal};

    use super::*;

    fn goal(name: &str) -> Goal {
        Goal { name: name.to_owned(), event_type: "purchase".to_owned(), path: None }
    }

    #[test]
    fn every_limit_holds() {
        fn check(change: impl FnOnce(&mut Settings), expect: Option<&str>) {
            let mut wanted = Settings::default();
            change(&mut wanted);
            let found = follow(&Settings::default(), wanted, 0).map_err(|e| e.field);
            assert_eq!(found.as_ref().err().copied(), expect, "{found:?}");
        }
        use RollupDimension as D;
        check(|s| s.shards = SHARDS_MAX, None);
        check(|s| s.shards = 0, Some("shards"));
        check(|s| s.shards = SHARDS_MAX + 1, Some("shards"));
        check(|s| (s.event_retention_days, s.rollup_retention_days) = (3660, 3660), None);
        check(|s| s.event_retention_days = 732, Some("rollup_retention_days"));
        check(|s| s.rollup_retention_days = 395, Some("rollup_retention_days"));
        check(|s| s.rollup_retention_days = 3661, Some("rollup_retention_days"));
        check(|s| s.event_retention_days = 3661, Some("event_retention_days"));
        check(|s| s.rates.visitor_per_second = 0, Some("rates.visitor_per_second"));
        check(|s| s.goals = (0..GOALS_MAX).map(|n| goal(&n.to_string())).collect(), None);
        check(|s| s.goals = (0..=GOALS_MAX).map(|n| goal(&n.to_string())).collect(), Some("goals"));
        check(|s| s.goals = vec![goal("a"), goal("a")], Some("goals"));
        check(|s| s.goals = vec![goal("")], Some("goals.name"));
        check(|s| s.goals = vec![goal("a\u{1f}b")], Some("goals.name"));
        check(|s| s.goals = vec![Goal { path: Some("x".repeat(2049)), ..goal("a") }], Some("goals.path"));
        check(|s| s.properties = vec!["x".repeat(64)], None);
        check(|s| s.properties = vec!["x".repeat(65)], Some("properties"));
        check(|s| s.properties = vec!["plan".to_owned(), "plan".to_owned()], Some("properties"));
        check(|s| s.pairs = vec![(D::City, D::Browser)], None);
        check(|s| s.pairs = vec![(D::City, D::City)], Some("pairs"));
        check(|s| s.pairs = vec![(D::City, D::Os), (D::Os, D::City)], Some("pairs"));
        check(|s| s.pairs = vec![(D::City, D::Goal)], Some("pairs"));
        check(|s| s.reporting_currency = "EUR".to_owned(), None);
        check(|s| s.reporting_currency = "eur".to_owned(), Some("reporting_currency"));
        let rates = |s: &mut Settings, all: &[(&str, &str, &str)]| {
            let rate = |(currency, rate, as_of): &(&str, &str, &str)| ExchangeRate {
                currency: (*currency).to_owned(),
                rate: (*rate).to_owned(),
                as_of: (*as_of).to_owned(),
            };
            s.exchange_rates = all.iter().map(rate).collect();
        };
        check(|s| rates(s, &[("USD", "0.9", "")]), Some("exchange_rates"));
        let check_rates = |all: &[(&str, &str, &str)], field: Option<&'static str>| {
            check(
                |s| {
                    s.reporting_currency = "EUR".to_owned();
                    rates(s, all);
                },
                field,
            );
        };
        check_rates(&[("USD", "0.9", "2026-02-01"), ("JPY", "0.006123457", "")], None);
        check_rates(&[("USD", "0.9", ""), ("USD", "0.8", "")], Some("exchange_rates"));
        check_rates(&[("Dollar", "0.9", "")], Some("exchange_rates.currency"));
        check_rates(&[("EUR", "1", "")], Some("exchange_rates.currency"));
        check_rates(&[("USD", "0", "")], Some("exchange_rates.rate"));
        check_rates(&[("USD", "0.9", "yesterday")], Some("exchange_rates.as_of"));
        let long = |n: usize| Goal { path: Some("x".repeat(2000)), ..goal(&n.to_string()) };
        check(|s| s.goals = (0..40).map(long).collect(), Some("settings"));
    }

    #[test]
    fn a_change_of_shards_is_remembered_for_two_days() {
        let change = |before: &Settings, shards, now_ms| {
            follow(before, Settings { shards, ..before.clone() }, now_ms).unwrap_or_else(|e| panic!("{e}"))
        };
        let first = change(&Settings::default(), 4, 1_000);
        let earlier = |shards, until_ms| EarlierShards { shards, until_ms };
        assert_eq!((first.version, &first.earlier_shards), (1, &vec![earlier(1, 1_000)]));
        assert_eq!(change(&first, 4, 9_000), first, "nothing changed");
        let second = change(&first, 8, 2_000);
        assert_eq!((second.version, &second.earlier_shards), (2, &vec![earlier(4, 2_000), earlier(1, 1_000)]));
        let third = change(&second, 4, 1_000 + EARLIER_SHARDS_MS);
        assert_eq!(third.earlier_shards, [earlier(8, 1_000 + EARLIER_SHARDS_MS), earlier(4, 2_000)]);
        let restless = (2..2 + EARLIER_SHARDS_MAX as u16).fold(Settings::default(), |last, n| change(&last, n, 5));
        let one_more = follow(&restless, Settings { shards: 99, ..restless.clone() }, 5);
        assert_eq!(one_more.map_err(|e| e.field), Err("shards"));
    }
}

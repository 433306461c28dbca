//! `tidemark site set` and `tidemark site show`

use anyhow::{Result, anyhow};
use clap::{Args, ValueEnum};
use rusqlite::Connection;
use wire::frame::RollupDimension;
use wire::site::{ExchangeRate, Goal, Settings, VisitorMode};

use super::site_named;
use crate::clock::now_ms;
use crate::ledger;

/// What is to be different.
#[derive(Debug, Args)]
pub(super) struct Changes {
    /// Tracking id of the site.
    tracking_id: String,
    /// Objects that share its visitors at each edge: one takes about 1 000 events a second.
    #[arg(long, value_name = "N")]
    shards: Option<u16>,
    /// How visitors are told apart: by a hash that changes every day, or by the sender's own id.
    #[arg(long)]
    mode: Option<Mode>,
    /// Whether single events are kept; if not, only counters leave the edge.
    #[arg(long, value_name = "true|false")]
    keep_events: Option<bool>,
    /// Whether `DNT: 1` is honoured, as Global Privacy Control always is.
    #[arg(long, value_name = "true|false")]
    honour_dnt: Option<bool>,
    /// Whether requests of programs are left out.
    #[arg(long, value_name = "true|false")]
    filter_bots: Option<bool>,
    /// Add a goal, or replace the one of that name: `signup=signup`, `thanks=pageview:/thanks/**`.
    #[arg(long = "goal", value_name = "NAME=EVENT_TYPE[:PATH_PATTERN]", value_parser = goal)]
    goals: Vec<Goal>,
    /// Remove all goals first.
    #[arg(long)]
    no_goals: bool,
    /// Count a custom property by its values.
    #[arg(long = "property", value_name = "NAME")]
    properties: Vec<String>,
    /// Remove all properties first.
    #[arg(long)]
    no_properties: bool,
    /// Count two dimensions together: `country,device`.
    #[arg(long = "pair", value_name = "A,B", value_parser = pair)]
    pairs: Vec<(RollupDimension, RollupDimension)>,
    /// Remove all pairs first.
    #[arg(long)]
    no_pairs: bool,
    /// Events a second that the whole site may send.
    #[arg(long, value_name = "N")]
    events_per_second: Option<u32>,
    /// Events a second that one visitor may send.
    #[arg(long, value_name = "N")]
    visitor_per_second: Option<u32>,
    /// Events a second that one block of addresses may send.
    #[arg(long, value_name = "N")]
    block_per_second: Option<u32>,
    /// Days that single events are kept.
    #[arg(long, value_name = "N")]
    event_retention_days: Option<u32>,
    /// Days that rollups are to be kept; as many as single events at least.
    #[arg(long, value_name = "N")]
    rollup_retention_days: Option<u32>,
    /// Zone that the site's days are told in, by its IANA name: `Europe/Vienna`.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Currency that amounts are told together in: `EUR`; empty for none.
    #[arg(long, value_name = "CURRENCY")]
    reporting_currency: Option<String>,
    /// What one unit of another currency is worth in it, or another worth: `USD=0.9234`, with the date that it is of
    /// `USD=0.9234@2026-02-01`.
    #[arg(long = "exchange-rate", value_name = "CURRENCY=RATE[@DATE]", value_parser = exchange_rate)]
    exchange_rates: Vec<ExchangeRate>,
    /// Remove all exchange rates first.
    #[arg(long)]
    no_exchange_rates: bool,
}

/// [`VisitorMode`] on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    Cookieless,
    Persistent,
}

/// Changes the settings of a site and prints them.
pub(super) fn set(connection: &mut Connection, changes: Changes) -> Result<()> {
    let site = site_named(connection, &changes.tracking_id)?;
    let transaction = ledger::begin(connection)?;
    let settings = ledger::settings::change(&transaction, site, now_ms(), |before| changes.applied_to(before))?;
    transaction.commit().map_err(ledger::LedgerError::from)?;
    print(&settings)
}

/// Prints the settings of a site.
pub(super) fn show(connection: &Connection, tracking_id: &str) -> Result<()> {
    let site = site_named(connection, tracking_id)?;
    print(&ledger::settings::read(connection, site)?)
}

fn print(settings: &Settings) -> Result<()> {
    println!("{}", serde_json::to_string_pretty(settings)?);
    Ok(())
}

impl Changes {
    fn applied_to(self, mut settings: Settings) -> Settings {
        replace(&mut settings.shards, self.shards);
        replace(&mut settings.visitors, self.mode.map(VisitorMode::from));
        replace(&mut settings.keeps_events, self.keep_events);
        replace(&mut settings.honours_dnt, self.honour_dnt);
        replace(&mut settings.filters_bots, self.filter_bots);
        replace(&mut settings.rates.site_per_second, self.events_per_second);
        replace(&mut settings.rates.visitor_per_second, self.visitor_per_second);
        replace(&mut settings.rates.block_per_second, self.block_per_second);
        replace(&mut settings.event_retention_days, self.event_retention_days);
        replace(&mut settings.rollup_retention_days, self.rollup_retention_days);
        replace(&mut settings.time_zone, self.time_zone);
        replace(&mut settings.reporting_currency, self.reporting_currency);
        add(&mut settings.goals, self.no_goals, self.goals, |one, other| one.name == other.name);
        add(&mut settings.properties, self.no_properties, self.properties, |one, other| one == other);
        add(&mut settings.pairs, self.no_pairs, self.pairs, |one, other| one == other);
        add(&mut settings.exchange_rates, self.no_exchange_rates, self.exchange_rates, |one, other| {
            one.currency == other.currency
        });
        settings
    }
}

fn replace<T>(setting: &mut T, wanted: Option<T>) {
    if let Some(wanted) = wanted {
        *setting = wanted;
    }
}

/// Adds to a list, each in the place of the `same` one if that is there.
fn add<T>(list: &mut Vec<T>, is_emptied: bool, added: Vec<T>, same: impl Fn(&T, &T) -> bool) {
    if is_emptied {
        list.clear();
    }
    for one in added {
        match list.iter_mut().find(|other| same(&one, other)) {
            Some(other) => *other = one,
            None => list.push(one),
        }
    }
}

impl From<Mode> for VisitorMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Cookieless => Self::Cookieless,
            Mode::Persistent => Self::Persistent,
        }
    }
}

/// Reads `NAME=EVENT_TYPE[:PATH_PATTERN]`. An event's type may hold a colon, so a pattern begins with `/` or `*`.
fn goal(text: &str) -> Result<Goal> {
    let (name, wanted) = text.split_once('=').ok_or_else(|| anyhow!("a goal is NAME=EVENT_TYPE[:PATH_PATTERN]"))?;
    let starts = [":/", ":*"].into_iter().filter_map(|start| wanted.find(start));
    let (event_type, path) = match starts.min() {
        Some(at) => wanted.split_at(at),
        None => (wanted, ""),
    };
    let path = path.strip_prefix(':').map(str::to_owned);
    Ok(Goal { name: name.to_owned(), event_type: event_type.to_owned(), path })
}

/// Reads `CURRENCY=RATE[@DATE]`.
fn exchange_rate(text: &str) -> Result<ExchangeRate> {
    let (currency, rate) = text.split_once('=').ok_or_else(|| anyhow!("a rate is CURRENCY=RATE[@DATE]"))?;
    let (rate, as_of) = rate.split_once('@').unwrap_or((rate, ""));
    Ok(ExchangeRate { currency: currency.to_owned(), rate: rate.to_owned(), as_of: as_of.to_owned() })
}

/// Reads two dimensions.
fn pair(text: &str) -> Result<(RollupDimension, RollupDimension)> {
    let (first, second) = text.split_once(',').ok_or_else(|| anyhow!("a pair is two dimensions: country,device"))?;
    Ok((dimension(first)?, dimension(second)?))
}

fn dimension(name: &str) -> Result<RollupDimension> {
    let found = RollupDimension::ALL.into_iter().find(|dimension| dimension.name() == name.trim());
    found.ok_or_else(|| anyhow!("there is no dimension {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_read_as_written() {
        fn check(text: &str, expect: Option<(&str, &str, Option<&str>)>) {
            let read = goal(text).ok();
            let read = read.as_ref().map(|goal| (goal.name.as_str(), goal.event_type.as_str(), goal.path.as_deref()));
            assert_eq!(read, expect, "{text}");
        }
        check("buy=purchase", Some(("buy", "purchase", None)));
        check("thanks=pageview:/thanks/**", Some(("thanks", "pageview", Some("/thanks/**"))));
        check("done=pageview:**/done", Some(("done", "pageview", Some("**/done"))));
        check("step=checkout:paid", Some(("step", "checkout:paid", None)));
        check("step=checkout:paid:/a:/b", Some(("step", "checkout:paid", Some("/a:/b"))));
        check("purchase", None);
    }

    #[test]
    fn rates_are_read_as_written() {
        fn check(text: &str, expect: Option<(&str, &str, &str)>) {
            let read = exchange_rate(text).ok();
            let read = read.as_ref().map(|one| (one.currency.as_str(), one.rate.as_str(), one.as_of.as_str()));
            assert_eq!(read, expect, "{text}");
        }
        check("USD=0.9234", Some(("USD", "0.9234", "")));
        check("USD=0.9234@2026-02-01", Some(("USD", "0.9234", "2026-02-01")));
        check("USD", None);
    }
}

//! A segment by what people did: who they are, and what is counted of them then.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use domain::behaviour::PersonTest;
use domain::query::{Circumstances, Plan, plan};
use domain::window::DAY_MS;
use domain::zone::Zone;
use events::scan::{Sources, aggregate, members};
use events::store::Budget;
use serde_json::{Value, json};
use wire::query::Query;
use wire::site::Settings;

use crate::events::BEGIN_MS;
use crate::query::data::DAYS;

/// What is asked for: purchases, at least so many of at least so much together.
const TIMES: u64 = 3;
const EUROS: i64 = 500;

/// Days that both the purchases and what is counted lie in.
const WITHIN: u64 = 30;

/// Visitors and page views of a segment, by country; and the same in SQL.
pub struct SegmentCase {
    /// What it is called.
    pub name: String,
    plan: Plan,
    tests: Vec<Arc<PersonTest>>,
    duckdb: String,
    chdb: String,
}

impl SegmentCase {
    /// Of one site.
    ///
    /// # Errors
    /// When it cannot be planned.
    pub fn of(site: &str) -> Result<Self> {
        let (from_ms, to_ms) = (BEGIN_MS + (DAYS - WITHIN) * DAY_MS, BEGIN_MS + DAYS * DAY_MS);
        let text = |at_ms| Zone::default().text(at_ms);
        let sum = json!({"of": "revenue", "currency": "EUR", "at_least": EUROS});
        let query: Query = serde_json::from_value(json!({
            "tracking_id": site,
            "date_range": {"start": text(from_ms), "end": text(to_ms)},
            "metrics": ["unique_users", "pageviews"],
            "dimensions": ["country"],
            "filters": ["did", {"event_type": "purchase", "at_least": TIMES, "sum": sum}]
        }))?;
        let settings = Settings::default();
        let now_ms = BEGIN_MS + (DAYS + 100) * DAY_MS;
        let around = Circumstances { events_from_ms: Some(BEGIN_MS), ..Circumstances::at(now_ms, &settings) };
        let plan = plan(&query, &settings, &around)?;
        let tests = plan.people()?;
        let events = format!("site = '{site}' AND ms >= {from_ms} AND ms < {to_ms}");
        let people = |paid: &str| {
            format!(
                "SELECT visitor FROM ev WHERE {events} AND visitor <> 0 AND event_type = 'purchase' GROUP BY visitor \
                 HAVING count(*) >= {TIMES} AND {paid} >= {}",
                EUROS * 1_000_000
            )
        };
        let duckdb = format!(
            "SELECT country, count(DISTINCT visitor), count(*) FILTER (WHERE event_type = 'pageview') FROM ev \
             WHERE {events} AND country <> '' AND visitor IN ({}) GROUP BY country",
            people("sum(revenue_micros) FILTER (WHERE currency = 'EUR')")
        );
        let chdb = format!(
            "SELECT country, uniqExact(visitor), countIf(event_type = 'pageview') FROM ev \
             WHERE {events} AND country <> '' AND visitor IN ({}) GROUP BY country",
            people("sumIf(revenue_micros, currency = 'EUR')")
        );
        let name = format!("{TIMES} purchases of {EUROS} EUR within {WITHIN} d, visitors and page views by country");
        Ok(Self { name, plan, tests, duckdb, chdb })
    }

    /// What stands for it in an engine.
    ///
    /// # Errors
    /// When there is no such engine.
    pub fn sql(&self, peer: &str) -> Result<&str> {
        match peer {
            "duckdb" => Ok(&self.duckdb),
            "chdb" => Ok(&self.chdb),
            _ => bail!("there is no SQL for {peer}"),
        }
    }

    /// The answer: how many people, then visitors and page views by country in the order of their codes.
    ///
    /// # Errors
    /// When events cannot be read.
    pub fn ours(&self, sources: &Sources<'_>, budget: &Budget) -> Result<Vec<u64>> {
        let (sets, _) = members(sources, &self.tests, budget)?;
        let mut plan = self.plan.clone();
        plan.resolve(&sets);
        let found = aggregate(sources, &plan.now.rows.question, budget)?;
        let by_country = found.groups.into_iter().map(|group| {
            let counted = group.counted;
            (group.values.into_iter().next().unwrap_or_default(), (counted.visitors, counted.pageviews))
        });
        Ok(numbers(by_country.collect()))
    }

    /// The same of an engine's rows.
    ///
    /// # Errors
    /// When they are no such rows.
    pub fn theirs(&self, rows: &[Vec<Value>]) -> Result<Vec<u64>> {
        let number = |cell: &Value| {
            cell.as_u64().or_else(|| cell.as_str()?.parse().ok()).with_context(|| format!("{cell} is no number"))
        };
        let mut by_country = BTreeMap::new();
        for row in rows {
            let [country, visitors, pageviews] = row.as_slice() else { bail!("{row:?} is no country") };
            let country = country.as_str().context("a country is no text")?.to_owned();
            by_country.insert(country, (number(visitors)?, number(pageviews)?));
        }
        Ok(numbers(by_country))
    }
}

fn numbers(by_country: BTreeMap<String, (u64, u64)>) -> Vec<u64> {
    let all: u64 = by_country.values().map(|(visitors, _)| visitors).sum();
    std::iter::once(all).chain(by_country.into_values().flat_map(|(visitors, views)| [visitors, views])).collect()
}

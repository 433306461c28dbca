//! The questions, and how each is asked of a peer.

use anyhow::{Context, Result, bail, ensure};
use domain::analysis::{Analysis, Analyzed, attribution, experiment, funnel, lifecycle, retention};
use domain::query::Circumstances;
use domain::window::DAY_MS;
use domain::zone::Zone;
use serde_json::{Value, json};
use wire::site::{Settings, VisitorMode};

mod measures;

use crate::events::BEGIN_MS;
use crate::query::data::DAYS;

/// A question, and the same in SQL.
pub struct Case {
    /// What it is called.
    pub name: String,
    /// The question, planned.
    pub analysis: Analysis,
    duckdb: String,
    chdb: String,
    /// Numbers of an answer.
    numbers: usize,
}

impl Case {
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

    /// The numbers of an answer: of a funnel, who did each step; of retention, by day who came, and who came back on each
    /// day behind it; of lifecycle, by day who was new, who returned, who was resurrected, and who was dormant; of an
    /// experiment and of attribution as `measures` has it.
    ///
    /// # Errors
    /// When the answer is one of another question.
    pub fn ours(&self, found: &Analyzed) -> Result<Vec<u64>> {
        Ok(match (&self.analysis, found) {
            (Analysis::Funnel(plan), Analyzed::Funnel(found)) => {
                let told = funnel::answer(plan, &found.tally, &found.names);
                told.steps.iter().map(|step| step.users).collect()
            }
            (Analysis::Retention(plan), Analyzed::Retention(found)) => {
                let mut numbers = vec![0; self.numbers];
                let width = plan.fold.periods + 1;
                for (cohort, came) in &found.tally.cohorts {
                    let cells = numbers.iter_mut().skip(cohort * width).take(width);
                    cells.zip(&came.within).for_each(|(cell, users)| *cell = *users);
                }
                numbers
            }
            (Analysis::Lifecycle(plan), Analyzed::Lifecycle(found)) => {
                let told = found.tally.buckets.iter().skip(plan.first_bucket).take(plan.labels.len());
                let told: Vec<_> = told.collect();
                let kinds: [fn(&lifecycle::Counts) -> u32; 4] =
                    [|one| one.new, |one| one.returning, |one| one.resurrected, |one| one.dormant];
                kinds.iter().flat_map(|kind| told.iter().map(|one| u64::from(kind(one)))).collect()
            }
            (Analysis::Experiment(plan), Analyzed::Experiment(found)) => {
                measures::experiment(&experiment::answer(plan, &found.tally, &found.names))
            }
            (Analysis::Attribution(plan), Analyzed::Attribution(found)) => {
                measures::attribution(&attribution::answer(plan, &found.tally, &found.names))
            }
            _ => bail!("an answer to another question"),
        })
    }

    /// The same of an engine's rows: of retention cohort, period and how many; of lifecycle which of the four, day and how
    /// many; of all else the very numbers.
    ///
    /// # Errors
    /// When they are no such rows.
    pub fn theirs(&self, rows: &[Vec<Value>]) -> Result<Vec<u64>> {
        let number = |cell: &Value| {
            cell.as_u64().or_else(|| cell.as_str()?.parse().ok()).with_context(|| format!("{cell} is no number"))
        };
        let width = match &self.analysis {
            Analysis::Retention(plan) => plan.fold.periods as u64 + 1,
            Analysis::Lifecycle(plan) => plan.labels.len() as u64,
            _ => return rows.iter().flatten().map(number).collect(),
        };
        let mut numbers = vec![0; self.numbers];
        for row in rows {
            let [cohort, period, users] = row.as_slice() else { bail!("{row:?} is no cell") };
            let (cohort, period, users) = (number(cohort)?, number(period)?, number(users)?);
            ensure!(period < width, "{row:?} lies behind the last one");
            *numbers.get_mut((cohort * width + period) as usize).context("a cohort too many")? = users;
        }
        Ok(numbers)
    }
}

const STEPS: [&str; 4] = [
    "event_type = 'pageview' AND path LIKE '/shop/%'",
    "event_type = 'add_to_cart'",
    "event_type = 'checkout'",
    "event_type = 'purchase'",
];

/// What is measured, of one site.
///
/// # Errors
/// When a question cannot be planned.
pub fn cases(site: &str) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for days in [30, DAYS] {
        let (from_ms, to_ms) = (BEGIN_MS + (DAYS - days) * DAY_MS, BEGIN_MS + DAYS * DAY_MS);
        let text = |at_ms| Zone::default().text(at_ms);
        let range = json!({"start": text(from_ms), "end": text(to_ms)});
        let events = format!("site = '{site}' AND ms >= {from_ms} AND ms < {to_ms}");
        cases.push(funnel_case(site, days, &range, &events)?);
    }
    let (from_ms, to_ms) = (BEGIN_MS + (DAYS - 60) * DAY_MS, BEGIN_MS + (DAYS - 30) * DAY_MS);
    cases.push(retention_case(site, from_ms, to_ms)?);
    cases.push(lifecycle_case(site)?);
    cases.push(measures::experiment_case(site)?);
    cases.push(measures::attribution_case(site)?);
    Ok(cases)
}

/// When is asked, and of which site.
pub fn circumstances() -> (Settings, Circumstances) {
    let settings = Settings::default();
    let now_ms = BEGIN_MS + (DAYS + 100) * DAY_MS;
    let around = Circumstances { events_from_ms: Some(BEGIN_MS), ..Circumstances::at(now_ms, &settings) };
    (settings, around)
}

fn funnel_case(site: &str, days: u64, range: &Value, events: &str) -> Result<Case> {
    let query = json!({
        "tracking_id": site,
        "date_range": range,
        "steps": [
            {"event_type": "pageview", "filters": {"page_path": "/shop/**"}},
            {"event_type": "add_to_cart"},
            {"event_type": "checkout"},
            {"event_type": "purchase"}
        ],
        "window": "7d"
    });
    let (settings, around) = circumstances();
    let plan = funnel::plan(&serde_json::from_value(query)?, &settings, &around)?;
    let window = 7 * DAY_MS;
    let [one, two, three, four] = STEPS;
    // The latest chain so far is the one to go on with: by ASOF joins, each step with the last of the one before.
    let duckdb = format!(
        "WITH e AS (SELECT visitor, ms, CASE WHEN {one} THEN 1 WHEN {two} THEN 2 WHEN {three} THEN 3 ELSE 4 END AS s \
         FROM ev WHERE {events} AND visitor <> 0 AND (({one}) OR {two} OR {three} OR {four})), \
         s1 AS (SELECT visitor, ms, ms AS t FROM e WHERE s = 1), \
         s2 AS (SELECT e.visitor, e.ms, p.t FROM (SELECT * FROM e WHERE s = 2) e ASOF JOIN s1 p \
         ON e.visitor = p.visitor AND e.ms >= p.ms WHERE e.ms <= p.t + {window}), \
         s3 AS (SELECT e.visitor, e.ms, p.t FROM (SELECT * FROM e WHERE s = 3) e ASOF JOIN \
         (SELECT visitor, ms, max(t) OVER (PARTITION BY visitor ORDER BY ms) AS t FROM s2) p \
         ON e.visitor = p.visitor AND e.ms >= p.ms WHERE e.ms <= p.t + {window}), \
         s4 AS (SELECT e.visitor, e.ms, p.t FROM (SELECT * FROM e WHERE s = 4) e ASOF JOIN \
         (SELECT visitor, ms, max(t) OVER (PARTITION BY visitor ORDER BY ms) AS t FROM s3) p \
         ON e.visitor = p.visitor AND e.ms >= p.ms WHERE e.ms <= p.t + {window}) \
         SELECT (SELECT count(DISTINCT visitor) FROM s1), (SELECT count(DISTINCT visitor) FROM s2), \
         (SELECT count(DISTINCT visitor) FROM s3), (SELECT count(DISTINCT visitor) FROM s4)"
    );
    let chdb = format!(
        "SELECT countIf(l >= 1), countIf(l >= 2), countIf(l >= 3), countIf(l >= 4) FROM (SELECT visitor, \
         windowFunnel({window})(ms, {one}, {two}, {three}, {four}) AS l FROM ev \
         WHERE {events} AND visitor <> 0 AND (({one}) OR {two} OR {three} OR {four}) GROUP BY visitor)"
    );
    let numbers = STEPS.len();
    let name = format!("funnel of 4 steps within 7 d, {days} d");
    Ok(Case { name, analysis: Analysis::Funnel(plan), duckdb, chdb, numbers })
}

fn retention_case(site: &str, from_ms: u64, to_ms: u64) -> Result<Case> {
    let text = |at_ms| Zone::default().text(at_ms);
    let query = json!({
        "tracking_id": site,
        "date_range": {"start": text(from_ms), "end": text(to_ms)},
        "first_in": "range",
        "periods": 29
    });
    let (settings, around) = circumstances();
    let plan = retention::plan(&serde_json::from_value(query)?, &settings, &around)?;
    let first_day = from_ms / DAY_MS;
    let (start, end) = (plan.ask.span.start, plan.ask.span.end);
    // Every visitor's days, each once; cohort and distance of each.
    let duckdb = format!(
        "WITH d AS (SELECT visitor, day FROM ev WHERE site = '{site}' AND ms >= {start} AND ms < {end} AND visitor <> 0 \
         GROUP BY visitor, day), c AS (SELECT visitor, min(day) AS f FROM d GROUP BY visitor) \
         SELECT f - {first_day}, day - f, count(*) FROM d JOIN c USING (visitor) \
         WHERE f < {} AND day - f <= 29 GROUP BY 1, 2",
        to_ms / DAY_MS
    );
    let chdb = format!(
        "SELECT f - {first_day} AS c, toUInt64(arrayJoin(days)) - f AS p, count() FROM (SELECT visitor, \
         groupUniqArray(day) AS days, toUInt64(min(day)) AS f FROM ev WHERE site = '{site}' AND ms >= {start} AND ms < {end} \
         AND visitor <> 0 GROUP BY visitor) WHERE f < {} GROUP BY c, p HAVING p <= 29",
        to_ms / DAY_MS
    );
    let numbers = plan.fold.cohorts * (plan.fold.periods + 1);
    let name = format!("retention of {} days by {}", plan.fold.cohorts, plan.fold.periods + 1);
    Ok(Case { name, analysis: Analysis::Retention(plan), duckdb, chdb, numbers })
}

/// Over all days, by day: who is new, returns, comes back after a break or stays away. The folds tell DAU, WAU and MAU of each
/// day besides, which are not asked of the others.
fn lifecycle_case(site: &str) -> Result<Case> {
    let (from_ms, to_ms) = (BEGIN_MS, BEGIN_MS + DAYS * DAY_MS);
    let text = |at_ms| Zone::default().text(at_ms);
    let query = json!({"tracking_id": site, "date_range": {"start": text(from_ms), "end": text(to_ms)}});
    let (settings, around) = circumstances();
    let settings = Settings { visitors: VisitorMode::Persistent, ..settings };
    let plan = lifecycle::plan(&serde_json::from_value(query)?, &settings, &around)?;
    let (first, end) = (from_ms / DAY_MS, to_ms / DAY_MS);
    let events = format!("site = '{site}' AND ms >= {from_ms} AND ms < {to_ms} AND visitor <> 0");
    let duckdb = format!(
        "WITH d AS (SELECT visitor, day FROM ev WHERE {events} GROUP BY visitor, day), \
         w AS (SELECT day, lag(day) OVER v AS p, lead(day) OVER v AS n FROM d WINDOW v AS (PARTITION BY visitor ORDER BY day)), \
         k AS (SELECT CASE WHEN p IS NULL THEN 0 WHEN p = day - 1 THEN 1 ELSE 2 END AS kind, day FROM w UNION ALL \
         SELECT 3, day + 1 FROM w WHERE n IS NULL OR n > day + 1) \
         SELECT kind, day - {first}, count(*) FROM k WHERE day < {end} GROUP BY 1, 2"
    );
    let chdb = format!(
        "SELECT t.1 AS kind, t.2 - {first} AS at, count() FROM (SELECT arrayJoin(arrayConcat(\
         arrayMap((d, p) -> (if(p = 0, 0, if(p = d - 1, 1, 2)), d), days, arrayPushFront(arrayPopBack(days), 0)), \
         arrayMap(d -> (3, d + 1), arrayFilter((d, n) -> n <> d + 1, days, arrayPushBack(arrayPopFront(days), 0))))) AS t \
         FROM (SELECT arraySort(groupUniqArray(toInt64(day))) AS days FROM ev WHERE {events} GROUP BY visitor)) \
         WHERE t.2 < {end} GROUP BY kind, at"
    );
    let numbers = 4 * DAYS as usize;
    Ok(Case {
        name: format!("lifecycle of {DAYS} days by day"),
        analysis: Analysis::Lifecycle(plan),
        duckdb,
        chdb,
        numbers,
    })
}

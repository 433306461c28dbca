//! A stack of one's own for one test: a fresh folder, a site, a token, and the questions tests ask.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use wire::frame::RawEvent;
use wire::limits::QUERY_LIMIT_MAX;
use wire::query::{Answer as QueryAnswer, OutcomeCounts};

use crate::artifacts::Artifacts;
use crate::edge::Geography;
use crate::http::{self, Answer};
use crate::port::Ports;
use crate::proxy::Proxy;
use crate::stack::Stack;

/// Tracking id of the test's site.
pub const SITE: &str = "UA-123456-1";

/// How long counts may take to arrive once all parts run.
pub const DRAINED_WITHIN: Duration = Duration::from_secs(60);

/// How long counting may rest while events are owed: longer than the edge's longest pause between two tries, 60 s.
pub const PROGRESS_WITHIN: Duration = Duration::from_secs(75);

/// How long a test that says "today" and "yesterday" may take.
const DAY_LEFT_AT_LEAST: Duration = Duration::from_secs(5 * 60);

/// How old a day of UTC is at least when such a test begins: it sends events of some seconds ago.
const DAY_OLD_AT_LEAST: Duration = Duration::from_secs(30);

/// Waits for the next day of UTC where this one ends too soon for a test that says "today", or has only just begun.
pub fn stay_within_a_day() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let since_midnight = Duration::from_secs(since_1970.as_secs() % DAY.as_secs());
    if since_midnight < DAY_OLD_AT_LEAST {
        std::thread::sleep(DAY_OLD_AT_LEAST.saturating_sub(since_midnight));
    } else if DAY.saturating_sub(since_midnight) < DAY_LEFT_AT_LEAST {
        std::thread::sleep((DAY + DAY_OLD_AT_LEAST).saturating_sub(since_midnight));
    }
}

/// A running stack with one site.
pub struct Trial {
    /// The processes.
    pub stack: Stack,
    token: String,
    folder: TempDir,
}

impl Trial {
    /// Starts everything in a folder that is deleted afterwards.
    ///
    /// # Errors
    /// When the parts are not built or do not come up.
    pub fn start() -> Result<Self> {
        Self::start_on(|_| Ok(()))
    }

    /// As [`Trial::start`], once `prepare` has laid out the folder: `aggregator/`, `edge/objects/`.
    ///
    /// # Errors
    /// As [`Trial::start`], and when `prepare` fails.
    pub fn start_on(prepare: impl FnOnce(&Path) -> Result<()>) -> Result<Self> {
        let (ports, folder) = (Ports::free()?, tempfile::tempdir()?);
        prepare(folder.path())?;
        let aggregator_url = format!("http://127.0.0.1:{}", ports.aggregator);
        Self::start_with_route(&Artifacts::from_env()?, folder, ports, aggregator_url)
    }

    /// As [`Trial::start`], with a network between edge and aggregator that can be broken.
    ///
    /// # Errors
    /// When the parts do not come up.
    pub fn start_by_proxy(artifacts: &Artifacts) -> Result<(Self, Proxy)> {
        let ports = Ports::free()?;
        let proxy = Proxy::start(ports.aggregator)?;
        Ok((Self::start_with_route(artifacts, tempfile::tempdir()?, ports, proxy.url())?, proxy))
    }

    /// As [`Trial::start`], but the edge reaches the aggregator at `aggregator_url`.
    ///
    /// # Errors
    /// When the parts do not come up.
    pub fn start_by_route(ports: Ports, aggregator_url: String) -> Result<Self> {
        Self::start_with_route(&Artifacts::from_env()?, tempfile::tempdir()?, ports, aggregator_url)
    }

    fn start_with_route(artifacts: &Artifacts, folder: TempDir, ports: Ports, aggregator_url: String) -> Result<Self> {
        let stack = Stack::start_with_route(artifacts, folder.path(), ports, Geography::Header, aggregator_url)?;
        stack.aggregator.add_open_site(SITE, "test.example")?;
        let token = stack.aggregator.token(SITE)?;
        Ok(Self { stack, token, folder })
    }

    /// The folder that holds everything stored and logged.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The token that reads the site.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Posts a body to the edge.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn post(&self, body: &[u8]) -> Result<Answer> {
        http::post(&format!("{}/api/v1/events", self.stack.edge.url()), &[], body)
    }

    /// As [`Trial::post`], with headers.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn post_with(&self, headers: http::Headers<'_>, body: &Value) -> Result<Answer> {
        http::post(&format!("{}/api/v1/events", self.stack.edge.url()), headers, body.to_string().as_bytes())
    }

    /// The status that a body is answered with.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn send(&self, body: &Value) -> Result<u16> {
        Ok(self.post_with(&[], body)?.status)
    }

    /// Kills the edge and starts it again over the same storage. Answers how long until it was ready.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn strike_edge(&mut self) -> Result<Duration> {
        self.stack.edge.process().kill()?;
        self.stack.edge.restart()
    }

    /// Decides how the site is counted: `tidemark site set` with these options. Edges learn of it a little later.
    ///
    /// # Errors
    /// When the command fails.
    pub fn set(&self, options: &[&str]) -> Result<()> {
        self.stack.aggregator.run(&[&["site", "set", SITE], options].concat()).map(|_| ())
    }

    /// Asks the aggregator.
    ///
    /// # Errors
    /// When it refuses, with what it says.
    pub fn query(&self, query: &Value) -> Result<QueryAnswer> {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", bearer.as_str())];
        let url = format!("{}/api/v1/query", self.stack.aggregator.url());
        let answer = http::post(&url, &headers, query.to_string().as_bytes())?;
        if answer.status != 200 {
            bail!("{}: {}", answer.status, answer.text());
        }
        answer.json()
    }

    /// Every event the ledger keeps, in the order in which it was counted.
    ///
    /// # Errors
    /// When the export fails or is not what it should be.
    pub fn exported(&self) -> Result<Vec<RawEvent>> {
        self.exported_of(SITE)
    }

    /// As [`Trial::exported`], of another site.
    ///
    /// # Errors
    /// When the export fails or is not what it should be.
    pub fn exported_of(&self, site: &str) -> Result<Vec<RawEvent>> {
        let lines = self.stack.aggregator.run(&["export", "--site", site])?;
        lines.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// Waits until exactly so many events are known as not counted, by `outcome reason`; more will not do.
    ///
    /// # Errors
    /// When that takes longer than [`DRAINED_WITHIN`], with what is known.
    pub fn outcomes_become(&self, expect: &[(&str, u64)]) -> Result<()> {
        let expect: BTreeMap<String, u64> = expect.iter().map(|(name, events)| ((*name).to_owned(), *events)).collect();
        let total = |outcomes: &BTreeMap<String, u64>| outcomes.values().sum::<u64>();
        let found = until("outcomes", || {
            let outcomes = self.outcomes()?;
            Ok((total(&outcomes) >= total(&expect)).then_some(outcomes))
        });
        let outcomes = found.or_else(|_| self.outcomes())?;
        if outcomes == expect { Ok(()) } else { bail!("{outcomes:?}, not {expect:?}") }
    }

    /// Waits until at least `count` events are counted, and answers them all.
    ///
    /// # Errors
    /// When that takes longer than [`DRAINED_WITHIN`].
    pub fn drained(&self, count: usize) -> Result<Vec<RawEvent>> {
        let begun = Instant::now();
        loop {
            let events = self.exported()?;
            if events.len() >= count {
                return Ok(events);
            }
            if begun.elapsed() > DRAINED_WITHIN {
                bail!("{} of {count} events were counted within {DRAINED_WITHIN:?}", events.len());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// How many events are counted so far.
    ///
    /// # Errors
    /// When the aggregator does not answer.
    pub fn counted(&self) -> Result<u64> {
        self.sum_of_events(&json!([]))
    }

    /// The events of yesterday and today, summed over all rows of an answer by `dimensions`.
    ///
    /// # Errors
    /// When the aggregator does not answer.
    pub fn sum_of_events(&self, dimensions: &Value) -> Result<u64> {
        let rows = self.rows_of_events(dimensions)?;
        Ok(rows.iter().filter_map(|row| row.get("events").and_then(Value::as_u64)).sum())
    }

    /// The rows of yesterday's and today's events by `dimensions`. A run that begins before midnight may end after.
    ///
    /// # Errors
    /// When the aggregator does not answer.
    pub fn rows_of_events(&self, dimensions: &Value) -> Result<Vec<Value>> {
        self.rows(&json!(["events"]), dimensions)
    }

    /// The rows of these metrics by `dimensions`, of yesterday and today.
    ///
    /// # Errors
    /// When the aggregator does not answer.
    pub fn rows(&self, metrics: &Value, dimensions: &Value) -> Result<Vec<Value>> {
        let [start, end] = yesterday_and_today()?;
        let answer = self.query(&json!({
            "tracking_id": SITE, "date_range": {"start": start, "end": end},
            "metrics": metrics, "dimensions": dimensions, "limit": QUERY_LIMIT_MAX,
        }))?;
        answer.rows.iter().map(|row| Ok(serde_json::to_value(row)?)).collect()
    }

    /// How many events of yesterday and today were not counted, by `outcome reason`.
    ///
    /// # Errors
    /// When the aggregator does not answer.
    pub fn outcomes(&self) -> Result<BTreeMap<String, u64>> {
        let [start, end] = yesterday_and_today()?;
        let url = self.stack.aggregator.url();
        let url = format!("{url}/api/v1/outcomes?tracking_id={SITE}&start={start}&end={end}");
        let bearer = format!("Bearer {}", self.token);
        let counts: OutcomeCounts = http::get_with(&url, &[("authorization", &bearer)])?.json()?;
        Ok(counts.outcomes.into_iter().map(|row| (format!("{} {}", row.outcome, row.reason), row.events)).collect())
    }

    /// Waits until `count` events are counted, and not one more.
    ///
    /// # Errors
    /// When there are more or fewer, with their number.
    pub fn settle_at(&self, count: u64) -> Result<()> {
        self.settle(count)?;
        let counted = self.counted()?;
        if counted == count { Ok(()) } else { bail!("{counted} events are counted, not {count}") }
    }

    /// Waits until `count` events are counted, and answers how long that took. Gives up once nothing has been
    /// counted for [`PROGRESS_WITHIN`], so that what is missing can be named.
    ///
    /// # Errors
    /// When the aggregator does not answer.
    pub fn settle(&self, count: u64) -> Result<Duration> {
        let begun = Instant::now();
        let (mut counted, mut changed) = (self.counted()?, begun);
        while counted < count && changed.elapsed() < PROGRESS_WITHIN {
            std::thread::sleep(Duration::from_millis(50));
            let now = self.counted()?;
            if now != counted {
                (counted, changed) = (now, Instant::now());
            }
        }
        Ok(begun.elapsed())
    }
}

fn yesterday_and_today() -> Result<[String; 2]> {
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() as i64;
    let date = |at_s| Timestamp::from_second(at_s).unwrap_or_default().strftime("%F").to_string();
    Ok([date(now_s - 86_400), date(now_s)])
}

/// Waits until `check` answers, and hands on what; gives up after [`DRAINED_WITHIN`].
///
/// # Errors
/// When that takes longer, or `check` fails.
pub fn until<T>(what: &str, mut check: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(found) = check()? {
            return Ok(found);
        }
        if begun.elapsed() > DRAINED_WITHIN {
            bail!("{what}: not within {DRAINED_WITHIN:?}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

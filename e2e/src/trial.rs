//! A stack of one's own for one test: a fresh folder, a site, a token, and the questions tests ask.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use wire::frame::RawEvent;
use wire::limits::QUERY_LIMIT_MAX;
use wire::query::Answer as QueryAnswer;

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
        let now_s = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() as i64;
        let date = |at_s| Timestamp::from_second(at_s).unwrap_or_default().strftime("%F").to_string();
        let answer = self.query(&json!({
            "tracking_id": SITE, "date_range": {"start": date(now_s - 86_400), "end": date(now_s)},
            "metrics": ["events"], "dimensions": dimensions, "limit": QUERY_LIMIT_MAX,
        }))?;
        answer.rows.iter().map(|row| Ok(serde_json::to_value(row)?)).collect()
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

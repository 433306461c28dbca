//! A stack of one's own for one test: a fresh folder, a site, a token, and the questions tests ask.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::Value;
use tempfile::TempDir;
use wire::frame::RawEvent;
use wire::query::Answer as QueryAnswer;

use crate::artifacts::Artifacts;
use crate::edge::Geography;
use crate::http::{self, Answer};
use crate::port::Ports;
use crate::stack::Stack;

/// Tracking id of the test's site.
pub const SITE: &str = "UA-123456-1";

/// How long counts may take to arrive once all parts run.
pub const DRAINED_WITHIN: Duration = Duration::from_secs(60);

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
        let folder = tempfile::tempdir()?;
        let stack = Stack::start(&Artifacts::from_env()?, folder.path(), Ports::free()?, Geography::Header)?;
        stack.aggregator.add_site(SITE, "test.example")?;
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
        let lines = self.stack.aggregator.run(&["export", "--site", SITE])?;
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
}

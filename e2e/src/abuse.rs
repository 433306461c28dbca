//! Requests that nobody well-meaning sends: the same number makes the same request.
//!
//! Most are certainly malformed, so that any success would be a fault. A mutated one may happen to be valid; what it
//! counts, it counts for a site of its own.

mod aggregator;
mod bodies;
mod edge;

use std::io::Write;

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::http::{self, Agent, Answer};
use crate::random::Random;
use crate::stack::Stack;

/// Tracking id of the site that mutated requests name.
pub const ABUSED_SITE: &str = "UA-666666-1";

/// What a browser calls itself.
pub const BROWSER: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

/// What must become of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A 4xx, whatever else.
    Refused,
    /// Anything below 500.
    Answered,
}

/// A hostile request.
#[derive(Clone, Debug)]
pub struct Attack {
    /// What it tries.
    pub kind: &'static str,
    /// Where to.
    pub url: String,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// Its body; a `GET` without.
    pub body: Option<Vec<u8>>,
    /// What must become of it.
    pub expected: Expected,
}

impl Attack {
    fn post(kind: &'static str, url: String, body: Vec<u8>) -> Self {
        Self { kind, url, headers: Vec::new(), body: Some(body), expected: Expected::Refused }
    }

    fn get(kind: &'static str, url: String) -> Self {
        Self { kind, url, headers: Vec::new(), body: None, expected: Expected::Refused }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// It may happen to be valid.
    fn maybe_valid(mut self) -> Self {
        self.expected = Expected::Answered;
        self
    }

    /// Sends it.
    ///
    /// # Errors
    /// When there is no answer within the client's deadline.
    pub fn send(&self, agent: &Agent) -> Result<Answer> {
        let headers: Vec<(&str, &str)> = self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        match &self.body {
            Some(body) => http::post_by(agent, &self.url, &headers, body),
            None => http::get_by(agent, &self.url, &headers),
        }
    }

    /// Whether an answer is what it must be.
    pub fn is_met_by(&self, status: u16) -> bool {
        match self.expected {
            Expected::Refused => (400..500).contains(&status),
            Expected::Answered => (200..500).contains(&status),
        }
    }
}

/// Whom to attack.
#[derive(Clone, Debug)]
pub struct Attacker {
    edge_url: String,
    aggregator_url: String,
    token: String,
    seed: u64,
}

impl Attacker {
    /// One that knows a reader's token.
    pub fn new(stack: &Stack, token: &str, seed: u64) -> Self {
        let (edge_url, aggregator_url) = (stack.edge.url(), stack.aggregator.url());
        Self { edge_url, aggregator_url, token: token.to_owned(), seed }
    }

    /// The request of a number. Three in five go to the edge.
    pub fn attack(&self, number: u64) -> Attack {
        let mut random = Random::new(self.seed.rotate_left(32) ^ number);
        if random.below(5) < 3 { edge::attack(self, &mut random) } else { aggregator::attack(self, &mut random) }
    }
}

/// Bytes as gzip.
///
/// # Errors
/// Never; the encoder's signature allows for it.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

//! Senders that do as the SDK does: batch after batch, each again under the same id until it is acknowledged.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use serde_json::json;

use crate::http;
use crate::trial::SITE;

/// Senders at once.
pub const SENDERS: u64 = 6;

/// Events in each batch.
pub const EVENTS: u64 = 4;

/// How long a batch may stay without acknowledgement: a restart takes a second.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(60);

/// The custom property that carries an event's own name, to find it again in what was counted.
pub const NAME_PROPERTY: &str = "name";

/// What senders saw so far.
#[derive(Default)]
pub struct Seen {
    acknowledged: AtomicU64,
    refused: AtomicU64,
    unanswered: AtomicU64,
    span: Mutex<Span>,
}

/// What senders saw since somebody last looked.
#[derive(Clone, Debug, Default)]
pub struct Span {
    /// Requests by the status of their answer; 0 for those without one.
    pub statuses: BTreeMap<u16, u64>,
    latencies: Vec<Duration>,
}

impl Span {
    /// Requests acknowledged, in a hundred.
    pub fn acknowledged_percent(&self) -> f64 {
        let all: u64 = self.statuses.values().sum();
        self.statuses.get(&204).copied().unwrap_or_default() as f64 * 100.0 / all.max(1) as f64
    }

    /// The time within which so many in a hundred requests were acknowledged.
    pub fn latency(&self, percent: usize) -> Duration {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

impl Seen {
    /// Events acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Requests with an answer that is no acknowledgement.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// What they saw since the last call of this.
    pub fn since_last(&self) -> Span {
        std::mem::take(&mut self.span.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, status: u16, latency: Duration) {
        let mut span = self.span.lock().unwrap_or_else(PoisonError::into_inner);
        *span.statuses.entry(status).or_default() += 1;
        if status == 204 {
            span.latencies.push(latency);
        }
        match status {
            204 => self.acknowledged.fetch_add(EVENTS, Ordering::Relaxed),
            0 => self.unanswered.fetch_add(1, Ordering::Relaxed),
            _ => self.refused.fetch_add(1, Ordering::Relaxed),
        };
    }

    /// Requests without an answer.
    pub fn unanswered(&self) -> u64 {
        self.unanswered.load(Ordering::Relaxed)
    }
}

/// Running senders.
pub struct Load {
    seen: Arc<Seen>,
    stopping: Arc<AtomicBool>,
    senders: Vec<JoinHandle<Result<Vec<String>>>>,
}

impl Load {
    /// Starts [`SENDERS`] of them, each with a page of its own and `pause` between its batches.
    pub fn start(edge_url: &str, pause: Duration) -> Self {
        Self::of_clients(edge_url, pause, None)
    }

    /// As [`Load::start`], but for so many clients, whose events every batch mixes; the senders are servers then.
    pub fn start_mixed(edge_url: &str, pause: Duration, clients: u64) -> Self {
        Self::of_clients(edge_url, pause, Some(clients))
    }

    fn of_clients(edge_url: &str, pause: Duration, clients: Option<u64>) -> Self {
        let (seen, stopping) = (Arc::new(Seen::default()), Arc::new(AtomicBool::new(false)));
        let senders = (0..SENDERS).map(|number| {
            let sender = Sender {
                number,
                url: format!("{edge_url}/api/v1/events"),
                pause,
                clients,
                seen: Arc::clone(&seen),
                stopping: Arc::clone(&stopping),
            };
            thread::spawn(move || sender.run())
        });
        Self { senders: senders.collect(), seen, stopping }
    }

    /// What they saw so far.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Waits until `count` more events are acknowledged, so that what comes next meets traffic.
    ///
    /// # Errors
    /// When that takes longer than a minute.
    pub fn wait_for(&self, count: u64) -> Result<()> {
        let (wanted, begun) = (self.seen.acknowledged() + count, Instant::now());
        while self.seen.acknowledged() < wanted {
            if begun.elapsed() > ACKNOWLEDGED_WITHIN {
                bail!("no batch is acknowledged any more");
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Lets every sender finish its batch, and answers the names of all events sent: all are acknowledged.
    ///
    /// # Errors
    /// When a batch was not acknowledged within a minute.
    pub fn finish(self) -> Result<Vec<String>> {
        self.stopping.store(true, Ordering::Relaxed);
        let mut sent = Vec::new();
        for sender in self.senders {
            sent.extend(sender.join().map_err(|_| anyhow!("a sender panicked"))??);
        }
        Ok(sent)
    }
}

struct Sender {
    number: u64,
    url: String,
    pause: Duration,
    /// Clients it sends for; none if it is one itself.
    clients: Option<u64>,
    seen: Arc<Seen>,
    stopping: Arc<AtomicBool>,
}

impl Sender {
    fn run(&self) -> Result<Vec<String>> {
        let agent = http::agent();
        let mut sent = Vec::new();
        for batch in 0u64.. {
            if self.stopping.load(Ordering::Relaxed) {
                break;
            }
            let names: Vec<String> = (0..EVENTS).map(|event| format!("{}-{batch}-{event}", self.number)).collect();
            self.send(&agent, &self.body(batch, &names))?;
            sent.extend(names);
            thread::sleep(self.pause);
        }
        Ok(sent)
    }

    fn body(&self, batch: u64, names: &[String]) -> String {
        let page = format!("https://t.example/{}", self.number);
        let event = |(position, name): (u64, &String)| {
            let next = (self.number + batch * SENDERS) * EVENTS + position;
            json!({
                "event_type": "pageview", "event_id": name, "page": {"url": page},
                "client_id": self.clients.map_or(self.number, |clients| next % clients).to_string(),
                "custom_properties": {NAME_PROPERTY: name},
            })
        };
        json!({
            "batch_id": format!("sender-{:04}-{batch:08}", self.number), "tracking_id": SITE,
            "events": (0..).zip(names).map(event).collect::<Vec<_>>(),
        })
        .to_string()
    }

    /// A refused connection or a 503 is no acknowledgement: the same batch again.
    fn send(&self, agent: &http::Agent, body: &str) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < ACKNOWLEDGED_WITHIN {
            let asked = Instant::now();
            let answer = http::post_by(agent, &self.url, &[], body.as_bytes());
            let status = answer.map_or(0, |answer| answer.status);
            self.seen.note(status, asked.elapsed());
            if status == 204 {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(15));
        }
        bail!("a batch was not acknowledged within {ACKNOWLEDGED_WITHIN:?}")
    }
}

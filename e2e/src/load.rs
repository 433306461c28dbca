//! Senders that do as the SDK does: batch after batch, each again under the same id until it is acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use serde_json::json;

use crate::http;
use crate::trial::SITE;

/// Senders at once.
pub const SENDERS: u64 = 6;

/// Events in each batch.
const EVENTS: u64 = 4;

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
        let (seen, stopping) = (Arc::new(Seen::default()), Arc::new(AtomicBool::new(false)));
        let senders = (0..SENDERS).map(|number| {
            let sender = Sender {
                number,
                url: format!("{edge_url}/api/v1/events"),
                pause,
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
        let event = |name: &String| {
            json!({
                "event_type": "pageview", "event_id": name, "page": {"url": page},
                "custom_properties": {NAME_PROPERTY: name},
            })
        };
        json!({
            "batch_id": format!("sender-{:04}-{batch:08}", self.number), "tracking_id": SITE,
            "client_id": self.number.to_string(), "events": names.iter().map(event).collect::<Vec<_>>(),
        })
        .to_string()
    }

    /// A refused connection or a 503 is no acknowledgement: the same batch again.
    fn send(&self, agent: &http::Agent, body: &str) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < ACKNOWLEDGED_WITHIN {
            match http::post_by(agent, &self.url, &[], body.as_bytes()) {
                Ok(answer) if answer.status == 204 => {
                    self.seen.acknowledged.fetch_add(EVENTS, Ordering::Relaxed);
                    return Ok(());
                }
                Ok(_) => self.seen.refused.fetch_add(1, Ordering::Relaxed),
                Err(_) => self.seen.unanswered.fetch_add(1, Ordering::Relaxed),
            };
            thread::sleep(Duration::from_millis(15));
        }
        bail!("a batch was not acknowledged within {ACKNOWLEDGED_WITHIN:?}")
    }
}

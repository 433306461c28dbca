//! Sends events to Tidemark from a server: `POST /api/v1/events` of the edge, as `docs/events.md` describes it.
//!
//! - Events wait in a bounded queue and leave as batches: after 5 seconds, with 20, or when told; at most 500 in one.
//! - A batch that is answered by 429, by 500 or above, or not at all is sent again, under the same id and with the same bytes,
//!   after what `Retry-After` says and a random, growing pause. The edge counts it once.
//! - What became of an event is told to whoever asks its [`Receipt`]; what is wrong with it names field and limit.
//! - Dropping the [`Client`] sends what waits, for at most five seconds.
//!
//! ```no_run
//! use tidemark_client::{Client, Event};
//!
//! let client = Client::new("https://EDGE.example", "UA-123456-1")?;
//! client.send(Event::new("purchase").client("customer-17").property("plan", "pro").revenue(49.90, "EUR"))?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod batch;
mod delivery;
mod event;
mod outcome;
mod post;
mod queue;

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wire::limits::TRACKING_ID_BYTES_MAX;

pub use event::Event;
pub use outcome::{Outcome, Receipt, Status};
pub use queue::{QUEUE_BYTES_MAX, QUEUE_EVENTS_MAX};

use crate::queue::Queue;

/// How long a client that is dropped waits for answers.
pub const DROP_WITHIN: Duration = Duration::from_secs(5);

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not where an edge could be.
    #[error("endpoint: must be an http or https URL")]
    Endpoint,
    /// Not a tracking id.
    #[error("site: must be 1 to {TRACKING_ID_BYTES_MAX} letters, digits, '-', '_' or '.'")]
    Site,
    /// The system has no thread for it.
    #[error("no thread for sending events: {0}")]
    Thread(#[from] std::io::Error),
}

/// Why an event is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It names nobody, and this server would be taken for the visitor.
    #[error("client: is required, or visitor, with address and user agent")]
    NoClient,
    /// It is no JSON: a number that is not finite, say.
    #[error("the event cannot be written as JSON: {0}")]
    NotJson(String),
    /// No batch has room for it.
    #[error("the event has {0} bytes, at most {max}", max = batch::BATCH_BYTES_MAX)]
    TooLarge(usize),
    /// The edge is away for too long, or slower than the events.
    #[error("the queue holds {events} events of {bytes} bytes, at most {QUEUE_EVENTS_MAX} of {QUEUE_BYTES_MAX}")]
    QueueFull {
        /// Events that wait.
        events: usize,
        /// Their bytes.
        bytes: usize,
    },
}

/// Sends a site's events, by a thread of its own.
pub struct Client {
    queue: Arc<Queue>,
    site: String,
    sender: Option<JoinHandle<()>>,
}

impl Client {
    /// Begins to send a site's events to an edge: its origin, or a path below which it answers.
    ///
    /// # Errors
    /// When the endpoint is no URL, the site no tracking id, or the system has no thread.
    pub fn new(endpoint: &str, site: &str) -> Result<Self, SettingsError> {
        let is_url =
            ["http://", "https://"].iter().any(|scheme| endpoint.len() > scheme.len() && endpoint.starts_with(scheme));
        if !is_url {
            return Err(SettingsError::Endpoint);
        }
        let alphabet = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if !(1..=TRACKING_ID_BYTES_MAX).contains(&site.len()) || !site.bytes().all(alphabet) {
            return Err(SettingsError::Site);
        }
        let queue = Arc::new(Queue::new());
        let delivery = delivery::Delivery::new(endpoint, site, Arc::clone(&queue));
        let sender = thread::Builder::new().name("tidemark".to_owned()).spawn(move || delivery.run())?;
        Ok(Self { queue, site: site.to_owned(), sender: Some(sender) })
    }

    /// Takes an event. It leaves later; what becomes of it, the receipt tells.
    ///
    /// # Errors
    /// When it cannot be sent, or too many wait.
    pub fn send(&self, event: Event) -> Result<Receipt, Refused> {
        let text = event.text(&self.site, self.queue.now_ms())?;
        if text.len() > batch::BATCH_BYTES_MAX {
            return Err(Refused::TooLarge(text.len()));
        }
        self.queue.push(text)
    }

    /// Sends without waiting for more, and waits for the answers. Answers how many events have none.
    pub fn flush(&self, within: Duration) -> usize {
        self.queue.flush(Instant::now() + within)
    }

    /// Flushes and ends. Answers how many events have no answer, and will have none.
    pub fn close(mut self, within: Duration) -> usize {
        self.end(within)
    }

    fn end(&mut self, within: Duration) -> usize {
        let Some(sender) = self.sender.take() else { return 0 };
        let left = self.queue.flush(Instant::now() + within);
        self.queue.close();
        // One that waits for an answer still ends when it has one; nobody waits for that.
        if left == 0 {
            let _ = sender.join();
        }
        left
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.end(DROP_WITHIN);
    }
}

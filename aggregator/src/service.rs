//! What the requests of a running server share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::config::Config;
use crate::http::read_limits::ReadLimits;
use crate::intake::Writer;
use crate::ledger::hot::Hot;
use crate::ledger::readers::Readers;
use crate::live::Live;
use crate::people::People;
use crate::questions::Questions;
use crate::segments::Store;

/// Longest a query may take.
pub const QUERY_TIME_MAX: Duration = Duration::from_secs(10);

/// Queries at once; each is bound to one core and to ~300 MB at the very most.
pub const QUERIES_AT_ONCE: usize = 4;

/// Longest a look-up of a token, a session or a site may take; usually well below a millisecond.
pub const LOOKUP_TIME_MAX: Duration = Duration::from_secs(5);

/// Look-ups at once.
pub const LOOKUPS_AT_ONCE: usize = 4;

/// The running server.
pub struct Service {
    /// Its settings.
    pub config: Config,
    /// The way into the ledger.
    pub writer: Arc<Writer>,
    /// What is counted since the last checkpoint.
    pub hot: Arc<Hot>,
    /// Readers for short reads: tokens, sessions, sites.
    pub lookups: Arc<Readers>,
    /// Readers for long reads.
    pub queries: Arc<Readers>,
    /// What is remembered of people between requests.
    pub people: People,
    /// What answers of history are made with beside them.
    pub questions: Questions,
    /// Single events.
    pub store: Store,
    /// The sites, now.
    pub live: Arc<Live>,
    /// What readers may ask.
    pub read_limits: ReadLimits,
    /// Turns true when the server is to stop.
    pub is_stopping: watch::Receiver<bool>,
}

impl Service {
    /// Waits until the server is to stop, whoever else has it by then.
    pub async fn stopped(self: Arc<Self>) {
        self.stopping().await;
    }

    /// Waits until the server is to stop.
    pub async fn stopping(&self) {
        // Fails only when the server is gone, which is a stop too.
        let _ = self.is_stopping.clone().wait_for(|is_stopping| *is_stopping).await;
    }
}

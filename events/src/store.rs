//! The interface of an event store.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use domain::analysis::{Analysis, Analyzed};
use domain::behaviour::{PersonTest, Sets};
use domain::query::{Found, Question};
use wire::Id128;
use wire::frame::RawEvent;

/// Where a site's events are kept and asked for. Methods block; they are called on threads made for that.
pub trait EventStore: Send + Sync {
    /// Why something could not be done.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Answers a question from single events.
    ///
    /// # Errors
    /// When the budget is spent, nobody waits any more, or the store fails.
    fn aggregate(&self, site: &str, question: &Question, budget: &Budget) -> Result<Found, Self::Error>;

    /// Answers a question about people from single events.
    ///
    /// # Errors
    /// As [`EventStore::aggregate`].
    fn analyze(&self, site: &str, analysis: &Analysis, budget: &Budget) -> Result<Analyzed, Self::Error>;

    /// Finds the people of whom tests are true, and tells how many events were read for it.
    ///
    /// # Errors
    /// As [`EventStore::aggregate`].
    fn members(&self, site: &str, tests: &[Arc<PersonTest>], budget: &Budget) -> Result<(Sets, u64), Self::Error>;

    /// Hands over all events within a span of time (Unix milliseconds), one visitor after the other, each one's in the
    /// order of time (then id). Events without a visitor come first, in the order of time.
    ///
    /// # Errors
    /// As [`EventStore::aggregate`].
    fn ordered(
        &self,
        site: &str,
        span: Range<u64>,
        budget: &Budget,
        take: &mut dyn FnMut(RawEvent),
    ) -> Result<(), Self::Error>;

    /// Erases all events of these visitors; they are gone from the disk when it returns. Answers what was erased, days
    /// and how many events of each.
    ///
    /// # Errors
    /// When the store fails; some may be erased then, and asking again goes on.
    fn delete(&self, site: &str, visitors: &[Id128]) -> Result<Vec<(u64, u64)>, Self::Error>;

    /// Drops what happened before an instant, by whole UTC days. Answers how many events.
    ///
    /// # Errors
    /// When the store fails; asking again goes on.
    fn retain(&self, site: &str, from_ms: u64) -> Result<u64, Self::Error>;
}

/// What one scan may use.
#[derive(Debug)]
pub struct Budget {
    /// Bytes of memory for groups and distinct visitors, apart from what is being decoded.
    pub bytes_max: usize,
    /// When it must be done.
    pub until: Instant,
    /// Turns true when nobody waits for it any more.
    pub is_given_up: AtomicBool,
    /// Threads.
    pub threads: usize,
}

impl Budget {
    /// Whether to stop now.
    pub fn is_spent(&self) -> bool {
        self.is_given_up.load(Ordering::Relaxed) || Instant::now() >= self.until
    }
}

//! Delivers batch after batch, each until it has its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::outcome::of_answer;
use crate::post::Post;
use crate::queue::{Queue, Waiting};
use crate::{Outcome, batch};

/// Pauses between tries: 1, 2, 4 … 60 s, times a random share ("full jitter":
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
const STEP_MIN: Duration = Duration::from_secs(1);
const STEP_MAX: Duration = Duration::from_secs(60);

/// Longest pause that an answer may ask for.
const ASKED_MAX: Duration = Duration::from_secs(60 * 60);

/// How long a batch is tried: the edge knows its id for 48 h, and an hour of that is the longest pause.
const TRIED_MAX: Duration = Duration::from_secs(47 * 60 * 60);

/// What the client's thread does.
pub(crate) struct Delivery {
    post: Post,
    site: String,
    queue: Arc<Queue>,
}

impl Delivery {
    pub fn new(endpoint: &str, site: &str, queue: Arc<Queue>) -> Self {
        Self { post: Post::to(endpoint), site: site.to_owned(), queue }
    }

    /// Until the queue is closed.
    pub fn run(self) {
        let mut failures = 0;
        while let Some(events) = self.queue.next() {
            let outcomes = self.deliver(&events, &mut failures);
            for (event, outcome) in events.iter().zip(outcomes) {
                event.end(outcome);
            }
            self.queue.ended(events.len());
        }
    }

    /// Tries until there is an answer that says what became of the events.
    fn deliver(&self, events: &[Waiting], failures: &mut u32) -> Vec<Outcome> {
        let (begun, head) = (Instant::now(), batch::head(&self.site, &batch_id(), events));
        loop {
            let answer = self.post.send(&batch::body(&head, self.queue.now_ms()));
            let asked = match answer {
                Ok(answer) if answer.status != 429 && answer.status < 500 => {
                    *failures = 0;
                    return of_answer(answer.status, &answer.body, events.len());
                }
                Ok(answer) => {
                    self.queue.note(format!("answered {}", answer.status));
                    answer.retry_after.min(ASKED_MAX)
                }
                Err(failure) => {
                    self.queue.note(failure.to_string());
                    Duration::ZERO
                }
            };
            let step = STEP_MIN.saturating_mul(1 << (*failures).min(6)).min(STEP_MAX);
            *failures = failures.saturating_add(1);
            if begun.elapsed() > TRIED_MAX || !self.queue.rest(asked, step.mul_f64(random_share())) {
                return vec![self.queue.given_up(); events.len()];
            }
        }
    }
}

/// 128 random bits in hexadecimal digits.
fn batch_id() -> String {
    let high = random_bits();
    format!("{high:016x}{:016x}", random_bits())
}

/// From 0 to 1.
fn random_share() -> f64 {
    random_bits() as f64 / u64::MAX as f64
}

/// The system's; where it has none, those that the library's own maps are seeded with.
fn random_bits() -> u64 {
    use std::collections::hash_map::RandomState;
    use std::hash::BuildHasher;

    let mut bytes = [0; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u64::from_le_bytes(bytes),
        Err(_) => RandomState::new().hash_one(Instant::now()),
    }
}

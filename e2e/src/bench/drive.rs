//! A closed loop: each connection asks, waits for the answer, and asks again, until the time is over.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};

use super::bodies::Bodies;
use super::connection::Connection;

/// What is asked of whom.
pub struct Asked {
    /// The edge's port.
    pub port: u16,
    /// What is asked.
    pub exchange: Exchange,
}

/// What is asked.
pub enum Exchange {
    /// `GET /healthz`: 200.
    Health,
    /// `POST` of these bodies to the ingest route: 204.
    Ingest(Bodies),
}

/// What came back in one round.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// From the first request to the last answer.
    pub took: Duration,
    /// How long each acknowledged request waited, µs, shortest first.
    waits_us: Vec<u32>,
    /// Requests that the edge told to come back later.
    pub refused: u64,
}

impl Round {
    /// Requests acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.waits_us.len() as u64
    }

    /// Requests answered at all.
    pub fn answers(&self) -> u64 {
        self.acknowledged() + self.refused
    }

    /// Requests acknowledged in a second.
    pub fn per_second(&self) -> f64 {
        self.acknowledged() as f64 / self.took.as_secs_f64()
    }

    /// How long the slowest of `share` of all acknowledged requests waited.
    pub fn wait(&self, share: f64) -> Duration {
        let last = self.waits_us.len().saturating_sub(1);
        let at = (last as f64 * share.clamp(0.0, 1.0)) as usize;
        Duration::from_micros(self.waits_us.get(at).copied().unwrap_or_default().into())
    }
}

/// Numbers the rounds of this process, so that no batch id comes twice.
static RUNS: AtomicU32 = AtomicU32::new(0);

/// Drives `connections` for as long as `length`.
///
/// # Errors
/// When a request has no answer, or one that is neither an acknowledgement nor a request to come back later.
pub fn round(asked: &Asked, connections: usize, length: Duration) -> Result<Round> {
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let begun = Instant::now();
    let parts = thread::scope(|scope| {
        let senders: Vec<_> =
            (0..connections).map(|sender| scope.spawn(move || send(asked, run, sender, begun + length))).collect();
        let joined = senders.into_iter().map(|sender| sender.join().map_err(|_| anyhow!("a sender panicked"))?);
        joined.collect::<Result<Vec<Round>>>()
    })?;
    let mut round = Round { took: begun.elapsed(), ..Round::default() };
    for part in parts {
        round.waits_us.extend(part.waits_us);
        round.refused += part.refused;
    }
    round.waits_us.sort_unstable();
    Ok(round)
}

fn send(asked: &Asked, run: u32, sender: usize, until: Instant) -> Result<Round> {
    let mut connection = Connection::new(asked.port);
    let (mut part, mut body, mut number) = (Round::default(), Vec::new(), 0);
    while Instant::now() < until {
        if let Exchange::Ingest(bodies) = &asked.exchange {
            bodies.write(run, sender, number, &mut body);
        }
        number += 1;
        let begun = Instant::now();
        let status = match &asked.exchange {
            Exchange::Health => connection.get("/healthz")?,
            Exchange::Ingest(_) => connection.post("/api/v1/events", &body)?,
        };
        match (status, &asked.exchange) {
            (200, Exchange::Health) | (204, Exchange::Ingest(_)) => {
                part.waits_us.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
            }
            (503, _) => part.refused += 1,
            (status, _) => bail!("the edge answered {status}"),
        }
    }
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read_by_their_share() {
        let round = Round { waits_us: (0..=100).collect(), took: Duration::from_secs(1), refused: 4 };
        assert_eq!([0.0, 0.5, 0.99, 1.0].map(|share| round.wait(share).as_micros()), [0, 50, 99, 100]);
        assert_eq!((round.acknowledged(), round.answers()), (101, 105));
        assert_eq!(Round::default().wait(0.5), Duration::ZERO);
    }
}

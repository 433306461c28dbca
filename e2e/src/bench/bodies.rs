//! Request bodies made ahead, so that making them is not measured: MessagePack envelopes of page views.

use anyhow::{Context, Result};
use serde_json::json;

use crate::trial::SITE;
use crate::visitors::Visitors;

/// Different bodies; each is sent again and again under a new batch id.
const BODIES: usize = 64;

/// Stands in every body where the batch id goes: 32 bytes.
const PLACE: &[u8; 32] = b"batch-id-batch-id-batch-id-batch";

/// Bodies and the place of the batch id in each.
pub struct Bodies {
    bodies: Vec<(Vec<u8>, usize)>,
}

impl Bodies {
    /// Bodies of `events` events each, of made-up visitors.
    ///
    /// # Errors
    /// When one cannot be encoded.
    pub fn new(events: usize, seed: u64) -> Result<Self> {
        let mut visitors = Visitors::new(SITE, seed, "bench");
        let place = String::from_utf8_lossy(PLACE).into_owned();
        let bodies = (0..BODIES).map(|_| {
            let envelope = json!({"batch_id": place, "tracking_id": SITE, "events": visitors.events(events)});
            let body = rmp_serde::to_vec_named(&envelope)?;
            let at = body.windows(PLACE.len()).position(|bytes| bytes == PLACE).context("a body without batch id")?;
            Ok((body, at))
        });
        Ok(Self { bodies: bodies.collect::<Result<_>>()? })
    }

    /// A body's bytes, on average.
    pub fn body_bytes(&self) -> usize {
        self.bodies.iter().map(|(body, _)| body.len()).sum::<usize>() / self.bodies.len().max(1)
    }

    /// The body for a sender's request of this number, under a batch id that nothing else has.
    pub fn write(&self, run: u32, sender: usize, number: usize, into: &mut Vec<u8>) {
        into.clear();
        if let Some((body, at)) = self.bodies.get(number % self.bodies.len().max(1)) {
            into.extend_from_slice(body);
            let id = format!("{run:08x}{sender:08x}{number:016x}");
            if let Some(place) = into.get_mut(*at..at + PLACE.len()) {
                place.copy_from_slice(id.as_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_reads_as_a_batch_of_its_own() {
        let bodies = Bodies::new(20, 1).unwrap();
        let mut body = Vec::new();
        for number in 0..100 {
            bodies.write(7, 3, number, &mut body);
            let batch = wire::batch::decode(&body).unwrap();
            assert_eq!(batch.envelope.batch_id, Some(format!("0000000700000003{number:016x}")));
            assert_eq!(batch.events.iter().filter(|event| event.is_ok()).count(), 20);
        }
    }
}

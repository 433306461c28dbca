//! What was sent to a site, and what its clients know of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::client::Seen;

/// A site.
pub struct Site {
    /// Its tracking id.
    pub name: String,
    /// A token that reads it.
    pub token: String,
    sent: RwLock<Vec<Sent>>,
    /// Events by the id of the message that told them; each message is parsed once for all clients.
    told: RwLock<HashMap<String, u64>>,
    clients: AtomicUsize,
    /// Clients by how far they have seen: those that have seen all of `sent` at its present length.
    complete: RwLock<(usize, usize)>,
}

/// A frame.
struct Sent {
    /// Events of the site with it.
    events: u64,
    /// When the oldest of its events happened.
    oldest: Instant,
    /// When it was acknowledged; clients may see it before.
    acknowledged: Option<Instant>,
}

impl Site {
    /// A site that nothing was sent to.
    pub fn new(name: String, token: String) -> Self {
        Self {
            name,
            token,
            sent: RwLock::default(),
            told: RwLock::default(),
            clients: AtomicUsize::new(0),
            complete: RwLock::default(),
        }
    }

    /// Notes that a frame of so many events is sent, the oldest of them so old; answers its number.
    pub fn send(&self, events: usize, oldest: Duration) -> usize {
        let mut sent = self.sent.write().unwrap_or_else(PoisonError::into_inner);
        let before = sent.last().map_or(0, |last| last.events);
        let now = Instant::now();
        let oldest = now.checked_sub(oldest).unwrap_or(now);
        sent.push(Sent { events: before + events as u64, oldest, acknowledged: None });
        sent.len() - 1
    }

    /// Notes that a frame was acknowledged.
    pub fn acknowledge(&self, number: usize) {
        if let Some(sent) = self.sent.write().unwrap_or_else(PoisonError::into_inner).get_mut(number) {
            sent.acknowledged = Some(Instant::now());
        }
    }

    /// Events that a message tells: those of all its minutes.
    pub fn events_of(&self, id: &str, data: &str) -> u64 {
        if let Some(events) = self.told.read().unwrap_or_else(PoisonError::into_inner).get(id) {
            return *events;
        }
        let parsed: Value = serde_json::from_str(data).unwrap_or_default();
        let minutes = parsed.get("minutes").and_then(Value::as_array);
        let events = minutes.into_iter().flatten().filter_map(|minute| minute.get("events")?.as_u64()).sum();
        self.told.write().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), events);
        events
    }

    /// A client has its first message, of so many events; answers how many frames that are.
    pub fn join(&self, events: u64) -> usize {
        self.clients.fetch_add(1, Ordering::Relaxed);
        self.sent.read().unwrap_or_else(PoisonError::into_inner).iter().filter(|sent| sent.events <= events).count()
    }

    /// A client that knew of `known` frames has a message of so many events. Answers how many frames it knows of now.
    pub fn see(&self, known: usize, events: u64, seen: &Seen) -> usize {
        let now = Instant::now();
        let sent = self.sent.read().unwrap_or_else(PoisonError::into_inner);
        let news = sent.iter().skip(known).take_while(|sent| sent.events <= events);
        let mut count = known;
        for frame in news {
            // Seen before its edge heard of it: no lag at all.
            seen.lag.add(frame.acknowledged.map_or(Duration::ZERO, |at| now.saturating_duration_since(at)));
            seen.visible.add(now.saturating_duration_since(frame.oldest));
            count += 1;
        }
        let all = sent.len();
        drop(sent);
        if count == all && known < all {
            let mut complete = self.complete.write().unwrap_or_else(PoisonError::into_inner);
            // One that was overtaken says nothing any more.
            if complete.0 <= all {
                let clients = if complete.0 == all { complete.1 + 1 } else { 1 };
                *complete = (all, clients);
            }
        }
        count
    }

    /// Clients that have not seen the last frame.
    pub fn behind(&self) -> usize {
        let all = self.sent.read().unwrap_or_else(PoisonError::into_inner).len();
        let (seen, clients) = *self.complete.read().unwrap_or_else(PoisonError::into_inner);
        let complete = if seen == all { clients } else { 0 };
        self.clients.load(Ordering::Relaxed).saturating_sub(complete)
    }
}

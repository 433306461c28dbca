//! One site on its way: a thread makes and seals what happened, frames of it are posted meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use ::demo::edge::Made;
use ::demo::{Facts, Object, Plan, Stream, Tally};
use anyhow::{Context, Result};
use domain::delta::intake::Mark;
use domain::visit::KNOWN_MS;
use domain::window::DAY_MS;
use tokio::sync::{mpsc, oneshot};
use wire::site::Settings;

use super::delivery::Courier;
use super::progress::Progress;

/// Frames that are made ahead: 16 of 256 KB are 4 MB a site.
const AHEAD: usize = 16;

/// How long before what is counted visits may have begun that go on: as long as they are known, and what is left of a day.
const FOLLOWED_MS: u64 = KNOWN_MS + DAY_MS;

/// A site whose events a thread makes.
#[derive(Debug)]
pub struct Line {
    facts: &'static Facts,
    requests: Sender<Request>,
    counted: Counted,
}

/// Make all before an instant: frames go one way while they are made, what there is then the other.
#[derive(Debug)]
struct Request {
    until_ms: u64,
    frames: mpsc::Sender<Made>,
    done: oneshot::Sender<Result<Counted>>,
}

/// What there is, and how much of it is new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Events.
    pub events: u64,
    /// Page views among them.
    pub pageviews: u64,
    /// Visits.
    pub visits: u64,
    /// Events that were not there before.
    pub new_events: u64,
    /// Millionths of its unit, by currency.
    pub revenue: BTreeMap<String, i64>,
}

impl Line {
    /// A site that goes on behind what is counted of it.
    ///
    /// * `mark`, `counted_ms`: how far its edge is counted; before then all is, Unix milliseconds
    pub fn new(
        plan: Plan,
        stream: Stream,
        settings: Settings,
        (mark, counted_ms): (Mark, u64),
        progress: Arc<Progress>,
    ) -> Self {
        let (requests, asked) = channel::<Request>();
        let facts = stream.facts();
        thread::spawn(move || {
            let object = Object::new(plan, settings, mark.epoch, mark.applied_through);
            let mut maker = Maker { stream, object, counted_ms, tally: Tally::default(), new_events: 0, progress };
            for Request { until_ms, frames, done } in asked {
                let made = maker.make(until_ms, &frames);
                // Who asked may have given up.
                let _ = done.send(made.map(|()| maker.counted()));
            }
        });
        Self { facts, requests, counted: Counted::default() }
    }

    /// The site.
    pub fn facts(&self) -> &'static Facts {
        self.facts
    }

    /// What there is of it.
    pub fn counted(&self) -> &Counted {
        &self.counted
    }

    /// Makes what happened before an instant and has it counted.
    ///
    /// # Errors
    /// When the server does not take it.
    pub async fn advance(&mut self, until_ms: u64, courier: &Courier, progress: &Progress) -> Result<()> {
        let ((frames, mut coming), (done, counted)) = (mpsc::channel(AHEAD), oneshot::channel());
        self.requests.send(Request { until_ms, frames, done }).context("the making of events ended")?;
        courier.deliver(&mut coming, |events| progress.events(events)).await?;
        self.counted = counted.await.context("the making of events ended")??;
        Ok(())
    }
}

/// Whoever makes a site's events.
struct Maker {
    stream: Stream,
    object: Object,
    counted_ms: u64,
    tally: Tally,
    new_events: u64,
    progress: Arc<Progress>,
}

impl Maker {
    fn make(&mut self, until_ms: u64, frames: &mpsc::Sender<Made>) -> Result<()> {
        let mut day = self.stream.next_day();
        while let Some(happening) = self.stream.next_before(until_ms) {
            let (at_ms, told) = (happening.at_ms, self.stream.next_day());
            if told > day {
                self.progress.days(u64::from(told - day));
                day = told;
            }
            self.tally.add(self.object.take(happening)?);
            if at_ms >= self.counted_ms {
                self.new_events += 1;
            } else if at_ms + FOLLOWED_MS < self.counted_ms {
                self.object.skip();
            } else {
                self.object.pass();
            }
            if self.object.is_full()
                && let Some(made) = self.object.seal()?
            {
                frames.blocking_send(made)?;
            }
        }
        while let Some(made) = self.object.seal()? {
            frames.blocking_send(made)?;
        }
        Ok(())
    }

    fn counted(&self) -> Counted {
        let Tally { events, visits, revenue, .. } = &self.tally;
        Counted {
            events: *events,
            pageviews: self.tally.pageviews(),
            visits: *visits,
            new_events: self.new_events,
            revenue: revenue.clone(),
        }
    }
}

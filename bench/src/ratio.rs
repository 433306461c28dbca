//! How many events become one row, on sites of three sizes: visits arrive at the site's rate, each second's events
//! are sealed as an edge object does, and the rows are merged by minute, hour and day as the ledger does.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use domain::rollup::{Caps, Rollup};
use domain::seal::{self, Folding, Writer};
use domain::visit::{self, Known};
use domain::window::{DAY_MS, Granularity, SECOND_MS};
use e2e::random::Random;
use e2e::visitors::{self, Visitors};
use serde_json::{Value, json};
use wire::frame::{Frame, RawEvent, RollupDimension};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

use crate::events::{self, BEGIN_MS, SEED, SITE};
use crate::table;

/// Events of a day at each site.
const SITES: [u64; 3] = [1_000, 100_000, 10_000_000];

/// Events of a measurement: the largest site is looked at for a part of its day.
const EVENTS_MAX: u64 = 500_000;

/// Events of a visit, on average.
const EVENTS_PER_VISIT: f64 = 2.7;

/// Between two page views of a visit, milliseconds: 20 s to 110 s.
const STEP_MS: (u64, u32) = (20_000, 90_000);

/// What became of a site's events.
#[derive(Default)]
struct Tally {
    events: u64,
    frames: u64,
    rows: u64,
    bytes: u64,
    bytes_of_rows: u64,
    stored: [BTreeMap<(RollupDimension, u64, String), Rollup>; 3],
}

/// Measures and prints.
///
/// # Errors
/// When the rows do not add up to the events.
pub fn run() -> Result<()> {
    table::head(&[
        "events a day",
        "looked at, h",
        "events",
        "events/frame",
        "events/row on the wire",
        "per minute row",
        "per hour row",
        "per day row",
        "bytes/event on the wire",
        "of it rows",
    ]);
    for per_day in SITES {
        let length_ms = DAY_MS.min(DAY_MS * EVENTS_MAX / per_day);
        let tally = measure(per_day, length_ms)?;
        print(per_day, length_ms, &tally);
    }
    Ok(())
}

fn measure(per_day: u64, length_ms: u64) -> Result<Tally> {
    let mut seconds: BTreeMap<u64, Vec<RawEvent>> = BTreeMap::new();
    for event in arrivals(per_day, length_ms)? {
        seconds.entry(event.at_ms / SECOND_MS).or_default().push(event);
    }
    let (mut tally, mut next) = (Tally::default(), Seq(1));
    let (mut known, mut caps) = (Known::new(), Caps::default());
    for (second, events) in &mut seconds {
        tally.events += events.len() as u64;
        for bytes in sealed(events, &mut known, &mut caps, next, (second + 1) * SECOND_MS)? {
            next = next.next();
            tally.add(&bytes)?;
        }
    }
    tally.check()?;
    Ok(tally)
}

/// The events of a stretch of time, from every visit that begins in it.
fn arrivals(per_day: u64, length_ms: u64) -> Result<Vec<RawEvent>> {
    let (mut visitors, mut random) = (Visitors::new(SITE, SEED, "bench"), Random::new(SEED));
    let visits = (per_day as f64 * length_ms as f64 / DAY_MS as f64 / EVENTS_PER_VISIT) as u64;
    let mut all = Vec::new();
    for number in 0..visits {
        // Spread over the stretch, each within its share of it.
        let share_ms = length_ms as f64 / visits as f64;
        let within_ms = f64::from(random.below(1000)) / 1000.0;
        let mut at_ms = BEGIN_MS + ((number as f64 + within_ms) * share_ms) as u64;
        let visit = visitors.visit();
        for event in requests(&visit) {
            if at_ms >= BEGIN_MS + length_ms {
                break;
            }
            let client = events::client(visitors::user_agent(&visit));
            let accepted = events::accept(events::decode(event.to_string().as_bytes())?, at_ms, client)?;
            all.extend(events::identify(accepted, number));
            at_ms += STEP_MS.0 + u64::from(random.below(STEP_MS.1));
        }
    }
    Ok(all)
}

/// A visit's events, each in a request of its own: they lie further apart than the SDK waits.
fn requests(visit: &Value) -> Vec<Value> {
    let events = visit.get("events").and_then(Value::as_array).cloned().unwrap_or_default();
    let request = |event| {
        let mut request = visit.clone();
        if let Some(events) = request.get_mut("events") {
            *events = json!([event]);
        }
        request
    };
    events.into_iter().map(request).collect()
}

/// The frames of a second's events.
fn sealed(
    events: &mut [RawEvent],
    known: &mut Known,
    caps: &mut Caps,
    first: Seq,
    through_ms: u64,
) -> Result<Vec<Vec<u8>>> {
    let settings = Settings::default();
    let changes = visit::follow(events, known, &settings, caps);
    let folding =
        Folding { events, changes: &changes, outcomes: &[], settings: &settings, sealed_through_ms: through_ms };
    let writer = Writer { edge_id: Id128([1; 16]), epoch: Epoch(1), site: SITE.to_owned(), shard: 0 };
    Ok(seal::seal(&folding, &writer, first, caps)?.into_iter().map(|sealed| sealed.bytes).collect())
}

impl Tally {
    fn add(&mut self, bytes: &[u8]) -> Result<()> {
        let frame = Frame::decode(bytes)?;
        self.frames += 1;
        self.bytes += bytes.len() as u64;
        self.rows += frame.rows.len() as u64;
        for (row, rollup) in frame.rows.iter().zip(seal::rollups(&frame)?) {
            for (stored, granularity) in self.stored.iter_mut().zip(Granularity::ALL) {
                let key = (row.dimension, granularity.start_of(row.start_ms), row.value.clone());
                stored.entry(key).or_default().merge(&rollup);
            }
        }
        self.bytes_of_rows += Frame { events: Vec::new(), ..frame }.encode()?.len() as u64;
        Ok(())
    }

    /// Sums by minute, hour and day must be the events.
    fn check(&self) -> Result<()> {
        for stored in &self.stored {
            let totals = stored.iter().filter(|((dimension, _, _), _)| *dimension == RollupDimension::Total);
            let sum: u64 = totals.map(|(_, rollup)| rollup.events).sum();
            ensure!(sum == self.events, "{sum} events in rows, {} sent", self.events);
        }
        Ok(())
    }
}

fn print(per_day: u64, length_ms: u64, tally: &Tally) {
    let per = |count: u64| tally.events as f64 / count.max(1) as f64;
    let each = |bytes: u64| format!("{:.0}", bytes as f64 / tally.events.max(1) as f64);
    let ratio = |count: u64| format!("{:.2}", per(count));
    let [minutes, hours, days] = tally.stored.each_ref().map(|stored| ratio(stored.len() as u64));
    table::row(&[
        table::grouped(per_day),
        format!("{:.1}", length_ms as f64 / 3.6e6),
        table::grouped(tally.events),
        ratio(tally.frames),
        ratio(tally.rows),
        minutes,
        hours,
        days,
        each(tally.bytes),
        each(tally.bytes_of_rows),
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_windows_hold_more_events_a_row() {
        let tally = measure(20_000, DAY_MS / 10).unwrap();
        assert!((1_600..2_400).contains(&tally.events), "{}", tally.events);
        let [minutes, hours, days] = tally.stored.each_ref().map(BTreeMap::len);
        assert!(tally.rows >= minutes as u64 && minutes > hours && hours > days, "{minutes} {hours} {days}");
    }
}

//! What an event costs in the rules, stage by stage: the table is the profile.
//!
//! | stage | what it does |
//! |---|---|
//! | decode | scans and reads the body ([`wire::batch`]) |
//! | accept | reads the user agent once a batch, checks each event, reads its URL and source ([`domain::accept`]) |
//! | identify | keyed hashes of visitor and session, hash of the event's id ([`domain::visitor`]) |
//! | visits | the visits that the events belong to ([`domain::visit`]) |
//! | fold | rows of the events of one frame ([`domain::rollup`]) |
//! | seal | copies, encodes and hashes the frame ([`domain::seal`], without the fold) |

use std::time::{Duration, Instant};

use anyhow::Result;
use domain::rollup::{self, Caps};
use domain::seal::{self, Folding, Writer};
use domain::user_agent::Client;
use domain::visit::{self, Change, Known};
use e2e::visitors::{self, Visitors};
use serde_json::{Value, json};
use wire::frame::RawEvent;
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

use crate::events::{self, BEGIN_MS, SEED, SITE};
use crate::table;
use crate::timing::{ROUNDS, median, nanos_each};

/// Events of a round, in as many batches as that takes.
const EVENTS: usize = 12_000;

/// Events sealed at once: a second of a busy site.
const SEALED_EVENTS: usize = 3_000;

/// Events that [`seal`] folds at once.
const FRAME_EVENTS: usize = 750;

/// What is measured.
#[derive(clap::Args)]
pub struct Arguments {
    /// Events in a batch, one row each.
    #[arg(long, value_delimiter = ',', default_values_t = [20, 100, 500],
        value_parser = clap::value_parser!(u32).range(1..=500))]
    events: Vec<u32>,
}

/// The stages' times of a round, in the order of the table.
#[derive(Clone, Copy, Default)]
struct Stages {
    decode_json: Duration,
    decode_messagepack: Duration,
    user_agent: Duration,
    accept: Duration,
    identify: Duration,
    visits: Duration,
    fold: Duration,
    /// Its own fold included.
    seal: Duration,
}

/// A request.
struct Body {
    json: Vec<u8>,
    messagepack: Vec<u8>,
    user_agent: &'static str,
}

/// Measures and prints.
///
/// # Errors
/// When an event does not pass a stage.
pub fn run(arguments: &Arguments) -> Result<()> {
    println!("ns an event, one thread; medians, and fastest, of {ROUNDS} rounds of {EVENTS} events\n");
    table::head(&[
        "events a batch",
        "body, bytes/event (JSON, MessagePack)",
        "decode JSON",
        "decode MessagePack",
        "user agent",
        "accept",
        "identify",
        "visits",
        "fold",
        "seal",
        "sum (MessagePack)",
        "sum (JSON)",
    ]);
    for events in &arguments.events {
        let bodies = bodies(*events as usize)?;
        round(&bodies)?;
        let rounds = (0..ROUNDS).map(|_| round(&bodies)).collect::<Result<Vec<_>>>()?;
        print(*events, &bodies, &rounds);
    }
    Ok(())
}

fn bodies(events: usize) -> Result<Vec<Body>> {
    let mut visitors = Visitors::new(SITE, SEED, "bench");
    let body = |number: usize| {
        let user_agent = visitors::user_agent(&visitors.visit());
        let batch_id = format!("bench-{number:016}");
        let envelope: Value = json!({"batch_id": batch_id, "tracking_id": SITE, "events": visitors.events(events)});
        Ok(Body { json: serde_json::to_vec(&envelope)?, messagepack: rmp_serde::to_vec_named(&envelope)?, user_agent })
    };
    (0..EVENTS / events).map(body).collect()
}

fn round(bodies: &[Body]) -> Result<Stages> {
    let mut stages = Stages::default();
    let mut journal: Vec<RawEvent> = Vec::with_capacity(EVENTS);
    for (body, number) in bodies.iter().zip(0..) {
        let json = timed(&mut stages.decode_json, || events::decode(&body.json))?;
        drop(json);
        let batch = timed(&mut stages.decode_messagepack, || events::decode(&body.messagepack))?;
        let client: Client = timed(&mut stages.user_agent, || events::client(body.user_agent));
        let accepted = timed(&mut stages.accept, || events::accept(batch, BEGIN_MS, client))?;
        journal.extend(timed(&mut stages.identify, || events::identify(accepted, number)));
    }
    let (settings, mut caps, mut known) = (Settings::default(), Caps::default(), Known::new());
    let writer = Writer { edge_id: Id128([1; 16]), epoch: Epoch(1), site: SITE.to_owned(), shard: 0 };
    for events in journal.chunks_mut(SEALED_EVENTS) {
        let changes = timed(&mut stages.visits, || visit::follow(events, &mut known, &settings, &mut caps));
        for (part, events) in events.chunks(FRAME_EVENTS).enumerate() {
            let of_part = |change: &&Change| change.at / FRAME_EVENTS == part;
            let changes: Vec<Change> = changes.iter().filter(of_part).cloned().collect();
            drop(timed(&mut stages.fold, || rollup::fold(events, &changes, &settings, &mut caps)));
        }
        let folding =
            Folding { events, changes: &changes, outcomes: &[], settings: &settings, sealed_through_ms: BEGIN_MS };
        timed(&mut stages.seal, || seal::seal(&folding, &writer, Seq(1), &mut caps))?;
    }
    Ok(stages)
}

fn timed<T>(stage: &mut Duration, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = std::hint::black_box(work());
    *stage += begun.elapsed();
    result
}

/// Two rows: the median of each stage, and its fastest round, which other programs disturbed least.
fn print(events: u32, bodies: &[Body], rounds: &[Stages]) {
    let count = bodies.len() * events as usize;
    let bytes = |of: fn(&Body) -> usize| bodies.iter().map(of).sum::<usize>() / count;
    let body = format!("{}, {}", bytes(|b| b.json.len()), bytes(|b| b.messagepack.len()));
    row(&[events.to_string(), body], |stage| nanos_each(median(rounds.iter().map(stage)), count));
    let fastest = [format!("{events}, fastest"), String::new()];
    row(&fastest, |stage| nanos_each(rounds.iter().map(stage).min().unwrap_or_default(), count));
}

fn row(names: &[String; 2], each: impl Fn(fn(&Stages) -> Duration) -> f64) {
    let fold = each(|s| s.fold);
    // Sealing folds: what is told apart is the rest of it.
    let (visits, seal) = (each(|s| s.visits), each(|s| s.seal) - fold);
    let shared = [each(|s| s.user_agent), each(|s| s.accept), each(|s| s.identify), visits, fold, seal];
    let (json, messagepack) = (each(|s| s.decode_json), each(|s| s.decode_messagepack));
    let rest: f64 = shared.iter().sum();
    let times = [json, messagepack].into_iter().chain(shared).chain([messagepack + rest, json + rest]);
    let mut cells = names.to_vec();
    cells.extend(times.map(|nanos| format!("{nanos:.0}")));
    table::row(&cells);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_passes_every_stage() {
        let stages = round(&bodies(500).unwrap()).unwrap();
        assert!(stages.fold > Duration::ZERO && stages.accept > Duration::ZERO);
    }
}

//! Gives counts out: on the alarm, seal what was journaled, send the oldest frames, apply the answers.

use domain::delta::outbox::{self, Outbox, Reaction};
use domain::seal::{Sealed, Writer};
use domain::window::{DAY_MS, HOUR_MS};
use wire::Seq;
use wire::frame::{Acknowledgement, FrameResult, Hello, HelloAnswer, WIRE_VERSION};
use wire::site::VisitorMode;
use worker::Date;

use super::Shard;
use super::group_commit::SEAL_DELAY_MS;
use super::sealing::{Journal, seal_journal};
use super::site;
use crate::courier::{self, CourierError};
use crate::random;

/// Frames sent in one alarm before the next is set: about a second's worth.
const FRAMES_PER_ALARM: usize = 64;

/// Folds of the journal in one alarm: 64 MB, more than arrives between two alarms.
const SEALS_PER_ALARM: usize = 16;

/// Journal bytes at which events are sealed even while nothing can be sent.
const JOURNAL_BYTES_MAX: u64 = 512 * 1024;

/// Does what is due and sets the next alarm. Never fails: what went wrong is tried again later.
pub async fn alarm(shard: &Shard) {
    shard.alarm_at_ms.set(None);
    let now_ms = Date::now().as_millis();
    let due = now_ms >= shard.retry_at_ms.get();
    let backlog = work(shard, now_ms, due).await.unwrap_or_else(|error| {
        let failures = shard.failures.get().saturating_add(1);
        let wait_ms = outbox::backoff_ms(failures, random_fraction());
        shard.failures.set(failures);
        shard.retry_at_ms.set(Date::now().as_millis() + wait_ms);
        worker::console_error!("{}: delivery failed, next try in {wait_ms} ms: {error}", shard.name);
        Backlog::Waits
    });
    if let Some(wait_ms) = next_alarm(shard, backlog) {
        shard.wake_within(wait_ms).await;
    }
}

/// What an alarm leaves behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backlog {
    /// Frames that can be sent at once: the alarm ended to let others take their turn.
    Sendable,
    /// Nothing, or what has to wait.
    Waits,
}

async fn work(shard: &Shard, now_ms: u64, due: bool) -> Result<Backlog, CourierError> {
    let keeps_lasting_key = shard.site.borrow().as_ref().is_some_and(|site| site.visitors == VisitorMode::Persistent);
    shard.store.expire(now_ms, keeps_lasting_key)?;
    let mut rounds = 0;
    while rounds < SEALS_PER_ALARM && (due || shard.store.journal_bytes() > JOURNAL_BYTES_MAX) {
        if seal_journal(shard, now_ms)? == Journal::Empty {
            break;
        }
        rounds += 1;
    }
    if !due {
        return Ok(Backlog::Waits);
    }
    let backlog = send(shard).await?;
    shard.failures.set(0);
    Ok(backlog)
}

/// Sends frames oldest first until none is left or an answer stops it.
async fn send(shard: &Shard) -> Result<Backlog, CourierError> {
    let mut from = Seq::default();
    for _ in 0..FRAMES_PER_ALARM {
        // Read anew each time: while a frame is on its way, the storage may change.
        let Some(frame) = shard.store.frame_from(from)? else { return Ok(Backlog::Waits) };
        let Some(writer) = shard.writer.borrow().clone() else { return Ok(Backlog::Waits) };
        let answer = courier::deliver(&shard.settings, &frame).await?;
        let outbox = Outbox { epoch: writer.epoch, oldest: shard.store.oldest_seq()? };
        report(shard, &frame, &answer);
        if shard.site.borrow().as_ref().is_some_and(|site| site.version != answer.settings_version) {
            site::refresh(shard).await;
        }
        match outbox::react(&outbox, frame.seq, &answer) {
            Reaction::Continue { forget_through, send_from } => {
                shard.store.forget(forget_through)?;
                from = send_from;
            }
            Reaction::SayHello => {
                say_hello(shard, &writer).await?;
                from = Seq::default();
            }
            Reaction::Quarantine(seq) => {
                shard.store.quarantine(seq)?;
                say_hello(shard, &writer).await?;
                from = Seq::default();
            }
        }
    }
    Ok(Backlog::Sendable)
}

/// Asks for a new epoch and numbers all held frames anew in it, in one transaction. What was journaled is sealed
/// first: after a rollback it may be counted already, so it must go as replayed too.
async fn say_hello(shard: &Shard, writer: &Writer) -> Result<(), CourierError> {
    while seal_journal(shard, Date::now().as_millis())? != Journal::Empty {}
    let hello = Hello {
        wire_version: WIRE_VERSION,
        edge_id: writer.edge_id,
        site: writer.site.clone(),
        shard: writer.shard,
        epoch: Some(writer.epoch),
    };
    match courier::hello(&shard.settings, &hello).await? {
        HelloAnswer::Welcome { epoch } => {
            let renewed = Writer { epoch, ..writer.clone() };
            shard.store.renew(&renewed)?;
            shard.writer.replace(Some(renewed));
            Ok(())
        }
        // The frames stay: a site deleted by mistake and made again gets its events.
        HelloAnswer::UnknownSite => Err(CourierError::Status(404, "the site is not known any more".to_owned())),
    }
}

/// When to wake next, in milliseconds from now; none while nothing is held.
fn next_alarm(shard: &Shard, backlog: Backlog) -> Option<u64> {
    let now_ms = Date::now().as_millis();
    if backlog == Backlog::Sendable {
        return Some(0);
    }
    if shard.store.holds_anything() {
        return Some(shard.retry_at_ms.get().saturating_sub(now_ms).max(SEAL_DELAY_MS));
    }
    // A visitor key must not outlive its time, even if nobody comes any more.
    shard.store.holds_keys().then_some(DAY_MS - now_ms % DAY_MS + HOUR_MS)
}

fn report(shard: &Shard, frame: &Sealed, answer: &Acknowledgement) {
    if !matches!(answer.result, FrameResult::Applied | FrameResult::Duplicate) {
        let detail = answer.detail.as_deref().unwrap_or_default();
        worker::console_error!("{}: frame {} {:?} {detail}", shard.name, frame.seq.0, answer.result);
    }
}

/// Evenly spread in [0, 1); the middle when the runtime has no randomness to give.
fn random_fraction() -> f64 {
    random::bytes::<4>().map_or(0.5, |bytes| f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0))
}

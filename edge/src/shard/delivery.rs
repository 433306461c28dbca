//! Gives counts out: on the alarm, does step by step what [`domain::delta::edge`] asks for.

use std::time::Duration;

use domain::delta::edge::{Outcome, Position, Step};
use domain::seal::{Sealed, Writer};
use futures_util::StreamExt;
use futures_util::future::{FutureExt, LocalBoxFuture};
use futures_util::stream::FuturesOrdered;
use wire::Epoch;
use wire::frame::{Acknowledgement, FrameResult, Hello, HelloAnswer, WIRE_VERSION};
use worker::{Date, Delay};

use super::sealing::seal_journal;
use super::store::keys::LASTING;
use super::{Shard, site};
use crate::courier::{self, CourierError};
use crate::random;

/// Frames whose answers are awaited. Answers come out in the order of sending.
type UnderWay<'a> = FuturesOrdered<LocalBoxFuture<'a, Result<Acknowledgement, CourierError>>>;

/// Seals of one alarm after which requests have their turn. Beyond, events could come as fast as they are sealed, and
/// sealing all before a hello would have no end.
const PAUSES_PER_ALARM: usize = 32;

/// Does what is due and sets the next alarm. Never fails: what went wrong is tried again later.
pub async fn alarm(shard: &Shard) {
    shard.alarm_at_ms.set(None);
    shard.machine.borrow_mut().wake(position(shard));
    let mut under_way = UnderWay::new();
    let mut pauses = PAUSES_PER_ALARM;
    let next_alarm_ms = loop {
        // Measured anew each time: while an answer is awaited, the storage may change.
        let step = shard.machine.borrow_mut().next(&shard.store.held(), now_ms());
        match step {
            Step::Sleep { ms } => break Some(ms),
            Step::Idle { keys_expire_in_ms } => break shard.store.holds_keys().then_some(keys_expire_in_ms),
            _ => {}
        }
        let outcome = perform(shard, step, &mut under_way).await.unwrap_or_else(|error| {
            worker::console_error!("{}: {step:?} failed: {error}", shard.name);
            Outcome::Failed { random: random_fraction() }
        });
        shard.machine.borrow_mut().report(outcome, now_ms());
        if step == Step::Seal && pauses > 0 {
            // Requests that came meanwhile have their turn.
            Delay::from(Duration::ZERO).await;
            pauses -= 1;
        }
    };
    if let Some(ms) = next_alarm_ms {
        shard.wake_within(ms).await;
    }
}

fn position(shard: &Shard) -> Option<Position> {
    let epoch = shard.writer.borrow().as_ref()?.epoch;
    // Should it be unreadable, all that is held is sent again; that is slow, not wrong.
    Some(Position { epoch, applied_through: shard.store.applied_through().unwrap_or_default() })
}

async fn perform<'a>(shard: &'a Shard, step: Step, under_way: &mut UnderWay<'a>) -> Result<Outcome, CourierError> {
    match step {
        Step::Expire => {
            if shard.store.visitor_key(LASTING)?.is_some() {
                // Even if nobody comes any more, the owner may want it gone.
                site::refresh_if_old(shard).await;
            }
            shard.store.expire(now_ms())?;
        }
        Step::Seal => return Ok(Outcome::Sealed(seal_journal(shard, now_ms())?)),
        Step::Send(from) => {
            let frame = shard.store.frame_from(from)?;
            let seq = frame.as_ref().map(|frame| frame.seq);
            under_way.extend(frame.map(|frame| deliver(shard, frame).boxed_local()));
            return Ok(Outcome::Sent(seq));
        }
        Step::Await => {
            let answer = under_way.next().await.unwrap_or(Err(CourierError::Timeout))?;
            return Ok(Outcome::Answered(answer));
        }
        Step::Settle { forget_through, applied_through } => shard.store.settle(forget_through, applied_through)?,
        Step::Quarantine(seq) => shard.store.quarantine(seq)?,
        Step::SayHello(epoch) => return say_hello(shard, epoch).await,
        Step::Renew(epoch) => renew(shard, epoch)?,
        Step::Forget => shard.forget()?,
        Step::Sleep { .. } | Step::Idle { .. } => {}
    }
    Ok(Outcome::Done)
}

async fn deliver(shard: &Shard, frame: Sealed) -> Result<Acknowledgement, CourierError> {
    let answer = courier::deliver(&shard.settings, &frame).await?;
    if !matches!(answer.result, FrameResult::Applied | FrameResult::Duplicate) {
        let detail = answer.detail.as_deref().unwrap_or_default();
        worker::console_error!("{}: frame {} {:?} {detail}", shard.name, frame.seq.0, answer.result);
    }
    if shard.site.borrow().as_ref().is_some_and(|site| site.version != answer.settings_version) {
        site::refresh(shard).await;
    }
    Ok(answer)
}

async fn say_hello(shard: &Shard, epoch: Epoch) -> Result<Outcome, CourierError> {
    let Some(Writer { edge_id, site, shard: number, .. }) = shard.writer.borrow().clone() else {
        return Ok(Outcome::Done);
    };
    let hello = Hello { wire_version: WIRE_VERSION, edge_id, site, shard: number, epoch: Some(epoch) };
    match courier::hello(&shard.settings, &hello).await? {
        HelloAnswer::Welcome { epoch } => Ok(Outcome::Welcomed(epoch)),
        HelloAnswer::UnknownSite { is_deleted: true } => Ok(Outcome::Deleted),
        // The frames stay: an aggregator that lost its ledger is told of its sites again.
        HelloAnswer::UnknownSite { is_deleted: false } => {
            Err(CourierError::Status(404, "the site is not known any more".to_owned()))
        }
    }
}

fn renew(shard: &Shard, epoch: Epoch) -> worker::Result<()> {
    let Some(writer) = shard.writer.borrow().clone() else { return Ok(()) };
    let renewed = Writer { epoch, ..writer };
    shard.store.renew(&renewed)?;
    shard.writer.replace(Some(renewed));
    Ok(())
}

fn now_ms() -> u64 {
    Date::now().as_millis()
}

/// Evenly spread in [0, 1); the middle when the runtime has no randomness to give.
fn random_fraction() -> f64 {
    random::bytes::<4>().map_or(0.5, |bytes| f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0))
}

//! How journaled events become frames: folded, numbered, encoded within [`FRAME_BYTES_MAX`].

use std::collections::BTreeSet;

use wire::frame::{Frame, FrameError, RawEvent, RollupDimension, WIRE_VERSION};
use wire::limits::{FRAME_BYTES_MAX, FRAME_EVENTS_MAX, FRAME_ROWS_MAX};
use wire::{Epoch, Id128, Seq};

use crate::rollup::{self, Rollup};
use crate::{hash, page};

/// Events of one frame before its size is known: about as many as fit at the usual ~320 bytes each. Where their
/// rows or bytes are too many, they are parted in two.
const EVENTS_AT_ONCE: usize = 750;

/// Bytes that a frame may grow by when it is numbered anew: two numbers of up to 9 bytes and the mark of a
/// replayed frame, rounded up.
const RENUMBERED_BYTES_MAX: usize = 64;

/// Who writes a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The edge.
    pub edge_id: Id128,
    /// Its current life.
    pub epoch: Epoch,
    /// Its site.
    pub site: String,
    /// Its shard of the site.
    pub shard: u16,
}

/// A frame as it is stored and sent: it never changes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Position in the writer's epoch.
    pub seq: Seq,
    /// The encoded frame.
    pub bytes: Vec<u8>,
    /// [`hash::of_bytes`] of `bytes`.
    pub hash: Id128,
}

/// A frame that cannot be sealed or renumbered.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The encoder failed.
    #[error("seal: {0}")]
    Encode(#[from] rmp_serde::encode::Error),
    /// A stored frame cannot be read any more.
    #[error("seal: {0}")]
    Decode(#[from] FrameError),
    /// One event alone is larger than a frame; acceptance bounds events far below.
    #[error("seal: an event of more than {FRAME_BYTES_MAX} bytes")]
    EventTooLarge,
}

/// Seals `events`, numbered from `first`, into as few frames as their size allows.
///
/// `sealed_through_ms`: all events received before then are in these frames or in earlier ones.
///
/// # Errors
/// [`SealError`] when an event cannot be encoded within a frame.
pub fn seal(
    events: &[RawEvent],
    writer: &Writer,
    first: Seq,
    sealed_through_ms: u64,
) -> Result<Vec<Sealed>, SealError> {
    let mut sealed = Vec::new();
    let mut seq = first;
    // Parts still to be sealed, the next one last.
    let mut parts: Vec<&[RawEvent]> = events.chunks(EVENTS_AT_ONCE).rev().collect();
    while let Some(part) = parts.pop() {
        let frame = frame(part, writer, seq, sealed_through_ms);
        let bytes = frame.encode()?;
        if bytes.len() > FRAME_BYTES_MAX - RENUMBERED_BYTES_MAX || frame.rows.len() > FRAME_ROWS_MAX {
            if part.len() < 2 {
                return Err(SealError::EventTooLarge);
            }
            let (earlier, later) = part.split_at(part.len() / 2);
            parts.extend([later, earlier]);
            continue;
        }
        sealed.push(Sealed { seq, hash: hash::of_bytes(&bytes), bytes });
        seq = seq.next();
    }
    Ok(sealed)
}

fn frame(events: &[RawEvent], writer: &Writer, seq: Seq, sealed_through_ms: u64) -> Frame {
    Frame {
        wire_version: WIRE_VERSION,
        edge_id: writer.edge_id,
        epoch: writer.epoch,
        seq,
        site: writer.site.clone(),
        shard: writer.shard,
        rows: rollup::fold(events),
        event_count: events.len() as u32,
        id_checksum: checksum(events),
        events: events.to_vec(),
        replayed: false,
        sealed_through_ms,
    }
}

/// Writes a stored frame anew, for another epoch and number, as a replayed one.
///
/// # Errors
/// [`SealError`] when the stored frame cannot be read.
pub fn renumber(bytes: &[u8], epoch: Epoch, seq: Seq) -> Result<Sealed, SealError> {
    let bytes = Frame { epoch, seq, replayed: true, ..Frame::decode(bytes)? }.encode()?;
    Ok(Sealed { seq, hash: hash::of_bytes(&bytes), bytes })
}

/// The part of a replayed frame that is news: its events but those in `counted`, folded anew.
pub fn news(frame: Frame, counted: &BTreeSet<Id128>) -> Frame {
    let events: Vec<RawEvent> = frame.events.into_iter().filter(|event| !counted.contains(&event.id)).collect();
    Frame {
        rows: rollup::fold(&events),
        event_count: events.len() as u32,
        id_checksum: checksum(&events),
        events,
        ..frame
    }
}

/// Exclusive or of the events' ids.
pub fn checksum(events: &[RawEvent]) -> Id128 {
    events.iter().fold(Id128::default(), |sum, event| sum.xor(event.id))
}

/// What is wrong with a frame that decodes; all of it is checked before any of it counts.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("frame: {0}")]
pub struct Inconsistent(String);

/// Reads the rollups of a frame and checks that it agrees with itself.
///
/// # Errors
/// [`Inconsistent`] names the first disagreement.
pub fn rollups(frame: &Frame) -> Result<Vec<Rollup>, Inconsistent> {
    let check = |ok: bool, what: &str| if ok { Ok(()) } else { Err(Inconsistent(what.to_owned())) };
    check(frame.wire_version == WIRE_VERSION, "wire_version is not one this aggregator reads")?;
    check(frame.seq > Seq(0), "seq starts at 1")?;
    check(frame.rows.len() <= FRAME_ROWS_MAX, "more rows than a frame may hold")?;
    check(frame.events.len() <= FRAME_EVENTS_MAX, "more events than a frame may hold")?;
    check(frame.event_count as usize == frame.events.len(), "event_count differs from the events")?;
    check(frame.id_checksum == checksum(&frame.events), "id_checksum differs from the events")?;
    check(frame.rows.iter().all(|row| row.start_ms % crate::window::MINUTE_MS == 0), "a row starts within a minute")?;
    check(
        frame.rows.iter().all(|row| page::cut(&row.value, wire::limits::VALUE_BYTES_MAX) == row.value),
        "a row's value is too long",
    )?;
    let totals: u64 = frame
        .rows
        .iter()
        .filter(|row| row.dimension == RollupDimension::Total)
        .fold(0, |sum, row| sum.saturating_add(row.events));
    check(totals == u64::from(frame.event_count), "the total rows do not add up to event_count")?;
    frame.rows.iter().map(|row| Rollup::of_row(row).map_err(|e| Inconsistent(e.to_string()))).collect()
}

#[cfg(test)]
mod tests;

//! How journaled events become frames: folded, numbered, encoded within [`FRAME_BYTES_MAX`].

use std::collections::BTreeSet;

use wire::frame::{
    Born, Frame, FrameError, OutcomeRow, RawEvent, RollupDimension, RollupRow, WIRE_VERSION, WIRE_VERSION_MIN,
};
use wire::frame_view::{FrameView, Identified, RowView};
use wire::limits::{FRAME_BYTES_MAX, FRAME_EVENTS_MAX, FRAME_OUTCOMES_MAX, FRAME_ROWS_MAX};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

use crate::rollup::{self, Caps, Rollup};
use crate::visit::Change;
use crate::{hash, page, sketch};

/// Events of one frame before its size is known: about as many as fit at the usual ~450 bytes each, rows included.
/// Where their rows or bytes are too many, they are parted in two and folded again.
const EVENTS_AT_ONCE: usize = 500;

/// As [`EVENTS_AT_ONCE`], of a site that keeps no single events: rows alone are ~100 bytes an event and less the more
/// events share a row, so that as many as a frame's rows hold.
const COUNTED_AT_ONCE: usize = 2000;

/// Bytes that a frame may grow by when it is numbered anew: four numbers of up to 9 bytes, a hash and their names,
/// rounded up.
const RENUMBERED_BYTES_MAX: usize = 128;

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

/// What is sealed.
#[derive(Clone, Copy, Debug)]
pub struct Folding<'a> {
    /// The events.
    pub events: &'a [RawEvent],
    /// What they changed of visits, by position of the event.
    pub changes: &'a [Change],
    /// What became of events that are not counted; at most [`FRAME_OUTCOMES_MAX`].
    pub outcomes: &'a [OutcomeRow],
    /// The site's.
    pub settings: &'a Settings,
    /// All events received before then are in these frames or in earlier ones. Unix milliseconds.
    pub sealed_through_ms: u64,
}

/// A run of events, from `offset` on in all that is sealed, with the changes that belong to them.
#[derive(Clone, Copy)]
struct Part<'a> {
    offset: usize,
    events: &'a [RawEvent],
    changes: &'a [Change],
}

impl<'a> Part<'a> {
    fn split_at(self, middle: usize) -> (Self, Self) {
        let (earlier, later) = self.events.split_at(middle);
        let first = self.offset + middle;
        let (before, after) = self.changes.split_at(self.changes.partition_point(|change| change.at < first));
        (
            Part { offset: self.offset, events: earlier, changes: before },
            Part { offset: first, events: later, changes: after },
        )
    }
}

/// Seals events, numbered from `first`, into as few frames as their size allows. The last of them says how far is sealed;
/// those before it say nothing of it, for a part of what was received is still to come.
///
/// # Errors
/// [`SealError`] when an event cannot be encoded within a frame.
pub fn seal(folding: &Folding<'_>, writer: &Writer, first: Seq, caps: &mut Caps) -> Result<Vec<Sealed>, SealError> {
    let mut sealed = Vec::new();
    let mut seq = first;
    let mut outcomes = folding.outcomes;
    let mut rest = Part { offset: 0, events: folding.events, changes: folding.changes };
    // Parts still to be sealed, the next one last.
    let mut parts: Vec<Part<'_>> = Vec::new();
    let at_once = if folding.settings.keeps_events { EVENTS_AT_ONCE } else { COUNTED_AT_ONCE };
    while rest.events.len() > at_once {
        let (part, later) = rest.split_at(at_once);
        parts.push(part);
        rest = later;
    }
    if !rest.events.is_empty() || !outcomes.is_empty() {
        parts.push(rest);
    }
    parts.reverse();
    while let Some(part) = parts.pop() {
        let sealed_through_ms = if parts.is_empty() { folding.sealed_through_ms } else { 0 };
        let frame = Frame { sealed_through_ms, ..frame(part, outcomes, folding, writer, seq, caps) };
        let bytes = frame.encode()?;
        if bytes.len() > FRAME_BYTES_MAX - RENUMBERED_BYTES_MAX || frame.rows.len() > FRAME_ROWS_MAX {
            if part.events.len() < 2 {
                return Err(SealError::EventTooLarge);
            }
            let (earlier, later) = part.split_at(part.events.len() / 2);
            parts.extend([later, earlier]);
            continue;
        }
        sealed.push(Sealed { seq, hash: hash::of_bytes(&bytes), bytes });
        seq = seq.next();
        outcomes = &[];
    }
    Ok(sealed)
}

fn frame<'a>(
    part: Part<'a>,
    outcomes: &[OutcomeRow],
    folding: &Folding<'_>,
    writer: &Writer,
    seq: Seq,
    caps: &mut Caps,
) -> Frame<&'a [RawEvent]> {
    let settings = folding.settings;
    Frame {
        wire_version: WIRE_VERSION,
        edge_id: writer.edge_id,
        epoch: writer.epoch,
        seq,
        site: writer.site.clone(),
        shard: writer.shard,
        rows: rollup::fold(part.events, part.changes, settings, caps),
        event_count: part.events.len() as u32,
        id_checksum: checksum(part.events),
        events: if settings.keeps_events { part.events } else { &[] },
        outcomes: outcomes.to_vec(),
        replayed: false,
        born: None,
        sealed_through_ms: folding.sealed_through_ms,
    }
}

/// Before when everything is sealed that an object received, once the oldest part of its journal is.
///
/// * `last_ms`: when the last of that part arrived; `unsealed_bytes`: of the journal that stays
pub fn sealed_through_ms(last_ms: Option<u64>, unsealed_bytes: u64, now_ms: u64) -> u64 {
    last_ms.filter(|_| unsealed_bytes > 0).unwrap_or(now_ms)
}

/// Writes a stored frame anew, for another epoch and number, as a replayed one.
///
/// # Errors
/// [`SealError`] when the stored frame cannot be read.
pub fn renumber(bytes: &[u8], epoch: Epoch, seq: Seq) -> Result<Sealed, SealError> {
    let old = Frame::decode(bytes)?;
    let born = born(&old, hash::of_bytes(bytes));
    let bytes = Frame { epoch, seq, replayed: true, born: Some(born), ..old }.encode()?;
    Ok(Sealed { seq, hash: hash::of_bytes(&bytes), bytes })
}

/// What a frame was when it was sealed.
///
/// `hash`: of its bytes as they are.
pub fn born(frame: &Frame, hash: Id128) -> Born {
    frame.born.unwrap_or(Born { epoch: frame.epoch, seq: frame.seq, hash })
}

/// The part of a replayed frame that is news: its events but those in `counted`, folded anew.
///
/// Where only some are news, what they changed of visits is left out, for it cannot be told from what the others
/// changed. That takes an edge whose storage went back in time between two seals.
pub fn news(frame: Frame, counted: &BTreeSet<Id128>, settings: &Settings) -> Frame {
    let all = frame.events.len();
    let events: Vec<RawEvent> = frame.events.into_iter().filter(|event| !counted.contains(&event.id)).collect();
    if events.len() == all {
        return Frame { events, ..frame };
    }
    let rows: Vec<RollupRow> = rollup::fold(&events, &[], settings, &mut Caps::default());
    let outcomes = Vec::new();
    Frame { rows, event_count: events.len() as u32, id_checksum: checksum(&events), events, outcomes, ..frame }
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
    let rows: Vec<RowView<'_>> = frame.rows.iter().map(RowView::from).collect();
    let Frame { wire_version, seq, event_count, id_checksum, .. } = *frame;
    consistent(&Said { wire_version, seq, event_count, id_checksum }, &rows, &frame.events, frame.outcomes.len())?;
    rows.iter().map(|row| Rollup::of_view(row).map_err(|e| Inconsistent(e.to_string()))).collect()
}

/// Checks that a frame agrees with itself, as [`rollups`] does, as it lies in its bytes.
///
/// # Errors
/// [`Inconsistent`] names the first disagreement.
pub fn check(frame: &FrameView<'_>) -> Result<(), Inconsistent> {
    let FrameView { wire_version, seq, event_count, id_checksum, .. } = *frame;
    consistent(&Said { wire_version, seq, event_count, id_checksum }, &frame.rows, &frame.events, frame.outcomes.len())
}

/// What a frame says of itself.
struct Said {
    wire_version: u16,
    seq: Seq,
    event_count: u32,
    id_checksum: Id128,
}

fn consistent(
    said: &Said,
    rows: &[RowView<'_>],
    events: &[impl Identified],
    outcomes: usize,
) -> Result<(), Inconsistent> {
    let check = |ok: bool, what: &str| if ok { Ok(()) } else { Err(Inconsistent(what.to_owned())) };
    check(
        (WIRE_VERSION_MIN..=WIRE_VERSION).contains(&said.wire_version),
        "wire_version is not one this aggregator reads",
    )?;
    check(said.seq > Seq(0), "seq starts at 1")?;
    check(rows.len() <= FRAME_ROWS_MAX, "more rows than a frame may hold")?;
    check(events.len() <= FRAME_EVENTS_MAX, "more events than a frame may hold")?;
    // A site that keeps no events sends none of those that it counted.
    if !events.is_empty() {
        let checksum = events.iter().fold(Id128::default(), |sum, event| sum.xor(event.id()));
        check(said.event_count as usize == events.len(), "event_count differs from the events")?;
        check(said.id_checksum == checksum, "id_checksum differs from the events")?;
    }
    check(outcomes <= FRAME_OUTCOMES_MAX, "more outcomes than a frame may hold")?;
    check(rows.iter().all(|row| row.start_ms % crate::window::MINUTE_MS == 0), "a row starts within a minute")?;
    check(
        rows.iter().all(|row| page::cut(row.value, wire::limits::VALUE_BYTES_MAX) == row.value),
        "a row's value is too long",
    )?;
    let totals: u64 = rows
        .iter()
        .filter(|row| row.dimension == RollupDimension::Total)
        .fold(0, |sum, row| sum.saturating_add(row.events));
    check(totals == u64::from(said.event_count), "the total rows do not add up to event_count")?;
    let mut sketches = rows.iter().flat_map(|row| [row.visitors, row.sessions]);
    sketches.try_for_each(sketch::check).map_err(|e| Inconsistent(e.to_string()))
}

#[cfg(test)]
mod tests;

//! Everything about a frame or a hello that can be known without the ledger.

use bytes::Bytes;
use domain::delta::intake;
use domain::reconcile::{self, DaySums};
use domain::{hash, seal};
use wire::Id128;
use wire::frame::{Frame, Hello, OutcomeRow, WIRE_VERSION, WIRE_VERSION_MIN};
use wire::frame_view::{FrameView, RowView};
use wire::scan::{self, Bounds};

use crate::ledger::hot::Pieces;

/// Bytes of a hello: its fields take 200 at most, names included.
pub const HELLO_BYTES_MAX: usize = 1024;

const HELLO_BOUNDS: Bounds = Bounds { depth: 4, values: 64 };

/// Largest number the ledger stores, 2^63 − 1.
const NUMBER_MAX: u64 = i64::MAX as u64;

/// A frame that is well-formed and agrees with itself.
#[derive(Debug)]
pub struct CheckedFrame {
    /// The frame; its rows and events have been taken out unless it is replayed.
    pub frame: Frame,
    /// Events that its bytes hold.
    pub kept_events: u64,
    /// What it counts, by day.
    pub days: DaySums,
    /// The earliest instant under which it is logged, Unix milliseconds: that at which its last minute ends.
    pub logged_from_ms: u64,
    /// Hash of its bytes.
    pub hash: Id128,
    /// Its bytes, as received.
    pub bytes: Bytes,
    /// What it says.
    pub pieces: Pieces,
}

/// A signed frame that cannot be counted, ever.
#[derive(Debug)]
pub struct Refused {
    /// Its writer, as far as it can be read.
    pub edge: Option<Id128>,
    /// Hash of its bytes.
    pub hash: Id128,
    /// Its bytes, as received.
    pub bytes: Bytes,
    /// What is wrong with it.
    pub detail: String,
}

impl CheckedFrame {
    /// Checks a frame whose hash was signed as `signed_hash`.
    ///
    /// # Errors
    /// [`Refused`] with the first fault.
    pub fn check(bytes: impl Into<Bytes>, signed_hash: Id128) -> Result<Self, Box<Refused>> {
        let bytes = bytes.into();
        let hash = hash::of_bytes(&bytes);
        let refused = |edge, detail, bytes| Box::new(Refused { edge, hash, bytes, detail });
        if hash != signed_hash {
            return Err(refused(None, "frame: its hash is not the one that was signed".to_owned(), bytes));
        }
        let read = Read::of(&bytes);
        match read {
            Ok(Read { frame, kept_events, days, logged_from_ms, pieces }) => {
                Ok(Self { frame, kept_events, days, logged_from_ms, hash, bytes, pieces })
            }
            Err((edge, detail)) => Err(refused(edge, detail, bytes)),
        }
    }
}

/// What is read of a frame's bytes.
struct Read {
    frame: Frame,
    kept_events: u64,
    days: DaySums,
    logged_from_ms: u64,
    pieces: Pieces,
}

impl Read {
    /// Reads a frame; what is wrong with it comes with its writer, as far as that can be read.
    fn of(bytes: &Bytes) -> Result<Self, (Option<Id128>, String)> {
        let view = FrameView::decode(bytes).map_err(|e| (None, e.to_string()))?;
        let edge = Some(view.edge_id);
        if !fits(&view) {
            return Err((edge, "frame: a number above 2^63 - 1".to_owned()));
        }
        seal::check(&view).map_err(|e| (edge, e.to_string()))?;
        let kept_events = view.events.len() as u64;
        let rows = view.rows.iter().map(|row| (row.dimension, row.start_ms, row.events));
        let days = reconcile::sums(rows, view.events.iter().map(|event| (event.at_ms, event.id)));
        let logged_from_ms = intake::logged_at_ms(view.rows.iter().map(|row| row.start_ms), 0);
        // Of a replayed frame, each event is looked at, and what is not news is left out.
        if view.replayed {
            let frame = Frame::decode(bytes).map_err(|e| (edge, e.to_string()))?;
            return Ok(Self { frame, kept_events, days, logged_from_ms, pieces: Pieces::default() });
        }
        let pieces = Pieces::of(bytes, &view.rows);
        let frame = Frame {
            wire_version: view.wire_version,
            edge_id: view.edge_id,
            epoch: view.epoch,
            seq: view.seq,
            site: view.site.to_owned(),
            shard: view.shard,
            rows: Vec::new(),
            events: Vec::new(),
            outcomes: view.outcomes,
            event_count: view.event_count,
            id_checksum: view.id_checksum,
            replayed: false,
            born: view.born,
            sealed_through_ms: view.sealed_through_ms,
        };
        Ok(Self { frame, kept_events, days, logged_from_ms, pieces })
    }
}

fn fits(frame: &FrameView<'_>) -> bool {
    let row_fits =
        |row: &RowView<'_>| row.start_ms <= NUMBER_MAX && row.events <= NUMBER_MAX && row.pageviews <= NUMBER_MAX;
    let outcome_fits = |row: &OutcomeRow| row.start_ms <= NUMBER_MAX && row.events <= NUMBER_MAX;
    frame.epoch.0 <= NUMBER_MAX
        && frame.seq.0 <= NUMBER_MAX
        && frame.rows.iter().all(row_fits)
        && frame.outcomes.iter().all(outcome_fits)
}

/// A hello that cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum HelloError {
    /// Another body than the one that was signed.
    #[error("the body's hash is not the one that was signed")]
    Hash,
    /// Not a hello within bounds.
    #[error("not a hello: {0}")]
    Shape(String),
    /// A version that is not spoken here.
    #[error("wire version {0}, this aggregator speaks {WIRE_VERSION_MIN} to {WIRE_VERSION}")]
    Version(u16),
    /// An epoch that has no next one.
    #[error("epoch {0} is above 2^62")]
    Epoch(u64),
}

/// Checks a hello whose hash was signed as `signed_hash`.
///
/// # Errors
/// [`HelloError`] with the first fault.
pub fn hello(bytes: &[u8], signed_hash: Id128) -> Result<Hello, HelloError> {
    if hash::of_bytes(bytes) != signed_hash {
        return Err(HelloError::Hash);
    }
    scan::messagepack(bytes, HELLO_BOUNDS).map_err(|e| HelloError::Shape(e.to_string()))?;
    let hello: Hello = rmp_serde::from_slice(bytes).map_err(|e| HelloError::Shape(e.to_string()))?;
    if !(WIRE_VERSION_MIN..=WIRE_VERSION).contains(&hello.wire_version) {
        return Err(HelloError::Version(hello.wire_version));
    }
    // Half of what the ledger stores: the next epoch always fits.
    match hello.epoch {
        Some(epoch) if epoch.0 > NUMBER_MAX / 2 => Err(HelloError::Epoch(epoch.0)),
        _ => Ok(hello),
    }
}

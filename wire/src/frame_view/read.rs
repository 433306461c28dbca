//! The quick way to read a frame: as edges write it, in one pass and without looking twice at a byte.
//!
//! It takes no more than the decoder does, and may take less: fields may come in any order, but all of them must be known,
//! each comes once, and its value is of the kind that is written. For anything else it says nothing, and the decoder
//! decides.

use serde::Deserialize;

use super::{EventView, FrameView, RowView};
use crate::frame::RollupDimension;
use crate::limits::FRAME_BYTES_MAX;
use crate::scan::{self, Bounds};
use crate::{Epoch, Id128, Seq};

/// Containers within a field of the frame, of a row or an event: as many as the whole may have, without those around it.
const FRAME_FIELD_DEPTH: usize = 7;
const ROW_FIELD_DEPTH: usize = 5;

/// Bytes that a row or an event takes at least: the names of the fields that it must have.
const LISTED_BYTES_MIN: usize = 16;

/// Fields that a frame, a row and an event must have, by their bits.
const FRAME_NEEDS: u64 = 0b111_1111_1111;
const ROW_NEEDS: u64 = 0b1_1111;
const EVENT_NEEDS: u64 = 0b1111;

/// Reads a frame; none where it is not written as usual, or not a frame.
pub(super) fn frame(bytes: &[u8]) -> Option<FrameView<'_>> {
    let mut reader = Reader { bytes, at: 0, dimension: None };
    let frame = reader.frame()?;
    (reader.at == bytes.len()).then_some(frame)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The last dimension as it was written: the next row's is most often the same.
    dimension: Option<(&'a [u8], RollupDimension)>,
}

/// Reads a map's fields: each is matched by its name, sets its bit, and comes once.
macro_rules! fields {
    ($reader:ident, $needed:expr, { $($name:literal, $bit:literal => $read:expr;)+ }) => {{
        let mut seen = 0u64;
        for _ in 0..$reader.map()? {
            let bit = match $reader.key()? {
                $($name => {
                    $read;
                    1u64 << $bit
                })+
                _ => return None,
            };
            if seen & bit != 0 {
                return None;
            }
            seen |= bit;
        }
        if seen & $needed != $needed {
            return None;
        }
    }};
}

impl<'a> Reader<'a> {
    fn frame(&mut self) -> Option<FrameView<'a>> {
        let mut frame = FrameView {
            wire_version: 0,
            edge_id: Id128::default(),
            epoch: Epoch(0),
            seq: Seq(0),
            site: "",
            shard: 0,
            rows: Vec::new(),
            events: Vec::new(),
            outcomes: Vec::new(),
            event_count: 0,
            id_checksum: Id128::default(),
            replayed: false,
            born: None,
            sealed_through_ms: 0,
        };
        fields!(self, FRAME_NEEDS, {
            b"wire_version", 0 => frame.wire_version = self.unsigned()?.try_into().ok()?;
            b"edge_id", 1 => frame.edge_id = self.id()?;
            b"epoch", 2 => frame.epoch = Epoch(self.unsigned()?);
            b"seq", 3 => frame.seq = Seq(self.unsigned()?);
            b"site", 4 => frame.site = self.text()?;
            b"shard", 5 => frame.shard = self.unsigned()?.try_into().ok()?;
            b"rows", 6 => frame.rows = self.listed(Self::row)?;
            b"events", 7 => frame.events = self.listed(Self::event)?;
            b"event_count", 8 => frame.event_count = self.unsigned()?.try_into().ok()?;
            b"id_checksum", 9 => frame.id_checksum = self.id()?;
            b"sealed_through_ms", 10 => frame.sealed_through_ms = self.unsigned()?;
            b"outcomes", 11 => frame.outcomes = self.other(FRAME_FIELD_DEPTH)?;
            b"replayed", 12 => frame.replayed = self.truth()?;
            b"born", 13 => frame.born = self.other(FRAME_FIELD_DEPTH)?;
        });
        Some(frame)
    }

    fn row(&mut self) -> Option<RowView<'a>> {
        let mut row = RowView::default();
        fields!(self, ROW_NEEDS, {
            b"start_ms", 0 => row.start_ms = self.unsigned()?;
            b"dimension", 1 => row.dimension = self.dimension()?;
            b"value", 2 => row.value = self.text()?;
            b"pageviews", 3 => row.pageviews = self.unsigned()?;
            b"events", 4 => row.events = self.unsigned()?;
            b"visitors", 5 => row.visitors = self.blob()?;
            b"sessions", 6 => row.sessions = self.blob()?;
            b"visits", 7 => row.visits = self.signed()?;
            b"bounces", 8 => row.bounces = self.signed()?;
            b"visit_ms", 9 => row.visit_ms = self.signed()?;
            b"engaged_ms", 10 => row.engaged_ms = self.signed()?;
            b"converted", 11 => row.converted = self.signed()?;
            b"quality", 12 => row.quality = self.signed()?;
            b"revenue", 13 => row.revenue = self.other(ROW_FIELD_DEPTH)?;
        });
        Some(row)
    }

    fn event(&mut self) -> Option<EventView<'a>> {
        let mut event = EventView::default();
        fields!(self, EVENT_NEEDS, {
            b"id", 0 => event.id = self.id()?;
            b"at_ms", 1 => event.at_ms = self.unsigned()?;
            b"event_type", 2 => event.event_type = self.text()?;
            b"device", 3 => event.device = self.text()?;
            b"visitor", 4 => event.visitor = Some(self.id()?);
            b"session", 5 => event.session = Some(self.id()?);
            b"hostname", 6 => event.hostname = self.text()?;
            b"path", 7 => event.path = self.text()?;
            b"title", 8 => event.title = self.text()?;
            b"referrer", 9 => event.referrer = self.text()?;
            b"source", 10 => event.source = self.text()?;
            b"channel", 11 => event.channel = self.text()?;
            b"country", 12 => event.country = self.text()?;
            b"region", 13 => event.region = self.text()?;
            b"city", 14 => event.city = self.text()?;
            b"browser", 15 => event.browser = self.text()?;
            b"browser_version", 16 => event.browser_version = self.text()?;
            b"os", 17 => event.os = self.text()?;
            b"os_version", 18 => event.os_version = self.text()?;
            b"screen", 19 => event.screen = self.text()?;
            b"language", 20 => event.language = self.text()?;
            b"utm_source", 21 => event.utm_source = self.text()?;
            b"utm_medium", 22 => event.utm_medium = self.text()?;
            b"utm_campaign", 23 => event.utm_campaign = self.text()?;
            b"utm_content", 24 => event.utm_content = self.text()?;
            b"utm_term", 25 => event.utm_term = self.text()?;
            b"goals", 26 => event.goals = self.other(ROW_FIELD_DEPTH)?;
            b"revenue", 27 => event.revenue = self.other(ROW_FIELD_DEPTH)?;
            b"engaged_ms", 28 => event.engaged_ms = self.unsigned()?;
            b"properties", 29 => event.properties = self.other(ROW_FIELD_DEPTH)?;
        });
        Some(event)
    }

    fn listed<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = match self.byte()? {
            head @ 0x90..=0x9f => usize::from(head & 0x0f),
            0xdc => self.length(2)?,
            0xdd => self.length(4)?,
            _ => return None,
        };
        // A length beyond the rest is a lie.
        let mut list = Vec::with_capacity(length.min((self.bytes.len() - self.at) / LISTED_BYTES_MIN));
        for _ in 0..length {
            list.push(read(self)?);
        }
        Some(list)
    }

    fn dimension(&mut self) -> Option<RollupDimension> {
        let begin = self.at;
        self.key()?;
        let written = self.bytes.get(begin..self.at)?;
        if let Some((_, dimension)) = self.dimension.filter(|(last, _)| *last == written) {
            return Some(dimension);
        }
        let dimension = rmp_serde::from_slice(written).ok()?;
        self.dimension = Some((written, dimension));
        Some(dimension)
    }

    /// A value of another kind, as the decoder reads it.
    fn other<T: Deserialize<'a>>(&mut self, depth: usize) -> Option<T> {
        let bounds = Bounds { depth, values: FRAME_BYTES_MAX };
        let end = scan::messagepack_value(self.bytes, self.at, bounds).ok()?;
        let value = rmp_serde::from_slice(self.bytes.get(self.at..end)?).ok()?;
        self.at = end;
        Some(value)
    }

    fn map(&mut self) -> Option<usize> {
        match self.byte()? {
            head @ 0x80..=0x8f => Some(usize::from(head & 0x0f)),
            0xde => self.length(2),
            0xdf => self.length(4),
            _ => None,
        }
    }

    /// The bytes of a text.
    fn key(&mut self) -> Option<&'a [u8]> {
        let length = match self.byte()? {
            head @ 0xa0..=0xbf => usize::from(head & 0x1f),
            0xd9 => self.length(1)?,
            0xda => self.length(2)?,
            0xdb => self.length(4)?,
            _ => return None,
        };
        self.take(length)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.key()?).ok()
    }

    fn blob(&mut self) -> Option<&'a [u8]> {
        let length = match self.byte()? {
            0xc4 => self.length(1)?,
            0xc5 => self.length(2)?,
            0xc6 => self.length(4)?,
            _ => return None,
        };
        self.take(length)
    }

    fn id(&mut self) -> Option<Id128> {
        self.blob()?.try_into().map(Id128).ok()
    }

    fn truth(&mut self) -> Option<bool> {
        match self.byte()? {
            0xc2 => Some(false),
            0xc3 => Some(true),
            _ => None,
        }
    }

    fn unsigned(&mut self) -> Option<u64> {
        match self.byte()? {
            head @ 0..=0x7f => Some(u64::from(head)),
            0xcc => self.number(1),
            0xcd => self.number(2),
            0xce => self.number(4),
            0xcf => self.number(8),
            _ => None,
        }
    }

    fn signed(&mut self) -> Option<i64> {
        match *self.bytes.get(self.at)? {
            head @ 0xe0..=0xff => {
                self.at += 1;
                Some(i64::from(head as i8))
            }
            head @ 0xd0..=0xd3 => {
                self.at += 1;
                let width = 1usize << (head - 0xd0);
                // Shifted to the top and back, so that the sign comes along.
                let unused = 64 - 8 * width as u32;
                Some((self.number(width)? << unused) as i64 >> unused)
            }
            _ => self.unsigned()?.try_into().ok(),
        }
    }

    fn length(&mut self, width: usize) -> Option<usize> {
        self.number(width)?.try_into().ok()
    }

    fn number(&mut self, width: usize) -> Option<u64> {
        Some(self.take(width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let part = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(part)
    }
}

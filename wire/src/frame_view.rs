//! A frame as it lies in its bytes: what is read of it that is not kept, without a text or a list of bytes of its own.

mod read;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::event::Property;
use crate::frame::{Born, FrameError, Money, OutcomeRow, RawEvent, RollupDimension, RollupRow, checked};
use crate::limits::FRAME_BYTES_MAX;
use crate::{Epoch, Id128, Seq};

/// A [`Frame`] whose texts and sketches are parts of its bytes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct FrameView<'a> {
    /// As [`Frame::wire_version`].
    pub wire_version: u16,
    /// As [`Frame::edge_id`].
    pub edge_id: Id128,
    /// As [`Frame::epoch`].
    pub epoch: Epoch,
    /// As [`Frame::seq`].
    pub seq: Seq,
    /// As [`Frame::site`].
    pub site: &'a str,
    /// As [`Frame::shard`].
    pub shard: u16,
    /// As [`Frame::rows`].
    #[serde(borrow)]
    pub rows: Vec<RowView<'a>>,
    /// As [`Frame::events`].
    #[serde(borrow)]
    pub events: Vec<EventView<'a>>,
    /// As [`Frame::outcomes`].
    #[serde(default)]
    pub outcomes: Vec<OutcomeRow>,
    /// As [`Frame::event_count`].
    pub event_count: u32,
    /// As [`Frame::id_checksum`].
    pub id_checksum: Id128,
    /// As [`Frame::replayed`].
    #[serde(default)]
    pub replayed: bool,
    /// As [`Frame::born`].
    #[serde(default)]
    pub born: Option<Born>,
    /// As [`Frame::sealed_through_ms`].
    pub sealed_through_ms: u64,
}

/// A [`RollupRow`], likewise.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[expect(missing_docs, reason = "the fields of a RollupRow, by their names")]
pub struct RowView<'a> {
    pub start_ms: u64,
    pub dimension: RollupDimension,
    pub value: &'a str,
    pub pageviews: u64,
    pub events: u64,
    #[serde(default, with = "serde_bytes")]
    pub visitors: &'a [u8],
    #[serde(default, with = "serde_bytes")]
    pub sessions: &'a [u8],
    #[serde(default)]
    pub visits: i64,
    #[serde(default)]
    pub bounces: i64,
    #[serde(default)]
    pub visit_ms: i64,
    #[serde(default)]
    pub engaged_ms: i64,
    #[serde(default)]
    pub converted: i64,
    #[serde(default)]
    pub quality: i64,
    #[serde(default, borrow)]
    pub revenue: BTreeMap<&'a str, i64>,
}

/// A [`RawEvent`], likewise: as strictly read, and only its id and time kept.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct EventView<'a> {
    /// As [`RawEvent::id`].
    pub id: Id128,
    /// As [`RawEvent::at_ms`].
    pub at_ms: u64,
    #[serde(default)]
    visitor: Option<Id128>,
    #[serde(default)]
    session: Option<Id128>,
    event_type: &'a str,
    #[serde(default)]
    hostname: &'a str,
    #[serde(default)]
    path: &'a str,
    #[serde(default)]
    title: &'a str,
    #[serde(default)]
    referrer: &'a str,
    #[serde(default)]
    source: &'a str,
    #[serde(default)]
    channel: &'a str,
    #[serde(default)]
    country: &'a str,
    #[serde(default)]
    region: &'a str,
    #[serde(default)]
    city: &'a str,
    device: &'a str,
    #[serde(default)]
    browser: &'a str,
    #[serde(default)]
    browser_version: &'a str,
    #[serde(default)]
    os: &'a str,
    #[serde(default)]
    os_version: &'a str,
    #[serde(default)]
    screen: &'a str,
    #[serde(default)]
    language: &'a str,
    #[serde(default)]
    utm_source: &'a str,
    #[serde(default)]
    utm_medium: &'a str,
    #[serde(default)]
    utm_campaign: &'a str,
    #[serde(default)]
    utm_content: &'a str,
    #[serde(default)]
    utm_term: &'a str,
    #[serde(default, borrow)]
    goals: Vec<&'a str>,
    #[serde(default)]
    revenue: Option<Money>,
    #[serde(default)]
    engaged_ms: u64,
    #[serde(default, borrow)]
    properties: BTreeMap<&'a str, Property>,
}

impl<'a> FrameView<'a> {
    /// Reads a frame from untrusted bytes, as strictly as [`Frame::decode`] does.
    ///
    /// # Errors
    /// [`FrameError`] when too long, too deep, truncated, or not a frame.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, FrameError> {
        let quick = (bytes.len() <= FRAME_BYTES_MAX).then(|| read::frame(bytes)).flatten();
        quick.map_or_else(|| Self::decode_any(bytes), Ok)
    }

    fn decode_any(bytes: &'a [u8]) -> Result<Self, FrameError> {
        Ok(rmp_serde::from_slice(checked(bytes)?)?)
    }
}

impl<'a> From<&'a RollupRow> for RowView<'a> {
    fn from(row: &'a RollupRow) -> Self {
        Self {
            start_ms: row.start_ms,
            dimension: row.dimension,
            value: &row.value,
            pageviews: row.pageviews,
            events: row.events,
            visitors: &row.visitors,
            sessions: &row.sessions,
            visits: row.visits,
            bounces: row.bounces,
            visit_ms: row.visit_ms,
            engaged_ms: row.engaged_ms,
            converted: row.converted,
            quality: row.quality,
            revenue: row.revenue.iter().map(|(currency, micros)| (currency.as_str(), *micros)).collect(),
        }
    }
}

/// What is needed of an event to tell whether a frame agrees with itself.
pub trait Identified {
    /// The event's id.
    fn id(&self) -> Id128;
}

impl Identified for RawEvent {
    fn id(&self) -> Id128 {
        self.id
    }
}

impl Identified for EventView<'_> {
    fn id(&self) -> Id128 {
        self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;

    fn golden() -> [Vec<u8>; 2] {
        [include_str!("../golden/frame-v1.hex"), include_str!("../golden/frame-v2.hex")].map(|hex| {
            let digits: String = hex.split_whitespace().collect();
            let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap_or_default();
            (0..digits.len()).step_by(2).map(byte).collect()
        })
    }

    /// What is read quickly is what the decoder reads; whatever one byte of a frame becomes.
    #[test]
    fn the_quick_way_takes_what_edges_write_and_nothing_else() {
        for bytes in golden() {
            assert_eq!(read::frame(&bytes), FrameView::decode_any(&bytes).ok());
            assert!(read::frame(&bytes).is_some());
            let mut quick = 0;
            for at in 0..bytes.len() {
                for becomes in [0, 1, 0x7f, 0x80, 0x90, 0xa0, 0xc0, 0xc2, 0xc4, 0xcf, 0xd3, 0xe0, 0xff, bytes[at] ^ 1] {
                    let mut other = bytes.clone();
                    other[at] = becomes;
                    if let Some(frame) = read::frame(&other) {
                        quick += 1;
                        assert_eq!(FrameView::decode_any(&other).ok(), Some(frame), "byte {at} is {becomes:#x}");
                    }
                }
            }
            assert!(quick > bytes.len(), "{quick} of {} bytes", bytes.len());
        }
    }

    /// Numbers of every width, below zero too.
    #[test]
    fn numbers_are_read_as_they_are_written() {
        let numbers = [0i64, 1, 127, 128, 255, 256, 65_535, 65_536, 1 << 32, i64::MAX];
        for number in numbers.into_iter().flat_map(|number| [number, -number, -number - 1]) {
            let row = RollupRow { visits: number, pageviews: number.unsigned_abs(), ..RollupRow::default() };
            let Ok(frame) = Frame::decode(&golden()[1]) else { panic!("a golden frame is read") };
            let bytes = Frame { rows: vec![row], ..frame }.encode().unwrap_or_default();
            let rows = read::frame(&bytes).map(|view| view.rows).unwrap_or_default();
            assert_eq!(rows.first().map(|row| (row.visits, row.pageviews)), Some((number, number.unsigned_abs())));
        }
    }

    /// The golden frames, read in both ways.
    #[test]
    fn a_view_says_what_the_frame_says() {
        for bytes in golden() {
            let (frame, view) = (Frame::decode(&bytes), FrameView::decode(&bytes));
            let (Ok(frame), Ok(view)) = (frame, view) else { panic!("a golden frame is read") };
            let rows: Vec<RowView<'_>> = frame.rows.iter().map(RowView::from).collect();
            assert_eq!(view.rows, rows);
            assert!(!rows.is_empty());
            assert!(view.events.iter().map(|event| event.id).eq(frame.events.iter().map(|event| event.id)));
            let said = (view.wire_version, view.edge_id, view.epoch, view.seq, view.site, view.shard);
            assert_eq!(said, (frame.wire_version, frame.edge_id, frame.epoch, frame.seq, &*frame.site, frame.shard));
            let said = (view.outcomes, view.event_count, view.id_checksum, view.replayed, view.born);
            assert_eq!(said, (frame.outcomes, frame.event_count, frame.id_checksum, frame.replayed, frame.born));
            for end in 0..bytes.len() {
                let cut = &bytes[..end];
                assert!(FrameView::decode(cut).is_err() && Frame::decode(cut).is_err(), "cut at {end}");
            }
        }
    }
}

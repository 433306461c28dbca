//! What a frame says, as it lies in the frame's bytes.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::rollup::{VisitSums, named};
use wire::frame_view::RowView;

use super::MinuteKey;

/// What a frame says: its rows, parted by where they are counted. Texts and sketches are parts of the frame's bytes.
#[derive(Debug, Default)]
pub struct Pieces {
    bytes: Bytes,
    pieces: Vec<Piece>,
    rows: Vec<Row>,
}

/// What a frame says of one minute and dimension.
#[derive(Debug)]
struct Piece {
    key: MinuteKey,
    /// Its rows stand behind those of the piece before, up to here.
    end: usize,
}

/// A row of a frame.
#[derive(Debug)]
struct Row {
    value: Span,
    visitors: Span,
    sessions: Span,
    pageviews: u64,
    events: u64,
    visits: VisitSums,
    /// By currency; of few rows.
    revenue: Vec<(Span, i64)>,
}

/// From where to where in the bytes. A frame is far shorter than 4 GB.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    start: u32,
    end: u32,
}

impl Pieces {
    /// The rows of a frame that lies in `bytes`. Neighbours in the frame are most often neighbours here.
    pub fn of(bytes: &Bytes, rows: &[RowView<'_>]) -> Self {
        let mut all = Self { bytes: bytes.clone(), pieces: Vec::new(), rows: Vec::with_capacity(rows.len()) };
        for row in rows {
            let (name, value) = named(row.dimension, row.value);
            let span = |part: &[u8]| Span::of(bytes, part);
            all.rows.push(Row {
                value: span(value.as_bytes()),
                visitors: span(row.visitors),
                sessions: span(row.sessions),
                revenue: row.revenue.iter().map(|(currency, micros)| (span(currency.as_bytes()), *micros)).collect(),
                pageviews: row.pageviews,
                events: row.events,
                visits: VisitSums::of_view(row),
            });
            let end = all.rows.len();
            match all.pieces.last_mut() {
                Some(Piece { key, end: last })
                    if key.start_ms == row.start_ms && key.dimension == row.dimension && *key.name == *name =>
                {
                    *last = end;
                }
                _ => {
                    let key = MinuteKey { dimension: row.dimension, name: name.into(), start_ms: row.start_ms };
                    all.pieces.push(Piece { key, end });
                }
            }
        }
        all
    }

    /// Each minute and dimension with its rows: the bytes of the value, without the name that the key has, and the rest.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&MinuteKey, impl Iterator<Item = (&[u8], RowView<'_>)>)> {
        let mut begin = 0;
        self.pieces.iter().map(move |piece| {
            let rows = self.rows.get(begin..piece.end).unwrap_or_default();
            begin = piece.end;
            (&piece.key, rows.iter().map(|row| (self.part(row.value), self.view(&piece.key, row))))
        })
    }

    /// A row without its value: that it is a text was checked when the frame was read, and need not be again.
    fn view(&self, key: &MinuteKey, row: &Row) -> RowView<'_> {
        let VisitSums { visits, bounces, visit_ms, engaged_ms, converted, quality } = row.visits;
        RowView {
            start_ms: key.start_ms,
            dimension: key.dimension,
            value: "",
            pageviews: row.pageviews,
            events: row.events,
            visitors: self.part(row.visitors),
            sessions: self.part(row.sessions),
            visits,
            bounces,
            visit_ms,
            engaged_ms,
            converted,
            quality,
            revenue: match row.revenue.as_slice() {
                [] => BTreeMap::new(),
                some => some.iter().map(|(currency, micros)| (self.text(*currency), *micros)).collect(),
            },
        }
    }

    fn part(&self, span: Span) -> &[u8] {
        self.bytes.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    fn text(&self, span: Span) -> &str {
        std::str::from_utf8(self.part(span)).unwrap_or_default()
    }
}

impl Span {
    /// Where a part of `bytes` lies.
    fn of(bytes: &[u8], part: &[u8]) -> Self {
        if part.is_empty() {
            return Self::default();
        }
        let start = (part.as_ptr() as usize).wrapping_sub(bytes.as_ptr() as usize);
        let end = start.wrapping_add(part.len());
        Self { start: u32::try_from(start).unwrap_or_default(), end: u32::try_from(end).unwrap_or_default() }
    }
}

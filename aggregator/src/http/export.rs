//! `GET /api/v1/export`: a site's single events, streamed as they are read.
//!
//! | parameter | meaning |
//! |---|---|
//! | `tracking_id` | the site |
//! | `start`, `end` | the span, as in a question: dates of the site's zone, or instants |
//! | `format` | `csv`, `parquet` or `ndjson`; default: the first of them that `Accept` names, else `ndjson` |
//!
//! Events come one visitor after the other, each one's in the order of time. Memory stays small however many there are:
//! reading waits for the one who reads. Parquet has the columns of a segment ([`events::schema`]).

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use domain::query::Period;
use domain::zone::Zone;
use events::store::Budget;
use events::write::{SegmentWriter, WriteError};
use futures_util::stream;
use tokio::sync::mpsc;
use wire::query::{DateRange, Span};

use super::access::Access;
use super::refusal::Refusal;
use super::table::{Form, Text};
use super::{Shared, parameters};
use crate::clock::now_ms;
use crate::ledger;
use crate::questions::{self, GivesUp, RawError, RawEvents};

/// Longest that an export may take: some tens of millions of events.
const EXPORT_TIME_MAX: Duration = Duration::from_secs(60 * 60);

/// Bytes that are sent at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// Chunks that wait for a slow reader.
const CHUNKS_MAX: usize = 4;

/// Rows of a row group of Parquet, and of a batch of them: encoded, one is about 2 MB, whatever is exported.
const ROW_GROUP_ROWS: usize = 32_768;
const EVENTS_AT_ONCE: usize = 4096;

/// Columns of a table of events: all that an event may bear.
const COLUMNS: [&str; 30] = [
    "at_ms",
    "id",
    "visitor",
    "session",
    "event_type",
    "hostname",
    "path",
    "title",
    "referrer",
    "source",
    "channel",
    "country",
    "region",
    "city",
    "device",
    "browser",
    "browser_version",
    "os",
    "os_version",
    "screen",
    "language",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "goals",
    "engaged_ms",
    "revenue",
    "properties",
];

/// Streams events.
pub async fn export(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let names = ["tracking_id", "start", "end", "format"];
    let [tracking_id, start, end, format] = parameters::named(names, query.as_deref())?;
    let tracking_id = domain::accept::tracking_id(tracking_id.as_deref());
    let tracking_id = tracking_id.map_err(|e| parameters::wrong("tracking_id", &e.detail))?;
    let form = match format.as_deref() {
        Some(name) => Form::named(name).ok_or_else(|| parameters::wrong("format", "must be csv, ndjson or parquet"))?,
        // Whoever accepts nothing of it gets lines, as ever.
        None => Form::accepted(&headers).ok().flatten().unwrap_or(Form::Text(Text::Lines)),
    };
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let settings = service.lookups.read(move |connection| ledger::settings::read(connection, site)).await?;
    let zone = Zone::named(&settings.time_zone).unwrap_or_default();
    let span = Span::Between(DateRange { start: start.unwrap_or_default(), end: end.unwrap_or_default() });
    let period = Period::of(&span, &zone, now_ms(), None, "date_range").map_err(|e| {
        let name = e.field.strip_prefix("date_range.").unwrap_or("end");
        parameters::wrong(name, &e.detail)
    })?;
    let store = service.questions.raw.clone().filter(|_| settings.keeps_events).ok_or(RawError::None)?;
    let place =
        tokio::time::timeout(crate::service::QUERY_TIME_MAX, service.questions.scans(site).acquire_owned()).await;
    let Ok(Ok(place)) = place else { return Err(RawError::Busy.into()) };
    let budget = questions::budget(EXPORT_TIME_MAX);
    let giving_up = GivesUp(Arc::clone(&budget));
    let (sender, receiver) = mpsc::channel(CHUNKS_MAX);
    let table = Table { form, declared: settings.properties };
    tokio::task::spawn_blocking(move || {
        write(&*store, &tracking_id, period, &table, &budget, &sender);
        drop(place);
    });
    // When the reader goes away the stream is dropped, and with it what tells the scan.
    let chunks = stream::unfold((receiver, giving_up), |(mut receiver, giving_up)| async move {
        receiver.recv().await.map(|chunk| (chunk, (receiver, giving_up)))
    });
    let name = format!("attachment; filename=\"events.{}\"", form.name());
    let head = [(header::CONTENT_TYPE, form.media_type().to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((head, Body::from_stream(chunks)).into_response())
}

type Chunk = Result<Bytes, RawError>;

/// What is written.
struct Table {
    form: Form,
    /// Properties that have a column of their own, in Parquet.
    declared: Vec<String>,
}

/// Reads events and hands them on in chunks. An error breaks the answer off, so that nobody takes a part for the whole.
fn write(
    store: &dyn RawEvents,
    site: &str,
    period: Period,
    table: &Table,
    budget: &Budget,
    sender: &mpsc::Sender<Chunk>,
) {
    let mut outlet = Outlet { chunk: Vec::new(), sender };
    let done = match table.form {
        Form::Text(text) => lines(store, site, period, text, budget, &mut outlet),
        Form::Parquet => columns(store, site, period, &table.declared, budget, &mut outlet),
    };
    // Whoever is gone misses nothing.
    let _ = match done {
        Ok(()) => outlet.flush(),
        Err(e) => {
            tracing::warn!("an export ended early: {e}");
            sender.blocking_send(Err(e)).map_err(io::Error::other)
        }
    };
}

/// A line for each event.
fn lines(
    store: &dyn RawEvents,
    site: &str,
    period: Period,
    text: Text,
    budget: &Budget,
    outlet: &mut Outlet<'_>,
) -> Result<(), RawError> {
    let mut written = outlet.write_all(text.head(&COLUMNS).as_bytes());
    store.ordered(site, period.start_ms..period.end_ms, budget, &mut |event| {
        // Plain data always makes JSON.
        let object = serde_json::to_value(&event).unwrap_or_default();
        if written.is_ok() {
            written = outlet.write_all(text.object(&COLUMNS, &object).as_bytes());
        }
        if written.is_err() {
            budget.is_given_up.store(true, Ordering::Relaxed);
        }
    })?;
    written.map_err(|e| RawError::Failed(e.to_string()))
}

/// Events as a segment has them.
fn columns(
    store: &dyn RawEvents,
    site: &str,
    period: Period,
    declared: &[String],
    budget: &Budget,
    outlet: &mut Outlet<'_>,
) -> Result<(), RawError> {
    let failed = |e: WriteError| RawError::Failed(e.to_string());
    let mut file = SegmentWriter::with_row_groups(outlet, declared, ROW_GROUP_ROWS).map_err(failed)?;
    let (mut some, mut written) = (Vec::with_capacity(EVENTS_AT_ONCE), Ok(()));
    let read = store.ordered(site, period.start_ms..period.end_ms, budget, &mut |event| {
        some.push(event);
        if some.len() >= EVENTS_AT_ONCE {
            if written.is_ok() {
                written = file.push_events(&some);
            }
            some.clear();
        }
        if written.is_err() {
            budget.is_given_up.store(true, Ordering::Relaxed);
        }
    });
    written.map_err(failed)?;
    read?;
    file.push_events(&some).map_err(failed)?;
    file.finish().map(drop).map_err(failed)
}

/// Sends what is written, a chunk after the other. Fails when nobody reads any more.
struct Outlet<'a> {
    chunk: Vec<u8>,
    sender: &'a mpsc::Sender<Chunk>,
}

impl Write for Outlet<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = CHUNK_BYTES.saturating_sub(self.chunk.len());
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.chunk.extend_from_slice(taken);
        if self.chunk.len() >= CHUNK_BYTES {
            self.flush()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let chunk = Bytes::from(std::mem::take(&mut self.chunk));
        self.sender.blocking_send(Ok(chunk)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

#[cfg(test)]
mod tests;

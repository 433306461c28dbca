//! `GET /api/v1/export`: a site's single events, streamed as they are read.
//!
//! | parameter | meaning |
//! |---|---|
//! | `tracking_id` | the site |
//! | `start`, `end` | the span, as in a question: dates of the site's zone, or instants |
//! | `format` | `csv` or `ndjson` (default) |
//!
//! Events come one visitor after the other, each one's in the order of time. Memory stays small however many there are:
//! reading waits for the one who reads.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::query::Period;
use domain::zone::Zone;
use events::store::Budget;
use futures_util::stream;
use tokio::sync::mpsc;
use wire::frame::RawEvent;
use wire::query::{DateRange, Span};

use super::access::Access;
use super::refusal::Refusal;
use super::table::Form;
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

/// Columns of a table of events; objects have more, of which each event bears its own.
const COLUMNS: [&str; 28] = [
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
) -> Result<Response, Refusal> {
    let names = ["tracking_id", "start", "end", "format"];
    let [tracking_id, start, end, format] = parameters::named(names, query.as_deref())?;
    let tracking_id = domain::accept::tracking_id(tracking_id.as_deref());
    let tracking_id = tracking_id.map_err(|e| parameters::wrong("tracking_id", &e.detail))?;
    let form = Form::named(format.as_deref().unwrap_or("ndjson"));
    let form = form.ok_or_else(|| parameters::wrong("format", "must be csv or ndjson"))?;
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
    tokio::task::spawn_blocking(move || {
        write(&*store, &tracking_id, period, form, &budget, &sender);
        drop(place);
    });
    // When the reader goes away the stream is dropped, and with it what tells the scan.
    let chunks = stream::unfold((receiver, giving_up), |(mut receiver, giving_up)| async move {
        receiver.recv().await.map(|chunk| (chunk, (receiver, giving_up)))
    });
    let name = format!("attachment; filename=\"events.{}\"", if form == Form::Csv { "csv" } else { "ndjson" });
    let head = [(header::CONTENT_TYPE, form.media_type().to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((head, Body::from_stream(chunks)).into_response())
}

type Chunk = Result<Bytes, RawError>;

/// Reads events and hands them on in chunks. An error breaks the answer off, so that nobody takes a part for the whole.
fn write(store: &dyn RawEvents, site: &str, period: Period, form: Form, budget: &Budget, sender: &mpsc::Sender<Chunk>) {
    let mut chunk = form.head(&COLUMNS);
    let mut is_read = true;
    let mut take = |event: RawEvent| {
        // Plain data always makes JSON.
        let object = serde_json::to_value(&event).unwrap_or_default();
        chunk.push_str(&form.object(&COLUMNS, &object));
        if chunk.len() >= CHUNK_BYTES && is_read {
            is_read = sender.blocking_send(Ok(Bytes::from(std::mem::take(&mut chunk)))).is_ok();
        }
        if !is_read {
            budget.is_given_up.store(true, std::sync::atomic::Ordering::Relaxed);
            chunk.clear();
        }
    };
    let done = store.ordered(site, period.start_ms..period.end_ms, budget, &mut take);
    // Whoever is gone misses nothing.
    let _ = match done {
        Ok(()) => sender.blocking_send(Ok(Bytes::from(chunk))),
        Err(e) => {
            tracing::warn!("an export ended early: {e}");
            sender.blocking_send(Err(e))
        }
    };
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use domain::query::{Found, Question};

    use super::*;

    /// Events in memory; one more than there are is asked for in vain.
    struct Kept {
        events: usize,
        breaks: bool,
    }

    impl RawEvents for Kept {
        fn aggregate(&self, _: &str, _: &Question, _: &Budget) -> Result<Found, RawError> {
            Err(RawError::None)
        }

        fn ordered(
            &self,
            _: &str,
            span: Range<u64>,
            budget: &Budget,
            take: &mut dyn FnMut(RawEvent),
        ) -> Result<(), RawError> {
            for at_ms in span.take(self.events) {
                if budget.is_spent() {
                    return Err(RawError::TooLong);
                }
                take(RawEvent { at_ms, event_type: "=pageview".to_owned(), ..RawEvent::default() });
            }
            if self.breaks { Err(RawError::Failed("the disk".to_owned())) } else { Ok(()) }
        }
    }

    fn exported(kept: Kept, form: Form, chunks_read: usize) -> (Vec<Chunk>, bool) {
        let (sender, mut receiver) = mpsc::channel(CHUNKS_MAX);
        let budget = questions::budget(EXPORT_TIME_MAX);
        let writing = Arc::clone(&budget);
        let period = Period { start_ms: 5, end_ms: 1_000_000 };
        let writer = std::thread::spawn(move || write(&kept, "UA-1", period, form, &writing, &sender));
        let chunks = (0..chunks_read).map_while(|_| receiver.blocking_recv()).collect();
        drop(receiver);
        assert!(writer.join().is_ok());
        (chunks, budget.is_spent())
    }

    #[test]
    fn every_event_is_written_once_and_in_small_chunks() {
        let (chunks, _) = exported(Kept { events: 20_000, breaks: false }, Form::Csv, usize::MAX);
        assert!(chunks.len() > 5 && chunks.iter().flatten().all(|chunk| chunk.len() < CHUNK_BYTES + 1000));
        let all: Vec<u8> = chunks.into_iter().flatten().flatten().collect();
        let text = String::from_utf8(all).unwrap_or_default();
        assert_eq!(text.lines().count(), 20_001);
        assert!(text.starts_with("at_ms,id,visitor,") && text.contains("\r\n5,") && text.contains(",\"'=pageview\","));
        let (chunks, _) = exported(Kept { events: 2, breaks: false }, Form::Lines, usize::MAX);
        let all: Vec<u8> = chunks.into_iter().flatten().flatten().collect();
        let events = all.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let events: Vec<u64> =
            events.filter_map(|line| Some(serde_json::from_slice::<RawEvent>(line).ok()?.at_ms)).collect();
        assert_eq!(events, [5, 6]);
    }

    #[test]
    fn what_breaks_off_is_no_whole_answer_and_who_leaves_stops_the_scan() {
        let (chunks, _) = exported(Kept { events: 1, breaks: true }, Form::Csv, usize::MAX);
        assert!(matches!(chunks.last(), Some(Err(RawError::Failed(_)))));
        let (_, is_given_up) = exported(Kept { events: 100_000, breaks: false }, Form::Csv, 1);
        assert!(is_given_up);
    }
}

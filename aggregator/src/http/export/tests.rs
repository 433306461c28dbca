use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use domain::analysis::{Analysis, Analyzed};
use domain::behaviour::{PersonTest, Sets};
use domain::query::{Found, Question};
use events::{batch, read, schema};
use wire::Id128;
use wire::event::Property;
use wire::frame::{Money, RawEvent};

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

    fn analyze(&self, _: &str, _: &Analysis, _: &Budget) -> Result<Analyzed, RawError> {
        Err(RawError::None)
    }

    fn members(&self, _: &str, _: &[Arc<PersonTest>], _: &Budget) -> Result<(Sets, u64), RawError> {
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
            // As good as drawn, so that it takes its 16 bytes in any form.
            let id = Id128(u128::from(at_ms).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes());
            take(RawEvent { id, at_ms, event_type: "=pageview".to_owned(), ..RawEvent::default() });
        }
        if self.breaks { Err(RawError::Failed("the disk".to_owned())) } else { Ok(()) }
    }
}

const CSV: Form = Form::Text(Text::Csv);
const LINES: Form = Form::Text(Text::Lines);

fn exported(kept: Kept, form: Form, chunks_read: usize) -> (Vec<Chunk>, bool) {
    let (sender, mut receiver) = mpsc::channel(CHUNKS_MAX);
    let budget = questions::budget(EXPORT_TIME_MAX);
    let writing = Arc::clone(&budget);
    let table = Table { form, declared: vec!["plan".to_owned()] };
    let period = Period { start_ms: 5, end_ms: 1_000_000 };
    let writer = std::thread::spawn(move || write(&kept, "UA-1", period, &table, &writing, &sender));
    let chunks = (0..chunks_read).map_while(|_| receiver.blocking_recv()).collect();
    drop(receiver);
    assert!(writer.join().is_ok());
    (chunks, budget.is_spent())
}

#[test]
fn every_event_is_written_once_and_in_small_chunks() {
    let (chunks, _) = exported(Kept { events: 20_000, breaks: false }, CSV, usize::MAX);
    assert!(chunks.len() > 5 && chunks.iter().flatten().all(|chunk| chunk.len() < CHUNK_BYTES + 1000));
    let all: Vec<u8> = chunks.into_iter().flatten().flatten().collect();
    let text = String::from_utf8(all).unwrap_or_default();
    assert_eq!(text.lines().count(), 20_001);
    assert!(text.starts_with("at_ms,id,visitor,") && text.contains("\r\n5,") && text.contains(",\"'=pageview\","));
    let (chunks, _) = exported(Kept { events: 2, breaks: false }, LINES, usize::MAX);
    let all: Vec<u8> = chunks.into_iter().flatten().flatten().collect();
    let events = all.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let events: Vec<u64> =
        events.filter_map(|line| Some(serde_json::from_slice::<RawEvent>(line).ok()?.at_ms)).collect();
    assert_eq!(events, [5, 6]);
}

#[test]
fn what_breaks_off_is_no_whole_answer_and_who_leaves_stops_the_scan() {
    let (chunks, _) = exported(Kept { events: 1, breaks: true }, CSV, usize::MAX);
    assert!(matches!(chunks.last(), Some(Err(RawError::Failed(_)))));
    let (_, is_given_up) = exported(Kept { events: 100_000, breaks: false }, CSV, 1);
    assert!(is_given_up);
}

/// An event with something in every field.
fn full() -> RawEvent {
    let text = |text: &str| text.to_owned();
    RawEvent {
        id: Id128([1; 16]),
        at_ms: 7,
        visitor: Some(Id128([2; 16])),
        session: Some(Id128([3; 16])),
        event_type: text("purchase"),
        hostname: text("shop.example"),
        path: text("/thanks"),
        title: text("Thanks"),
        referrer: text("news.example"),
        source: text("News"),
        channel: text("referral"),
        country: text("DE"),
        region: text("DE-BE"),
        city: text("Berlin, DE"),
        device: text("mobile"),
        browser: text("Firefox"),
        browser_version: text("Firefox 150"),
        os: text("Android"),
        os_version: text("Android 18"),
        screen: text("mobile"),
        language: text("de"),
        utm_source: text("letter"),
        utm_medium: text("email"),
        utm_campaign: text("spring"),
        utm_content: text("button"),
        utm_term: text("shoes"),
        goals: vec![text("Bought"), text("Seen")],
        revenue: Some(Money { currency: text("EUR"), micros: 12_500_000 }),
        engaged_ms: 900,
        properties: BTreeMap::from([(text("plan"), Property::Text(text("pro")))]),
    }
}

#[test]
fn a_table_has_all_that_an_event_may_bear() {
    let event = serde_json::to_value(full()).unwrap_or_default();
    let fields: BTreeSet<&str> =
        event.as_object().into_iter().flat_map(|object| object.keys()).map(|key| &**key).collect();
    assert_eq!(BTreeSet::from(COLUMNS), fields);
    assert!(schema::TEXTS.iter().all(|name| COLUMNS.contains(name)));
}

#[test]
fn parquet_holds_what_lines_say_a_row_group_at_a_time() {
    let events = 2 * ROW_GROUP_ROWS + 1;
    let (chunks, _) = exported(Kept { events, breaks: false }, Form::Parquet, usize::MAX);
    assert!(chunks.iter().flatten().all(|chunk| chunk.len() <= CHUNK_BYTES));
    let file: Vec<u8> = chunks.into_iter().flatten().flatten().collect();
    let file = Bytes::from(file);
    let groups = read::row_groups(file.clone()).unwrap_or_default();
    assert_eq!(groups, [ROW_GROUP_ROWS as u64, ROW_GROUP_ROWS as u64, 1]);
    let batches = read::batches(file).unwrap_or_else(|e| panic!("{e}"));
    let batches: Vec<_> = batches.map(|batch| batch.unwrap_or_else(|e| panic!("{e}"))).collect();
    assert!(batches.iter().all(|batch| batch.column_by_name("property:plan").is_some()));
    let found: Vec<RawEvent> = batches.iter().flat_map(|batch| batch::events(batch).unwrap_or_default()).collect();
    let (chunks, _) = exported(Kept { events, breaks: false }, LINES, usize::MAX);
    let lines: Vec<u8> = chunks.into_iter().flatten().flatten().collect();
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let expect: Vec<RawEvent> = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
    assert!(expect.len() == events && found == expect);
}

#[test]
fn parquet_that_breaks_off_is_no_file_and_who_leaves_stops_the_scan() {
    let (chunks, _) = exported(Kept { events: 1, breaks: true }, Form::Parquet, usize::MAX);
    assert!(matches!(chunks.last(), Some(Err(RawError::Failed(_)))));
    let (_, is_given_up) = exported(Kept { events: 2 * ROW_GROUP_ROWS, breaks: false }, Form::Parquet, 1);
    assert!(is_given_up);
}

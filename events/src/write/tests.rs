use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::ParquetMetaData;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::batch::tests::event;

fn read(bytes: Vec<u8>) -> (Vec<RawEvent>, ParquetMetaData) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).unwrap_or_else(|e| panic!("{e}"));
    let metadata = reader.metadata().as_ref().clone();
    let batches = reader.build().unwrap_or_else(|e| panic!("{e}"));
    let events = |batch: RecordBatch| batch::events(&batch).unwrap_or_else(|e| panic!("{e}"));
    (batches.flat_map(|batch| events(batch.unwrap_or_else(|e| panic!("{e}")))).collect(), metadata)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_segment_holds_its_events_in_order(mut given in vec(event(), 0..50)) {
        let (bytes, written) = to_bytes(given.clone(), &["a".to_owned()]).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(written.bytes, bytes.len() as u64);
        let (found, _) = read(bytes);
        given.sort_by_key(batch::key);
        prop_assert_eq!(&found, &given);
        let times = || given.iter().map(|event| event.at_ms);
        let expected = Written {
            events: given.len() as u64,
            bytes: written.bytes,
            first_ms: times().min().unwrap_or_default(),
            last_ms: times().max().unwrap_or_default(),
            id_checksum: given.iter().fold(Id128::default(), |sum, event| sum.xor(event.id)),
        };
        prop_assert_eq!(written, expected);
    }
}

fn numbered(number: usize) -> RawEvent {
    let id = |number: usize| Id128((number as u128 + 1).to_be_bytes());
    RawEvent {
        id: id(number),
        at_ms: 1_760_000_000_000 + number as u64,
        visitor: Some(id(number / 4)),
        session: Some(id(number / 4)),
        event_type: "pageview".to_owned(),
        path: format!("/products/{}", number % 40_000),
        title: format!("A product whose name is rather long, as they are: {}", number % 40_000),
        device: "desktop".to_owned(),
        ..RawEvent::default()
    }
}

/// Row groups are of the size said, texts stay dictionaries, and the reader can skip by statistics.
#[test]
fn a_long_segment_is_cut_into_row_groups() {
    let rows = ROW_GROUP_ROWS + 1000;
    let (bytes, written) = to_bytes((0..rows).map(numbered).collect(), &[]).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(written.events, rows as u64);
    let (found, metadata) = read(bytes);
    assert_eq!(found.len(), rows);
    let groups: Vec<i64> = metadata.row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(groups, [ROW_GROUP_ROWS as i64, 1000]);
    for column in metadata.row_groups().iter().flat_map(|group| group.columns()) {
        let name = column.column_path().string();
        assert_eq!(column.statistics().is_some(), name != schema::ID && name != schema::PROPERTIES, "{name}");
        if schema::TEXTS.contains(&name.as_str()) {
            let data_encodings = column.page_encoding_stats_mask().map(|mask| mask.is_only(Encoding::RLE_DICTIONARY));
            assert_eq!(data_encodings, Some(true), "{name}");
        }
    }
}

#[test]
fn disorder_is_refused() {
    let mut segment = SegmentWriter::new(Vec::new(), &[]).unwrap_or_else(|e| panic!("{e}"));
    assert!(segment.push_events(&[numbered(9)]).is_ok());
    assert!(matches!(segment.push_events(&[numbered(1)]), Err(WriteError::Disorder)));
}

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMillisecondType};
use arrow_schema::{DataType, TimeUnit};
use bytes::Bytes;
use domain::query::{Buckets, Condition};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use wire::site::VisitorMode;

use super::*;

fn question(time: Option<Dimension>, by: &[Dimension], metrics: &[Metric]) -> Question {
    let buckets = time.map(|dimension| Buckets { dimension, starts: vec![], labels: vec![], cycle: vec![] });
    Question {
        site: "UA-1".to_owned(),
        start_ms: 0,
        end_ms: 1,
        buckets,
        by: by.to_vec(),
        metrics: metrics.to_vec(),
        condition: Condition::All(vec![]),
        visitors: VisitorMode::default(),
        sample: None,
        order: vec![],
        offset: 0,
        limit: 10,
    }
}

fn rows(rows: Value) -> Vec<Row> {
    serde_json::from_value(rows).unwrap()
}

fn read(file: Vec<u8>) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file)).unwrap().build().unwrap();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    let schema = batches.first().map(RecordBatch::schema).unwrap();
    arrow_select::concat::concat_batches(&schema, &batches).unwrap()
}

#[test]
fn rows_come_back_by_the_types_of_the_question() {
    let question =
        question(Some(Dimension::Hour), &[Dimension::Page], &[Metric::Pageviews, Metric::BounceRate, Metric::Revenue]);
    let rows = rows(json!([
        {"hour": "2026-02-02T01:00:00+01:00", "page": "/a", "pageviews": 3, "bounce_rate": 12.5, "revenue": {"EUR": 1.5, "USD": 2.0}},
        {"hour": "2026-02-02T02:00:00+01:00", "page": "", "pageviews": 0, "bounce_rate": 0.0, "revenue": {}},
    ]));
    let table = read(of_rows(&question, &rows).unwrap());
    let names: Vec<_> = table.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["hour", "page", "pageviews", "bounce_rate", "revenue"]);
    assert_eq!(table.column(0).data_type(), &DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())));
    let hours = table.column(0).as_primitive::<TimestampMillisecondType>().values().to_vec();
    assert_eq!(hours, [1_769_990_400_000, 1_769_994_000_000]);
    let pages = table.column(1).as_dictionary::<Int32Type>().downcast_dict::<arrow_array::StringArray>().unwrap();
    assert_eq!(pages.into_iter().map(Option::unwrap).collect::<Vec<_>>(), ["/a", ""]);
    assert_eq!(table.column(2).as_primitive::<Int64Type>().values().to_vec(), [3, 0]);
    assert_eq!(table.column(3).as_primitive::<Float64Type>().values().to_vec(), [12.5, 0.0]);
    let revenue = table.column(4).as_map();
    assert_eq!((revenue.value_length(0), revenue.value_length(1)), (2, 0));
    let currencies: Vec<_> = revenue.keys().as_string::<i32>().iter().flatten().collect();
    assert_eq!(currencies, ["EUR", "USD"]);
    assert_eq!(revenue.values().as_primitive::<Float64Type>().values().to_vec(), [1.5, 2.0]);
}

#[test]
fn days_are_days_and_an_answer_without_rows_has_its_columns() {
    for (dimension, name) in
        [(Dimension::Date, "date"), (Dimension::Week, "week"), (Dimension::Month, "month"), (Dimension::Year, "year")]
    {
        let question = question(Some(dimension), &[], &[Metric::Visits]);
        let rows = rows(json!([{name: "1970-01-02", "visits": 1}, {name: "2026-01-01", "visits": 2}]));
        let table = read(of_rows(&question, &rows).unwrap());
        assert_eq!(table.column(0).as_primitive::<Date32Type>().values().to_vec(), [1, 20_454], "{name}");
        let empty = of_rows(&question, &[]).unwrap();
        let empty = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(empty)).unwrap();
        assert_eq!(empty.schema().fields(), table.schema().fields(), "{name}");
    }
}

#[test]
fn a_cycle_of_time_is_text_and_a_value_of_another_type_is_told() {
    let question = question(Some(Dimension::HourOfWeek), &[], &[Metric::Quality]);
    let table = read(of_rows(&question, &rows(json!([{"hour_of_week": "1T00", "quality": 5.0}]))).unwrap());
    assert_eq!(table.column(0).data_type(), &crate::batch::text_type());
    let wrong = of_rows(&question, &rows(json!([{"hour_of_week": "1T00", "quality": "much"}])));
    assert!(matches!(wrong, Err(TableError::Value { column, .. }) if column == "quality"));
}

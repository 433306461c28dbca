//! An answer's rows as Parquet: one column for each dimension and metric, in the order of the question.
//!
//! | column | type |
//! |---|---|
//! | `hour`, `minute` | timestamp, milliseconds UTC |
//! | `date`, `week`, `month`, `year` | date on which it begins, of the answer's zone |
//! | other dimensions | text, dictionary |
//! | metrics that count | Int64 |
//! | means and shares | Double |
//! | `revenue`, `average_order`, `revenue_per_visitor` | map of currency to Double |
//!
//! Types come from the question alone, so that every answer to it has the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, MapBuilder, MapFieldNames, StringBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, Date32Array, DictionaryArray, Float64Array, Int64Array, RecordBatch, TimestampMillisecondArray,
};
use arrow_schema::{ArrowError, Field, Schema};
use domain::query::Question;
use jiff::Timestamp;
use jiff::civil::Date;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use wire::query::{Cell, Dimension, Metric, Row};

/// Rows of a row group.
const ROW_GROUP_ROWS: usize = 8192;

/// 1970-01-01, from which days are counted.
const FIRST_DAY: Date = Date::constant(1970, 1, 1);

/// Why rows did not become a table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A value is not of its column's type.
    #[error("column {column}: {value} is no {kind:?}")]
    Value {
        /// The column.
        column: String,
        /// What it should be.
        kind: Kind,
        /// What it is.
        value: String,
    },
    /// Arrow's own.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// Parquet's own.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An instant.
    Instant,
    /// A day of the calendar.
    Day,
    /// A text.
    Text,
    /// How many.
    Count,
    /// A mean or a share.
    Number,
    /// Amounts by currency.
    Money,
}

impl Kind {
    fn of_dimension(dimension: Dimension) -> Self {
        match dimension {
            Dimension::Hour | Dimension::Minute => Self::Instant,
            Dimension::Date | Dimension::Week | Dimension::Month | Dimension::Year => Self::Day,
            _ => Self::Text,
        }
    }

    fn of_metric(metric: Metric) -> Self {
        match metric {
            Metric::Pageviews
            | Metric::Events
            | Metric::UniqueUsers
            | Metric::ActiveUsers
            | Metric::Visits
            | Metric::Conversions
            | Metric::Orders => Self::Count,
            Metric::Revenue | Metric::AverageOrder | Metric::RevenuePerVisitor => Self::Money,
            Metric::BounceRate
            | Metric::VisitDuration
            | Metric::ViewsPerVisit
            | Metric::EngagedTime
            | Metric::ConversionRate
            | Metric::Quality
            | Metric::EventsPerVisitor
            | Metric::Percentage => Self::Number,
        }
    }
}

/// The rows of the answer to a question, as a file of Parquet.
///
/// # Errors
/// [`TableError`] when they are no rows of this question's.
pub fn of_rows(question: &Question, rows: &[Row]) -> Result<Vec<u8>, TableError> {
    let time = question.buckets.as_ref().map(|buckets| buckets.dimension);
    let dimensions = time.iter().chain(&question.by).map(|one| (one.to_string(), Kind::of_dimension(*one)));
    let metrics = question.metrics.iter().map(|one| (one.name().to_owned(), Kind::of_metric(*one)));
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (name, kind) in dimensions.chain(metrics) {
        let column = column(&name, kind, rows)?;
        fields.push(Field::new(name, column.data_type().clone(), true));
        columns.push(column);
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
    let properties = WriterProperties::builder()
        .set_created_by(concat!("tidemark ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build();
    let mut file = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
    file.write(&batch)?;
    Ok(file.into_inner()?)
}

/// One column. A row without it has nothing there.
fn column(name: &str, kind: Kind, rows: &[Row]) -> Result<ArrayRef, TableError> {
    let of = Of { name, kind, rows };
    Ok(match kind {
        Kind::Instant => Arc::new(TimestampMillisecondArray::from(of.cells(instant)?).with_timezone("UTC")),
        Kind::Day => Arc::new(Date32Array::from(of.cells(day)?)),
        Kind::Text => Arc::new(DictionaryArray::<Int32Type>::from_iter(of.cells(text)?)),
        Kind::Count => Arc::new(Int64Array::from(of.cells(count)?)),
        Kind::Number => Arc::new(Float64Array::from(of.cells(number)?)),
        Kind::Money => {
            let mut column = MapBuilder::new(Some(map_names()), StringBuilder::new(), Float64Builder::new());
            for amounts in of.cells(money)? {
                for (currency, amount) in amounts.into_iter().flatten() {
                    column.keys().append_value(currency);
                    column.values().append_value(*amount);
                }
                column.append(amounts.is_some())?;
            }
            Arc::new(column.finish())
        }
    })
}

/// The names that Parquet gives the parts of a map.
fn map_names() -> MapFieldNames {
    MapFieldNames { entry: "key_value".to_owned(), key: "key".to_owned(), value: "value".to_owned() }
}

/// What a column is made of.
struct Of<'a> {
    name: &'a str,
    kind: Kind,
    rows: &'a [Row],
}

impl<'a> Of<'a> {
    fn cells<T>(&self, read: impl Fn(&'a Cell) -> Option<T>) -> Result<Vec<Option<T>>, TableError> {
        let wrong = |cell: &Cell| TableError::Value {
            column: self.name.to_owned(),
            kind: self.kind,
            value: format!("{cell:?}"),
        };
        let cells = self.rows.iter().map(|row| row.get(self.name));
        cells.map(|cell| cell.map(|cell| read(cell).ok_or_else(|| wrong(cell))).transpose()).collect()
    }
}

fn instant(cell: &Cell) -> Option<i64> {
    text(cell)?.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

fn day(cell: &Cell) -> Option<i32> {
    let day: Date = text(cell)?.parse().ok()?;
    FIRST_DAY.until(day).ok().map(|span| span.get_days())
}

fn text(cell: &Cell) -> Option<&str> {
    if let Cell::Text(text) = cell { Some(text) } else { None }
}

fn count(cell: &Cell) -> Option<i64> {
    if let Cell::Count(count) = cell { i64::try_from(*count).ok() } else { None }
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number(number) => Some(*number),
        Cell::Count(count) => Some(*count as f64),
        Cell::Money(_) | Cell::Text(_) => None,
    }
}

fn money(cell: &Cell) -> Option<&BTreeMap<String, f64>> {
    if let Cell::Money(amounts) = cell { Some(amounts) } else { None }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

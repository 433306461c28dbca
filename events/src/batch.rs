//! Events as columns, and columns as events: for segments, for what is not sealed yet, and for reading back.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    FixedSizeBinaryBuilder, Int64Builder, StringDictionaryBuilder, TimestampMillisecondBuilder, UInt64Builder,
};
use arrow_array::types::Int32Type;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use domain::rollup;
use wire::Id128;
use wire::event::Property;
use wire::frame::{PART, RawEvent};

pub use arrow_array::RecordBatch;

use crate::columns::Columns;
use crate::schema;

/// Bytes of an event's id.
const ID_BYTES: i32 = 16;

/// Why events did not become columns, or columns events.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A column is missing, or of another type than [`schema`] says.
    #[error("column {0} is missing or of another type")]
    Column(String),
    /// Custom properties that are no JSON object.
    #[error("column properties: {0}")]
    Properties(#[from] serde_json::Error),
    /// Arrow's own.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}

/// The order of events within a segment: visitor, time, id. Those without a visitor come first.
pub type Key = (Id128, u64, Id128);

/// Where an event belongs in that order.
pub fn key(event: &RawEvent) -> Key {
    (event.visitor.unwrap_or_default(), event.at_ms, event.id)
}

/// The columns of events of a site that declares these properties.
pub fn schema(declared: &[String]) -> SchemaRef {
    let number = |name: &str, of: DataType| Field::new(name, of, false);
    let text = |name: &str| Field::new(name, text_type(), false);
    let mut fields = vec![
        number(schema::VISITOR, DataType::UInt64),
        number(schema::VISITOR_LOW, DataType::UInt64),
        number(schema::SESSION, DataType::UInt64),
        number(schema::SESSION_LOW, DataType::UInt64),
        number(schema::AT, DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))),
        number(schema::ID, DataType::FixedSizeBinary(ID_BYTES)),
    ];
    fields.extend(schema::TEXTS.iter().map(|name| text(name)));
    fields.push(text(schema::GOALS));
    fields.push(text(schema::CURRENCY));
    fields.push(number(schema::REVENUE, DataType::Int64));
    fields.push(number(schema::ENGAGED, DataType::UInt64));
    fields.push(text(schema::PROPERTIES));
    fields.extend(declared.iter().map(|name| text(&property_column(name))));
    Arc::new(Schema::new(fields))
}

/// Events as columns, in the order given. `declared` properties get a column each.
///
/// # Errors
/// [`BatchError::Arrow`] when there are more than 2^31 of them.
pub fn of_events(events: &[RawEvent], declared: &[String]) -> Result<RecordBatch, BatchError> {
    let mut columns: Vec<ArrayRef> = Vec::new();
    let halves = |half: fn(&RawEvent) -> u64| -> ArrayRef {
        let mut column = UInt64Builder::with_capacity(events.len());
        events.iter().for_each(|event| column.append_value(half(event)));
        Arc::new(column.finish())
    };
    columns.push(halves(|event| event.visitor.unwrap_or_default().high_bits()));
    columns.push(halves(|event| low_bits(event.visitor.unwrap_or_default())));
    columns.push(halves(|event| event.session.unwrap_or_default().high_bits()));
    columns.push(halves(|event| low_bits(event.session.unwrap_or_default())));
    let mut at = TimestampMillisecondBuilder::with_capacity(events.len()).with_timezone("UTC");
    let mut id = FixedSizeBinaryBuilder::with_capacity(events.len(), ID_BYTES);
    let mut texts = schema::TEXTS.map(|_| Texts::new());
    let (mut goals, mut currency, mut properties) = (Texts::new(), Texts::new(), Texts::new());
    let mut revenue = Int64Builder::with_capacity(events.len());
    let mut declared_texts: Vec<Texts> = declared.iter().map(|_| Texts::new()).collect();
    let part = PART.to_string();
    for event in events {
        at.append_value(i64::try_from(event.at_ms).unwrap_or(i64::MAX));
        id.append_value(event.id.0)?;
        for (column, text) in texts.iter_mut().zip(texts_of(event)) {
            column.append(text)?;
        }
        goals.append(event.goals.join(&part))?;
        currency.append(event.revenue.as_ref().map_or("", |money| money.currency.as_str()))?;
        revenue.append_value(event.revenue.as_ref().map_or(0, |money| money.micros));
        properties.append(properties_text(&event.properties)?)?;
        for (column, name) in declared_texts.iter_mut().zip(declared) {
            column.append(rollup::property_of(&event.properties, name).unwrap_or_default())?;
        }
    }
    columns.push(Arc::new(at.finish()));
    columns.push(Arc::new(id.finish()));
    columns.extend(texts.map(|mut column| Arc::new(column.finish()) as ArrayRef));
    columns.push(Arc::new(goals.finish()));
    columns.push(Arc::new(currency.finish()));
    columns.push(Arc::new(revenue.finish()));
    columns.push(halves(|event| event.engaged_ms));
    columns.push(Arc::new(properties.finish()));
    columns.extend(declared_texts.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef));
    Ok(RecordBatch::try_new(schema(declared), columns)?)
}

/// The events of a batch, in its order.
///
/// # Errors
/// [`BatchError`] when it is no batch of events.
pub fn events(batch: &RecordBatch) -> Result<Vec<RawEvent>, BatchError> {
    let columns = Columns::of(batch)?;
    (0..batch.num_rows()).map(|row| columns.event(row)).collect()
}

/// The column that a declared property stands in.
pub fn property_column(name: &str) -> String {
    [schema::PROPERTY, name].concat()
}

/// An event's fields in the order of [`schema::TEXTS`].
pub(crate) fn texts_of(event: &RawEvent) -> [&str; schema::TEXTS.len()] {
    [
        &event.event_type,
        &event.hostname,
        &event.path,
        &event.title,
        &event.referrer,
        &event.source,
        &event.channel,
        &event.country,
        &event.region,
        &event.city,
        &event.device,
        &event.browser,
        &event.browser_version,
        &event.os,
        &event.os_version,
        &event.screen,
        &event.language,
        &event.utm_source,
        &event.utm_medium,
        &event.utm_campaign,
        &event.utm_content,
        &event.utm_term,
    ]
}

pub(crate) fn text_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn properties_text(properties: &BTreeMap<String, Property>) -> Result<String, serde_json::Error> {
    if properties.is_empty() { Ok(String::new()) } else { serde_json::to_string(properties) }
}

fn low_bits(id: Id128) -> u64 {
    // The high half is cut off.
    u128::from_be_bytes(id.0) as u64
}

type Texts = StringDictionaryBuilder<Int32Type>;

#[cfg(test)]
pub(crate) mod tests;

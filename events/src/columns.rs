//! The columns of a batch, by name and type, and its rows read back as events.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMillisecondType, UInt64Type};
use arrow_array::{
    Array, DictionaryArray, FixedSizeBinaryArray, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
    UInt64Array,
};
use wire::Id128;
use wire::frame::{Money, PART, RawEvent};

use crate::batch::{BatchError, Key};
use crate::schema;

/// The columns of a batch of whole events.
pub struct Columns<'a> {
    visitor: Halves<'a>,
    session: Halves<'a>,
    at: &'a TimestampMillisecondArray,
    id: &'a FixedSizeBinaryArray,
    texts: Vec<Text<'a>>,
    goals: Text<'a>,
    currency: Text<'a>,
    revenue: &'a Int64Array,
    engaged: &'a UInt64Array,
    properties: Text<'a>,
}

impl<'a> Columns<'a> {
    /// Finds the columns of a batch.
    ///
    /// # Errors
    /// [`BatchError::Column`] names the one that is missing or of another type.
    pub fn of(batch: &'a RecordBatch) -> Result<Self, BatchError> {
        let at = find(batch, schema::AT, |column| column.as_primitive_opt::<TimestampMillisecondType>())?;
        let id = id_column(batch)?;
        Ok(Self {
            visitor: Halves::of(batch, schema::VISITOR, schema::VISITOR_LOW)?,
            session: Halves::of(batch, schema::SESSION, schema::SESSION_LOW)?,
            at,
            id,
            texts: schema::TEXTS.iter().map(|name| Text::of(batch, name)).collect::<Result<_, _>>()?,
            goals: Text::of(batch, schema::GOALS)?,
            currency: Text::of(batch, schema::CURRENCY)?,
            revenue: find(batch, schema::REVENUE, |column| column.as_primitive_opt::<Int64Type>())?,
            engaged: find(batch, schema::ENGAGED, |column| column.as_primitive_opt::<UInt64Type>())?,
            properties: Text::of(batch, schema::PROPERTIES)?,
        })
    }

    /// Where a row belongs in a segment's order. The row must be one of the batch's.
    pub fn key(&self, row: usize) -> Key {
        (self.visitor.id(row), self.at_ms(row), self.id(row))
    }

    /// When a row happened, Unix milliseconds.
    pub fn at_ms(&self, row: usize) -> u64 {
        u64::try_from(self.at.value(row)).unwrap_or_default()
    }

    /// A row's id.
    pub fn id(&self, row: usize) -> Id128 {
        id_at(self.id, row)
    }

    /// A row's visitor; zero for none.
    pub fn visitor(&self, row: usize) -> Id128 {
        self.visitor.id(row)
    }

    /// A row as an event.
    ///
    /// # Errors
    /// [`BatchError::Properties`] when its properties are no JSON object.
    pub fn event(&self, row: usize) -> Result<RawEvent, BatchError> {
        let mut texts = self.texts.iter().map(|text| text.value(row).to_owned());
        // There are as many as there are names.
        let mut text = || texts.next().unwrap_or_default();
        Ok(RawEvent {
            id: self.id(row),
            at_ms: self.at_ms(row),
            visitor: some(self.visitor.id(row)),
            session: some(self.session.id(row)),
            event_type: text(),
            hostname: text(),
            path: text(),
            title: text(),
            referrer: text(),
            source: text(),
            channel: text(),
            country: text(),
            region: text(),
            city: text(),
            device: text(),
            browser: text(),
            browser_version: text(),
            os: text(),
            os_version: text(),
            screen: text(),
            language: text(),
            utm_source: text(),
            utm_medium: text(),
            utm_campaign: text(),
            utm_content: text(),
            utm_term: text(),
            goals: match self.goals.value(row) {
                "" => Vec::new(),
                goals => goals.split(PART).map(str::to_owned).collect(),
            },
            revenue: match (self.currency.value(row), self.revenue.value(row)) {
                ("", 0) => None,
                (currency, micros) => Some(Money { currency: currency.to_owned(), micros }),
            },
            engaged_ms: self.engaged.value(row),
            properties: match self.properties.value(row) {
                "" => BTreeMap::new(),
                properties => serde_json::from_str(properties)?,
            },
        })
    }
}

/// Hands the ids of a batch, which may have no other column, to `take`.
pub(crate) fn each_id(batch: &RecordBatch, take: &mut impl FnMut(Id128)) -> Result<(), BatchError> {
    let ids = id_column(batch)?;
    (0..batch.num_rows()).for_each(|row| take(id_at(ids, row)));
    Ok(())
}

/// The visitors of a batch's rows, zero for none; it may have no other columns.
pub(crate) fn visitors(batch: &RecordBatch) -> Result<impl Iterator<Item = Id128>, BatchError> {
    let visitor = Halves::of(batch, schema::VISITOR, schema::VISITOR_LOW)?;
    Ok((0..batch.num_rows()).map(move |row| visitor.id(row)))
}

fn id_column(batch: &RecordBatch) -> Result<&FixedSizeBinaryArray, BatchError> {
    find(batch, schema::ID, |column| column.as_fixed_size_binary_opt().filter(|ids| ids.value_length() == 16))
}

fn id_at(ids: &FixedSizeBinaryArray, row: usize) -> Id128 {
    Id128(ids.value(row).try_into().unwrap_or_default())
}

/// A text column.
pub(crate) struct Text<'a> {
    /// The dictionary's numbers.
    pub keys: &'a arrow_array::PrimitiveArray<Int32Type>,
    /// The dictionary.
    pub values: &'a StringArray,
}

impl<'a> Text<'a> {
    /// Finds a text column.
    pub fn of(batch: &'a RecordBatch, name: &str) -> Result<Self, BatchError> {
        let column: &DictionaryArray<Int32Type> = find(batch, name, |column| column.as_dictionary_opt::<Int32Type>())?;
        let values = column.values().as_string_opt::<i32>();
        Ok(Self { keys: column.keys(), values: values.ok_or_else(|| BatchError::Column(name.to_owned()))? })
    }

    /// A row's text.
    pub fn value(&self, row: usize) -> &'a str {
        match usize::try_from(self.keys.value(row)) {
            Ok(at) if at < self.values.len() => self.values.value(at),
            _ => "",
        }
    }
}

/// The two columns of a hash.
struct Halves<'a> {
    high: &'a UInt64Array,
    low: &'a UInt64Array,
}

impl<'a> Halves<'a> {
    fn of(batch: &'a RecordBatch, high: &str, low: &str) -> Result<Self, BatchError> {
        let half = |name| find(batch, name, |column| column.as_primitive_opt::<UInt64Type>());
        Ok(Self { high: half(high)?, low: half(low)? })
    }

    fn id(&self, row: usize) -> Id128 {
        let both = u128::from(self.high.value(row)) << 64 | u128::from(self.low.value(row));
        Id128(both.to_be_bytes())
    }
}

fn find<'a, T>(
    batch: &'a RecordBatch,
    name: &str,
    of_type: impl FnOnce(&'a dyn Array) -> Option<T>,
) -> Result<T, BatchError> {
    let column = batch.column_by_name(name).and_then(|column| of_type(column.as_ref()));
    column.ok_or_else(|| BatchError::Column(name.to_owned()))
}

fn some(id: Id128) -> Option<Id128> {
    Some(id).filter(|id| *id != Id128::default())
}

//! Some rows of a site's day, column by column as they are asked for: a row group of a segment, or a batch of the tail.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMillisecondType, UInt64Type};
use arrow_array::{Array, RecordBatch};
use domain::rollup;
use hashbrown::HashMap;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use wire::event::Property;
use wire::query::Dimension;

use super::ScanError;
use super::column::{self, TextReader};
use super::file::Blob;
use super::pages::VisitPages;
use super::spare;
use super::values::{Codes, Dictionary, Numbers, Texts, Wanted};
use crate::schema;

/// Which columns of a file bear which names.
#[derive(Clone, Debug, Default)]
pub struct Names(HashMap<String, usize>);

impl Names {
    /// Of a file.
    pub fn of(file: &ParquetMetaData) -> Self {
        let columns = file.file_metadata().schema_descr().columns();
        Self(columns.iter().enumerate().map(|(at, column)| (column.name().to_owned(), at)).collect())
    }
}

/// Where a block's columns are.
#[derive(Clone, Copy)]
pub enum Origin<'a> {
    /// In a row group of a file.
    File(&'a dyn Blob, &'a RowGroupMetaData, &'a Names),
    /// In memory.
    Batch(&'a RecordBatch),
}

/// Rows, and what is read of them.
pub struct Block<'a> {
    origin: Origin<'a>,
    /// The rows that it has.
    all: usize,
    /// Those of them that it is of: as if there were no others.
    within: Range<usize>,
    /// The rows that are looked at, where it is not all of these.
    focus: Option<Vec<u32>>,
    /// First and last visits' pages, where a question asks for them.
    pages: Option<&'a VisitPages>,
    open: HashMap<Dimension, TextReader>,
    read: HashMap<Dimension, Arc<Texts>>,
    visitors: Option<Arc<Codes>>,
    at: Option<Arc<Vec<u64>>>,
}

impl<'a> Block<'a> {
    /// Of which nothing is read yet.
    pub fn new(origin: Origin<'a>, pages: Option<&'a VisitPages>) -> Self {
        let all = match origin {
            Origin::File(_, group, _) => usize::try_from(group.num_rows()).unwrap_or_default(),
            Origin::Batch(batch) => batch.num_rows(),
        };
        let (open, read) = (HashMap::new(), HashMap::new());
        Self { origin, all, within: 0..all, focus: None, pages, open, read, visitors: None, at: None }
    }

    /// Is of these rows alone from now on, as if it had no others.
    pub fn cut(&mut self, within: Range<usize>) {
        self.focus(None);
        self.within = within.start.min(self.all)..within.end.min(self.all);
    }

    /// How many rows are looked at.
    pub fn rows(&self) -> usize {
        self.focus.as_ref().map_or(self.within.len(), Vec::len)
    }

    /// Looks at these rows alone, ascending, as if there were no others; or at all of them again.
    pub fn focus(&mut self, mut rows: Option<Vec<u32>>) {
        let first = self.within.start as u32;
        if first > 0 {
            rows.iter_mut().flatten().for_each(|row| *row += first);
        }
        if let Some(rows) = std::mem::replace(&mut self.focus, rows) {
            spare::keep(rows);
        }
        self.forget();
    }

    fn forget(&mut self) {
        for (_, texts) in self.read.drain() {
            Arc::into_inner(texts).into_iter().for_each(|texts| spare::keep(texts.codes));
        }
        if let Some((codes, values)) = self.visitors.take().and_then(Arc::into_inner) {
            spare::keep(codes);
            spare::keep(values);
        }
        self.at.take().and_then(Arc::into_inner).into_iter().for_each(spare::keep);
    }

    /// Makes those rows zero whose text in a dimension does not pass; `passes` by code. Of a block without focus.
    ///
    /// # Errors
    /// [`ScanError`] when the column cannot be read.
    pub fn narrow(&mut self, dimension: Dimension, passes: &[bool], rows: &mut [u8]) -> Result<(), ScanError> {
        if let Some(reader) = self.open.get_mut(&dimension) {
            return reader.narrow(passes, self.within.start, rows);
        }
        let texts = self.texts(dimension)?;
        for (row, code) in rows.iter_mut().zip(&texts.codes) {
            *row &= u8::from(passes.get(*code as usize).copied().unwrap_or_default());
        }
        Ok(())
    }

    /// The distinct texts of a dimension; of goals, of its combinations.
    ///
    /// # Errors
    /// [`ScanError`] when it cannot be read.
    pub fn dictionary(&mut self, dimension: Dimension) -> Result<Arc<Dictionary>, ScanError> {
        if let Some(texts) = self.read.get(&dimension) {
            return Ok(Arc::clone(&texts.values));
        }
        if let Some(reader) = self.open.get(&dimension) {
            return Ok(Arc::clone(reader.values()));
        }
        if let (Some(name), Origin::File(blob, group, names)) = (column_of(dimension), self.origin)
            && let Some(column) = names.0.get(name.as_str()).and_then(|at| group.columns().get(*at))
        {
            let reader = TextReader::open(blob, column, self.all)?;
            let values = Arc::clone(reader.values());
            self.open.insert(dimension, reader);
            return Ok(values);
        }
        Ok(Arc::clone(&self.texts(dimension)?.values))
    }

    /// A dimension's column.
    ///
    /// # Errors
    /// [`ScanError`] when it cannot be read.
    pub fn texts(&mut self, dimension: Dimension) -> Result<Arc<Texts>, ScanError> {
        if let Some(texts) = self.read.get(&dimension) {
            return Ok(Arc::clone(texts));
        }
        let texts = match self.open.get_mut(&dimension) {
            Some(reader) => reader.texts(wanted(self.all, &self.within, self.focus.as_deref()))?,
            None => self.made(dimension)?,
        };
        let texts = Arc::new(texts);
        self.read.insert(dimension, Arc::clone(&texts));
        Ok(texts)
    }

    /// High halves of the visitors, as codes of which neighbours share theirs.
    ///
    /// # Errors
    /// [`ScanError`] when they cannot be read.
    pub fn visitors(&mut self) -> Result<Arc<Codes>, ScanError> {
        if self.visitors.is_none() {
            self.visitors = Some(Arc::new(self.numbers(schema::VISITOR)?.into_codes()));
        }
        self.visitors.clone().ok_or(ScanError::Damaged("visitors are missing"))
    }

    /// When the events happened, Unix milliseconds.
    ///
    /// # Errors
    /// [`ScanError`] when it cannot be read.
    pub fn at(&mut self) -> Result<Arc<Vec<u64>>, ScanError> {
        if self.at.is_none() {
            self.at = Some(Arc::new(self.numbers(schema::AT)?.into_plain()));
        }
        self.at.clone().ok_or(ScanError::Damaged("times are missing"))
    }

    /// A column of texts by its name; empty texts where there is none.
    ///
    /// # Errors
    /// [`ScanError`] when it cannot be read.
    pub fn column(&self, name: &str) -> Result<Texts, ScanError> {
        match self.origin {
            Origin::File(blob, group, names) => match names.0.get(name).and_then(|at| group.columns().get(*at)) {
                Some(column) => TextReader::open(blob, column, self.all)?.texts(self.wanted()),
                None => Ok(self.empty()),
            },
            Origin::Batch(batch) => match batch.column_by_name(name) {
                Some(array) => {
                    let mut texts = of_array(array.as_ref()).ok_or(ScanError::Damaged("a column is not of texts"))?;
                    texts.codes = self.wanted().of(texts.codes);
                    Ok(texts)
                }
                None => Ok(self.empty()),
            },
        }
    }

    /// A column of numbers by its name.
    ///
    /// # Errors
    /// [`ScanError`] when it is missing or cannot be read.
    pub fn numbers(&self, name: &str) -> Result<Numbers, ScanError> {
        const MISSING: ScanError = ScanError::Damaged("a column of numbers is missing");
        match self.origin {
            Origin::File(blob, group, names) => {
                let column = names.0.get(name).and_then(|at| group.columns().get(*at)).ok_or(MISSING)?;
                column::numbers(blob, column, self.wanted())
            }
            Origin::Batch(batch) => {
                let all = numbers_of(batch.column_by_name(name).ok_or(MISSING)?.as_ref()).ok_or(MISSING)?;
                Ok(all.only(self.wanted()))
            }
        }
    }

    fn wanted(&self) -> Wanted<'_> {
        wanted(self.all, &self.within, self.focus.as_deref())
    }

    fn has(&self, name: &str) -> bool {
        match self.origin {
            Origin::File(_, _, names) => names.0.contains_key(name),
            Origin::Batch(batch) => batch.schema_ref().index_of(name).is_ok(),
        }
    }

    fn empty(&self) -> Texts {
        let mut values = Dictionary::default();
        values.push("");
        Texts { codes: vec![0; self.rows()], values: Arc::new(values) }
    }

    /// A column that does not stand as it is counted, or of a batch.
    fn made(&mut self, dimension: Dimension) -> Result<Texts, ScanError> {
        match dimension {
            Dimension::City => self.cities(),
            Dimension::EntryPage | Dimension::ExitPage => {
                let pages = self.pages.ok_or(ScanError::Damaged("visits' pages were not looked for"))?;
                let at = self.at()?;
                pages.column(&self.numbers(schema::SESSION)?, &at, dimension)
            }
            Dimension::Property(name) => {
                let column = [schema::PROPERTY, name.as_str()].concat();
                if self.has(&column) { self.column(&column) } else { self.property(name.as_str()) }
            }
            _ => match column_of(dimension) {
                Some(column) => self.column(&column),
                None => Ok(self.empty()),
            },
        }
    }

    /// Cities with their countries.
    fn cities(&mut self) -> Result<Texts, ScanError> {
        let cities = self.column("city")?;
        let countries = self.texts(Dimension::Country)?;
        let (mut known, mut values) = (HashMap::new(), Dictionary::default());
        let code = |(city, country): (&u32, &u32)| {
            *known.entry((*city, *country)).or_insert_with(|| {
                let (city, country) = (cities.values.get(*city as usize), countries.values.get(*country as usize));
                values.push(&rollup::city_of(city, country));
                (values.len() - 1) as u32
            })
        };
        let codes = cities.codes.iter().zip(&countries.codes).map(code).collect();
        Ok(Texts { codes, values: Arc::new(values) })
    }

    /// A custom property that has no column of its own: each distinct JSON text is read once.
    fn property(&mut self, name: &str) -> Result<Texts, ScanError> {
        let mut texts = self.column(schema::PROPERTIES)?;
        let (mut known, mut values): (HashMap<String, u32>, _) = (HashMap::new(), Dictionary::default());
        let mut by_json = Vec::with_capacity(texts.values.len());
        for json in texts.values.iter() {
            let value = match json {
                // Most have no such name at all.
                json if !json.contains(name) && !json.contains('\\') => None,
                json => {
                    let all: BTreeMap<String, Property> = serde_json::from_str(json)
                        .map_err(|_| ScanError::Damaged("custom properties are no JSON object"))?;
                    rollup::property_of(&all, name)
                }
            };
            let value = value.unwrap_or_default();
            by_json.push(*known.entry_ref(value.as_str()).or_insert_with(|| {
                values.push(&value);
                (values.len() - 1) as u32
            }));
        }
        for code in &mut texts.codes {
            *code = by_json.get(*code as usize).copied().unwrap_or_default();
        }
        Ok(Texts { codes: texts.codes, values: Arc::new(values) })
    }
}

impl Drop for Block<'_> {
    fn drop(&mut self) {
        self.forget();
    }
}

fn wanted<'a>(all: usize, within: &Range<usize>, focus: Option<&'a [u32]>) -> Wanted<'a> {
    match focus {
        Some(these) => Wanted::These(all, these),
        None if within.len() == all => Wanted::All(all),
        None => Wanted::Span(all, within.start, within.end),
    }
}

/// The column that a dimension's values stand in as they are counted.
fn column_of(dimension: Dimension) -> Option<String> {
    match dimension {
        Dimension::Page => Some("path".to_owned()),
        Dimension::Goal => Some(schema::GOALS.to_owned()),
        Dimension::Property(name) => Some([schema::PROPERTY, name.as_str()].concat()),
        Dimension::City | Dimension::EntryPage | Dimension::ExitPage => None,
        dimension if dimension.is_time() => None,
        dimension => Some(dimension.name().to_owned()),
    }
}

fn of_array(array: &dyn Array) -> Option<Texts> {
    let array = array.as_dictionary_opt::<Int32Type>()?;
    let mut values = Dictionary::default();
    array.values().as_string_opt::<i32>()?.iter().for_each(|text| values.push(text.unwrap_or_default()));
    let codes = array.keys().values().iter().map(|key| u32::try_from(*key).unwrap_or(u32::MAX)).collect();
    Some(Texts { codes, values: Arc::new(values) })
}

fn numbers_of(array: &dyn Array) -> Option<Numbers> {
    if let Some(array) = array.as_primitive_opt::<UInt64Type>() {
        return Some(Numbers::Plain(array.values().to_vec()));
    }
    let signed = |values: &[i64]| Numbers::Plain(values.iter().map(|value| value.cast_unsigned()).collect());
    if let Some(array) = array.as_primitive_opt::<Int64Type>() {
        return Some(signed(array.values()));
    }
    Some(signed(array.as_primitive_opt::<TimestampMillisecondType>()?.values()))
}

//! Columns as codes: where a file has a dictionary, its codes are handed on as they stand.

use std::sync::Arc;

use hashbrown::HashMap;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use super::file::{Blob, Part};
use super::{ScanError, bits};

/// Distinct texts, in the order of their codes.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    text: String,
    ends: Vec<usize>,
}

impl Dictionary {
    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a code; empty for one that there is not.
    pub fn get(&self, code: usize) -> &str {
        let start = match code.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or_default(),
            None => 0,
        };
        self.ends.get(code).and_then(|end| self.text.get(start..*end)).unwrap_or_default()
    }

    /// All, in the order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|code| self.get(code))
    }

    /// Adds one.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }
}

/// A column of texts.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// One code a row.
    pub codes: Vec<u32>,
    /// What they mean. Two codes may mean the same.
    pub values: Arc<Dictionary>,
}

/// One code a row, and the numbers that they mean.
pub type Codes = (Vec<u32>, Vec<u64>);

/// A column of numbers.
#[derive(Clone, Debug)]
pub enum Numbers {
    /// One a row.
    Plain(Vec<u64>),
    /// One code a row, and what they mean.
    Coded(Vec<u32>, Vec<u64>),
}

impl Numbers {
    /// A row's number; zero for a row that there is not.
    pub fn get(&self, row: usize) -> u64 {
        match self {
            Self::Plain(numbers) => numbers.get(row),
            Self::Coded(codes, values) => codes.get(row).and_then(|code| values.get(*code as usize)),
        }
        .copied()
        .unwrap_or_default()
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Plain(numbers) => numbers.len(),
            Self::Coded(codes, _) => codes.len(),
        }
    }

    /// Whether every number is zero.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Plain(numbers) | Self::Coded(_, numbers) => numbers.iter().all(|number| *number == 0),
        }
    }

    /// As codes, of which neighbours share theirs: `(codes, what they mean)`. One number may have several.
    pub fn into_codes(self) -> Codes {
        match self {
            Self::Coded(codes, values) => (codes, values),
            Self::Plain(numbers) => {
                let mut values: Vec<u64> = Vec::new();
                let code = |number: &u64| {
                    if values.last() != Some(number) {
                        values.push(*number);
                    }
                    (values.len() - 1) as u32
                };
                (numbers.iter().map(code).collect(), values)
            }
        }
    }

    /// As codes, one each number.
    pub fn into_distinct(self) -> Codes {
        match self {
            Self::Coded(codes, values) => (codes, values),
            Self::Plain(numbers) => {
                let (mut values, mut known) = (Vec::new(), HashMap::new());
                let code = |number: &u64| {
                    *known.entry(*number).or_insert_with(|| {
                        values.push(*number);
                        (values.len() - 1) as u32
                    })
                };
                (numbers.iter().map(code).collect(), values)
            }
        }
    }
}

/// A column of texts of which the dictionary is read, and the codes only when they are asked for.
pub struct TextReader {
    pages: SerializedPageReader<Part>,
    rows: usize,
    texts: Texts,
    /// Codes of texts that stand outside of the dictionary.
    known: HashMap<String, u32>,
    is_complete: bool,
}

impl TextReader {
    /// Reads the dictionary.
    ///
    /// # Errors
    /// [`ScanError`] when the file cannot be read or is damaged.
    pub fn open(blob: &dyn Blob, column: &ColumnChunkMetaData, rows: usize) -> Result<Self, ScanError> {
        let mut pages = pages(blob, column, rows)?;
        let is_complete = column.page_encoding_stats_mask().is_some_and(|mask| mask.is_only(Encoding::RLE_DICTIONARY));
        let mut values = Dictionary::default();
        if column.dictionary_page_offset().is_some() {
            let Some(Page::DictionaryPage { buf, num_values, .. }) = pages.get_next_page()? else {
                return Err(ScanError::Damaged("a dictionary is missing"));
            };
            values.text.reserve(buf.len());
            bits::texts(&buf, num_values as usize, |text| values.push(text))?;
        }
        let texts = Texts { codes: Vec::new(), values: Arc::new(values) };
        let mut reader = Self { pages, rows, texts, known: HashMap::new(), is_complete };
        if !is_complete {
            reader.read()?;
        }
        Ok(reader)
    }

    /// All texts that the column has.
    pub fn values(&self) -> &Arc<Dictionary> {
        &self.texts.values
    }

    /// The whole column.
    ///
    /// # Errors
    /// As [`TextReader::open`].
    pub fn finish(mut self) -> Result<Texts, ScanError> {
        if self.is_complete {
            self.read()?;
        }
        Ok(self.texts)
    }

    fn read(&mut self) -> Result<(), ScanError> {
        self.texts.codes.reserve(self.rows + 8);
        while let Some(page) = self.pages.get_next_page()? {
            let (values, count, encoding) = data(&page, self.rows)?;
            if is_indices(encoding) {
                bits::indices(values, count, &mut self.texts.codes)?;
            } else if encoding == Encoding::PLAIN {
                self.read_plain(values, count)?;
            } else {
                return Err(ScanError::Damaged("a column of texts is encoded in a way that segments are not"));
            }
        }
        let last = self.texts.values.len();
        if self.texts.codes.len() != self.rows || self.texts.codes.iter().any(|code| *code as usize >= last) {
            return Err(ScanError::Damaged("a column has fewer values than rows, or codes without a text"));
        }
        Ok(())
    }

    fn read_plain(&mut self, page: &[u8], count: usize) -> Result<(), ScanError> {
        let values = Arc::make_mut(&mut self.texts.values);
        if self.known.is_empty() {
            self.known = values.iter().map(str::to_owned).zip(0..).collect();
        }
        let (known, codes) = (&mut self.known, &mut self.texts.codes);
        bits::texts(page, count, |text| {
            let code = *known.entry_ref(text).or_insert_with(|| {
                values.push(text);
                (values.len() - 1) as u32
            });
            codes.push(code);
        })
    }
}

/// Reads a column of numbers of 64 bits.
///
/// # Errors
/// [`ScanError`] when the file cannot be read or is damaged.
pub fn numbers(blob: &dyn Blob, column: &ColumnChunkMetaData, rows: usize) -> Result<Numbers, ScanError> {
    let mut pages = pages(blob, column, rows)?;
    let (mut codes, mut values, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(page) = pages.get_next_page()? {
        if let Page::DictionaryPage { buf, num_values, .. } = &page {
            bits::plain(buf, *num_values as usize, &mut values)?;
            continue;
        }
        let (page, count, encoding) = data(&page, rows)?;
        if is_indices(encoding) && plain.is_empty() {
            codes.reserve(rows + 8 - codes.len().min(rows));
            bits::indices(page, count, &mut codes)?;
            continue;
        }
        plain.reserve(rows - plain.len().min(rows));
        // The dictionary grew too large: what is coded already is written out.
        plain.extend(codes.drain(..).map(|code| values.get(code as usize).copied().unwrap_or_default()));
        if is_indices(encoding) {
            bits::indices(page, count, &mut codes)?;
        } else if encoding == Encoding::PLAIN {
            bits::plain(page, count, &mut plain)?;
        } else if encoding == Encoding::DELTA_BINARY_PACKED {
            bits::deltas(page, count, &mut plain)?;
        } else {
            return Err(ScanError::Damaged("a column of numbers is encoded in a way that segments are not"));
        }
    }
    let is_valid = codes.iter().all(|code| (*code as usize) < values.len());
    let numbers = if plain.is_empty() { Numbers::Coded(codes, values) } else { Numbers::Plain(plain) };
    if numbers.len() != rows || !is_valid {
        return Err(ScanError::Damaged("a column has fewer values than rows, or codes without a number"));
    }
    Ok(numbers)
}

fn pages(blob: &dyn Blob, column: &ColumnChunkMetaData, rows: usize) -> Result<SerializedPageReader<Part>, ScanError> {
    let described = column.column_descr();
    if described.max_def_level() > 0 || described.max_rep_level() > 0 {
        return Err(ScanError::Damaged("a column may be null, which segments' are not"));
    }
    let (start, length) = column.byte_range();
    let part = Part::read(blob, start..start.saturating_add(length))?;
    Ok(SerializedPageReader::new(Arc::new(part), column, rows, None)?)
}

/// A data page's values, how many, and how they are encoded.
fn data(page: &Page, rows: usize) -> Result<(&[u8], usize, Encoding), ScanError> {
    let (values, count, encoding) = match page {
        Page::DataPage { buf, num_values, encoding, .. } => (buf.as_ref(), *num_values as usize, *encoding),
        Page::DataPageV2 { buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
            let levels = (*def_levels_byte_len as usize).saturating_add(*rep_levels_byte_len as usize);
            let values = buf.get(levels..).ok_or(ScanError::Damaged("a page's levels reach beyond it"))?;
            (values, *num_values as usize, *encoding)
        }
        Page::DictionaryPage { .. } => return Err(ScanError::Damaged("a second dictionary stands in a column")),
    };
    if count > rows {
        return Err(ScanError::Damaged("a page has more values than there are rows"));
    }
    Ok((values, count, encoding))
}

fn is_indices(encoding: Encoding) -> bool {
    // The latter is its name in version 1.
    matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY)
}

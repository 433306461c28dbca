//! A file's columns: where one has a dictionary, its codes are handed on as they stand, and no sooner than they are needed.

use std::sync::Arc;

use bytes::Bytes;
use hashbrown::HashMap;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use super::file::{Blob, Part};
use super::indices::{self, Passing};
use super::values::{Dictionary, Numbers, Texts, Wanted};
use super::{ScanError, bits, spare};

/// Pages of dictionary indices.
#[derive(Default)]
struct IndexPages(Vec<(Bytes, usize)>);

impl IndexPages {
    /// The wanted rows' indices, which must be below `end`.
    fn codes(&self, wanted: Wanted<'_>, end: usize) -> Result<Vec<u32>, ScanError> {
        let mut codes = spare::list(wanted.len() + 8);
        let (mut first, mut taken) = (0, 0);
        for (page, count) in &self.0 {
            match wanted {
                Wanted::All(_) => indices::indices(page, *count, &mut codes)?,
                Wanted::Span(_, from, to) if wanted.meets(first, first + count) => {
                    let begin = codes.len();
                    indices::indices(page, (to - first).min(*count), &mut codes)?;
                    codes.drain(begin..begin + from.saturating_sub(first));
                }
                Wanted::Span(..) => {}
                Wanted::These(_, rows) => {
                    let rest = rows.get(taken..).unwrap_or_default();
                    taken += indices::gather(page, *count, rest, first, &mut codes)?;
                }
            }
            first += count;
        }
        if first != wanted.column_rows() || codes.len() != wanted.len() || !are_below(&codes, end) {
            return Err(ScanError::Damaged("a column has fewer values than rows, or codes without a value"));
        }
        Ok(codes)
    }
}

/// A column of texts of which the dictionary is read, and the rest only when it is asked for.
pub struct TextReader {
    pages: SerializedPageReader<Part>,
    rows: usize,
    values: Arc<Dictionary>,
    codes: TextCodes,
}

enum TextCodes {
    /// Not read yet.
    Closed,
    /// Of the dictionary alone.
    Pages(IndexPages),
    /// Some texts stand outside of the dictionary: all rows.
    Read(Vec<u32>),
}

impl TextReader {
    /// Reads the dictionary.
    ///
    /// # Errors
    /// [`ScanError`] when the file cannot be read or is damaged.
    pub fn open(blob: &dyn Blob, column: &ColumnChunkMetaData, rows: usize) -> Result<Self, ScanError> {
        let mut pages = pages(blob, column, rows)?;
        let mut values = Dictionary::default();
        if column.dictionary_page_offset().is_some() {
            let Some(Page::DictionaryPage { buf, num_values, .. }) = pages.get_next_page()? else {
                return Err(ScanError::Damaged("a dictionary is missing"));
            };
            values = bits::dictionary(&buf, num_values as usize)?;
        }
        let mut reader = Self { pages, rows, values: Arc::new(values), codes: TextCodes::Closed };
        if !column.page_encoding_stats_mask().is_some_and(|mask| mask.is_only(Encoding::RLE_DICTIONARY)) {
            reader.codes = TextCodes::Read(reader.read_mixed()?);
        }
        Ok(reader)
    }

    /// All texts that the column has.
    pub fn values(&self) -> &Arc<Dictionary> {
        &self.values
    }

    /// The wanted rows.
    ///
    /// # Errors
    /// As [`TextReader::open`].
    pub fn texts(&mut self, wanted: Wanted<'_>) -> Result<Texts, ScanError> {
        self.read()?;
        let codes = match (&self.codes, wanted) {
            (TextCodes::Closed, _) => Vec::new(),
            (TextCodes::Pages(pages), wanted) => pages.codes(wanted, self.values.len())?,
            (TextCodes::Read(codes), wanted) => wanted.of(codes.clone()),
        };
        Ok(Texts { codes, values: Arc::clone(&self.values) })
    }

    /// Makes those rows zero whose text does not pass; they are the column's from `from` on.
    ///
    /// # Errors
    /// As [`TextReader::open`].
    pub fn narrow(&mut self, passes: &[bool], from: usize, rows: &mut [u8]) -> Result<(), ScanError> {
        self.read()?;
        match &self.codes {
            TextCodes::Closed => {}
            TextCodes::Pages(pages) => {
                let (mut rest, passing, mut first) = (rows, Passing::of(passes), 0);
                for (page, count) in &pages.0 {
                    let (before, end) = (from.saturating_sub(first).min(*count), first + count);
                    let some = rest.split_off_mut(..(*count - before).min(rest.len())).unwrap_or_default();
                    first = end;
                    // All are out already: the page need not be looked at.
                    if !some.contains(&1) {
                        continue;
                    }
                    if before == 0 {
                        indices::narrow(page, &passing, some)?;
                    } else {
                        let mut whole = vec![0; before];
                        whole.extend_from_slice(some);
                        indices::narrow(page, &passing, &mut whole)?;
                        some.copy_from_slice(whole.get(before..).unwrap_or_default());
                    }
                }
                if first != self.rows || !rest.is_empty() {
                    return Err(ScanError::Damaged("a column has other values than rows"));
                }
            }
            TextCodes::Read(codes) => {
                for (row, code) in rows.iter_mut().zip(codes.iter().skip(from)) {
                    *row &= u8::from(passes.get(*code as usize).copied().unwrap_or_default());
                }
            }
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(), ScanError> {
        if !matches!(self.codes, TextCodes::Closed) {
            return Ok(());
        }
        let mut pages = IndexPages::default();
        while let Some(page) = self.pages.get_next_page()? {
            let (values, count, encoding) = data(&page, self.rows)?;
            if !is_indices(encoding) {
                return Err(ScanError::Damaged("a page is encoded otherwise than its file says"));
            }
            pages.0.push((values, count));
        }
        self.codes = TextCodes::Pages(pages);
        Ok(())
    }

    /// Reads pages of which some have no dictionary: what they hold is added to it.
    fn read_mixed(&mut self) -> Result<Vec<u32>, ScanError> {
        let values = Arc::make_mut(&mut self.values);
        let mut known: HashMap<String, u32> = values.iter().map(str::to_owned).zip(0..).collect();
        let mut codes = Vec::with_capacity(self.rows + 8);
        while let Some(page) = self.pages.get_next_page()? {
            let (page, count, encoding) = data(&page, self.rows)?;
            if is_indices(encoding) {
                indices::indices(&page, count, &mut codes)?;
            } else if encoding == Encoding::PLAIN {
                bits::texts(&page, count, |text| {
                    codes.push(*known.entry_ref(text).or_insert_with(|| {
                        values.push(text);
                        (values.len() - 1) as u32
                    }));
                })?;
            } else {
                return Err(ScanError::Damaged("a column of texts is encoded in a way that segments are not"));
            }
        }
        if codes.len() != self.rows || codes.iter().any(|code| *code as usize >= values.len()) {
            return Err(ScanError::Damaged("a column has fewer values than rows, or codes without a text"));
        }
        Ok(codes)
    }
}

/// Reads a column of numbers of 64 bits.
///
/// # Errors
/// [`ScanError`] when the file cannot be read or is damaged.
pub fn numbers(blob: &dyn Blob, column: &ColumnChunkMetaData, wanted: Wanted<'_>) -> Result<Numbers, ScanError> {
    let rows = wanted.column_rows();
    let mut pages = pages(blob, column, rows)?;
    let (mut indices, mut dictionary, mut plain) = (IndexPages::default(), (Bytes::new(), 0), Vec::new());
    while let Some(page) = pages.get_next_page()? {
        if let Page::DictionaryPage { buf, num_values, .. } = page {
            dictionary = (buf, num_values as usize);
            continue;
        }
        let (page, count, encoding) = data(&page, rows)?;
        if !is_indices(encoding) && plain.is_empty() {
            plain = spare::list(rows);
        }
        if is_indices(encoding) {
            if !plain.is_empty() {
                return Err(ScanError::Damaged("a column goes back to its dictionary"));
            }
            indices.0.push((page, count));
            continue;
        }
        if !indices.0.is_empty() {
            // The dictionary grew too large: what is coded already is written out.
            let all = indices.0.iter().map(|(_, count)| count).sum();
            let codes = std::mem::take(&mut indices).codes(Wanted::All(all), dictionary.1)?;
            plain.extend(codes.iter().map(|code| bits::plain_at(&dictionary.0, *code as usize)));
        }
        if !wanted.meets(plain.len(), plain.len() + count) {
            // Nobody looks at these.
            plain.resize(plain.len() + count, 0);
        } else if encoding == Encoding::PLAIN {
            bits::plain(&page, count, &mut plain)?;
        } else if encoding == Encoding::DELTA_BINARY_PACKED {
            bits::deltas(&page, count, &mut plain)?;
        } else {
            return Err(ScanError::Damaged("a column of numbers is encoded in a way that segments are not"));
        }
    }
    if plain.is_empty() {
        let codes = indices.codes(wanted, dictionary.1)?;
        return Ok(match wanted {
            // Most of a dictionary is of no use to few rows.
            Wanted::These(..) => {
                let values = codes.iter().map(|code| bits::plain_at(&dictionary.0, *code as usize)).collect();
                spare::keep(codes);
                Numbers::Plain(values)
            }
            Wanted::All(_) | Wanted::Span(..) => {
                let mut values = spare::list(dictionary.1.min(rows));
                bits::plain(&dictionary.0, dictionary.1, &mut values)?;
                Numbers::Coded(codes, values)
            }
        });
    }
    if plain.len() != rows {
        return Err(ScanError::Damaged("a column has fewer values than rows"));
    }
    Ok(Numbers::Plain(plain).only(wanted))
}

/// The pages of a column.
fn pages(blob: &dyn Blob, column: &ColumnChunkMetaData, rows: usize) -> Result<SerializedPageReader<Part>, ScanError> {
    let described = column.column_descr();
    if described.max_def_level() > 0 || described.max_rep_level() > 0 {
        return Err(ScanError::Damaged("a column may be null, which segments' are not"));
    }
    let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
    let (Ok(start), Ok(length)) = (u64::try_from(start), u64::try_from(column.compressed_size())) else {
        return Err(ScanError::Damaged("a column lies before its file"));
    };
    let part = Part::read(blob, start..start.saturating_add(length))?;
    Ok(SerializedPageReader::new(Arc::new(part), column, rows, None)?)
}

/// A data page's values, how many, and how they are encoded.
fn data(page: &Page, rows: usize) -> Result<(Bytes, usize, Encoding), ScanError> {
    let (values, count, encoding) = match page {
        Page::DataPage { buf, num_values, encoding, .. } => (buf.clone(), *num_values as usize, *encoding),
        Page::DataPageV2 { buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
            let levels = (*def_levels_byte_len as usize).saturating_add(*rep_levels_byte_len as usize);
            if levels > buf.len() {
                return Err(ScanError::Damaged("a page's levels reach beyond it"));
            }
            (buf.slice(levels..), *num_values as usize, *encoding)
        }
        Page::DictionaryPage { .. } => return Err(ScanError::Damaged("a second dictionary stands in a column")),
    };
    if count > rows {
        return Err(ScanError::Damaged("a page has more values than there are rows"));
    }
    Ok((values, count, encoding))
}

/// Whether all codes are below an end that has 31 bits: neither a code nor what is left to the last then has the highest
/// bit. All are looked at, which is faster than to stop at one.
fn are_below(codes: &[u32], end: usize) -> bool {
    let Some(last) = u32::try_from(end).ok().and_then(|end| end.checked_sub(1)) else { return codes.is_empty() };
    let highest = codes.iter().fold(last, |bits, code| bits | code | last.wrapping_sub(*code));
    highest >> 31 == 0
}

fn is_indices(encoding: Encoding) -> bool {
    // The latter is its name in version 1.
    matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY)
}

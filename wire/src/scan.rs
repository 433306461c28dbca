//! Looks over untrusted MessagePack or JSON before anything is allocated from it.
//!
//! A decoder that trusts lengths and nesting can be made to reserve gigabytes or to overflow its stack by
//! a few bytes. The scan is iterative, reads each byte once, and allocates `depth` small integers.

/// What a document may contain.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Containers within containers.
    pub depth: usize,
    /// Values of any kind, map keys among them.
    pub values: usize,
}

/// Why a document was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ScanError {
    /// Ends in the middle of a value, or declares more than it holds.
    #[error("the body ends before its last value does (byte {0})")]
    Truncated(usize),
    /// Has bytes after its value.
    #[error("unexpected bytes after the value (byte {0})")]
    Trailing(usize),
    /// Nests too deep.
    #[error("nested more than {0} deep")]
    TooDeep(usize),
    /// Holds too many values.
    #[error("more than {0} values")]
    TooMany(usize),
    /// Uses a byte that starts no value.
    #[error("byte {0} starts no value")]
    BadByte(usize),
}

/// Checks a whole MessagePack document against `bounds`.
///
/// # Errors
/// [`ScanError`] for the first thing out of bounds.
pub fn messagepack(bytes: &[u8], bounds: Bounds) -> Result<(), ScanError> {
    let end = messagepack_value(bytes, 0, bounds)?;
    if end == bytes.len() { Ok(()) } else { Err(ScanError::Trailing(end)) }
}

/// Finds the end of the MessagePack value that starts at `start`.
///
/// # Errors
/// [`ScanError`] for the first thing out of bounds.
pub fn messagepack_value(bytes: &[u8], start: usize, bounds: Bounds) -> Result<usize, ScanError> {
    let mut at = start;
    let mut seen = 0usize;
    // For each open container, how many values are still to come.
    let mut open: Vec<usize> = Vec::new();
    loop {
        seen += 1;
        if seen > bounds.values {
            return Err(ScanError::TooMany(bounds.values));
        }
        let (head, children) = messagepack_head(bytes, at)?;
        // A child takes a byte at least, so a length beyond the rest is a lie.
        if head > bytes.len() - at || children > bytes.len() - at - head {
            return Err(ScanError::Truncated(bytes.len()));
        }
        at += head;
        if children > 0 {
            if open.len() == bounds.depth {
                return Err(ScanError::TooDeep(bounds.depth));
            }
            open.push(children);
            continue;
        }
        // A value is complete: close every container it completes.
        loop {
            match open.last_mut() {
                None => return Ok(at),
                Some(left) => {
                    *left -= 1;
                    if *left > 0 {
                        break;
                    }
                    open.pop();
                }
            }
        }
    }
}

/// Bytes of the value at `at` without its children, and the number of its children.
fn messagepack_head(bytes: &[u8], at: usize) -> Result<(usize, usize), ScanError> {
    let truncated = ScanError::Truncated(bytes.len());
    let marker = *bytes.get(at).ok_or(ScanError::Truncated(bytes.len()))?;
    let length = |width: usize| -> Result<usize, ScanError> {
        let raw = bytes.get(at + 1..at + 1 + width).ok_or(ScanError::Truncated(bytes.len()))?;
        let wide = raw.iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
        usize::try_from(wide).map_err(|_| ScanError::Truncated(bytes.len()))
    };
    let text = |width: usize, extra: usize| -> Result<(usize, usize), ScanError> {
        length(width)?.checked_add(1 + width + extra).map(|n| (n, 0)).ok_or(truncated)
    };
    Ok(match marker {
        0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => (1, 0),
        0x80..=0x8f => (1, 2 * usize::from(marker & 0x0f)),
        0x90..=0x9f => (1, usize::from(marker & 0x0f)),
        0xa0..=0xbf => (1 + usize::from(marker & 0x1f), 0),
        0xc4 | 0xd9 => text(1, 0)?,
        0xc5 | 0xda => text(2, 0)?,
        0xc6 | 0xdb => text(4, 0)?,
        0xc7 => text(1, 1)?,
        0xc8 => text(2, 1)?,
        0xc9 => text(4, 1)?,
        0xcc | 0xd0 => (2, 0),
        0xcd | 0xd1 => (3, 0),
        0xca | 0xce | 0xd2 => (5, 0),
        0xcb | 0xcf | 0xd3 => (9, 0),
        0xd4 => (3, 0),
        0xd5 => (4, 0),
        0xd6 => (6, 0),
        0xd7 => (10, 0),
        0xd8 => (18, 0),
        0xdc => (3, length(2)?),
        0xdd => (5, length(4)?),
        0xde => (3, length(2)?.saturating_mul(2)),
        0xdf => (5, length(4)?.saturating_mul(2)),
        0xc1 => return Err(ScanError::BadByte(at)),
    })
}

/// Checks nesting and count of a JSON document: a container with children has one more of them than separators, so
/// beginnings and separators together
/// are as many as values, but for the first. Its grammar is left to the parser, which takes each value once and so
/// allocates no more than the text's own size.
///
/// # Errors
/// [`ScanError`] for the first thing out of bounds.
pub fn json(bytes: &[u8], bounds: Bounds) -> Result<(), ScanError> {
    let mut depth = 0usize;
    let mut seen = 1usize;
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => json_text(&mut rest),
            b'{' | b'[' => {
                depth += 1;
                if depth > bounds.depth {
                    return Err(ScanError::TooDeep(bounds.depth));
                }
                seen += 1;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' | b':' => seen += 1,
            _ => {}
        }
        if seen > bounds.values {
            return Err(ScanError::TooMany(bounds.values));
        }
    }
    Ok(())
}

/// Goes to the end of the text that has begun.
fn json_text(rest: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => return,
            b'\\' => drop(rest.next()),
            _ => {}
        }
    }
}

/// Places of the elements of the MessagePack list in `range`; none if it is not a list.
/// The document must have passed [`messagepack`].
///
/// # Errors
/// [`ScanError`] if it had not.
pub fn elements(
    bytes: &[u8],
    range: std::ops::Range<usize>,
    bounds: Bounds,
) -> Result<Option<Vec<std::ops::Range<usize>>>, ScanError> {
    if !matches!(bytes.get(range.start), Some(0x90..=0x9f | 0xdc | 0xdd)) {
        return Ok(None);
    }
    let (head, count) = messagepack_head(bytes, range.start)?;
    let mut at = range.start + head;
    let mut found = Vec::new();
    for _ in 0..count {
        let end = messagepack_value(bytes, at, bounds)?;
        found.push(at..end);
        at = end;
    }
    Ok(Some(found))
}

/// Place of the value under `name` in the MessagePack map that the document is; none if absent.
/// The document must have passed [`messagepack`].
///
/// # Errors
/// [`ScanError`] if it had not.
pub fn field(bytes: &[u8], name: &str, bounds: Bounds) -> Result<Option<std::ops::Range<usize>>, ScanError> {
    let (head, values) = messagepack_head(bytes, 0)?;
    let mut at = head;
    for _ in 0..values / 2 {
        let key_end = messagepack_value(bytes, at, bounds)?;
        let value_end = messagepack_value(bytes, key_end, bounds)?;
        if text(bytes, at..key_end) == Some(name.as_bytes()) {
            return Ok(Some(key_end..value_end));
        }
        at = value_end;
    }
    Ok(None)
}

/// The bytes of the MessagePack text in `range`; none if it is not a text.
fn text(bytes: &[u8], range: std::ops::Range<usize>) -> Option<&[u8]> {
    let head = match bytes.get(range.start)? {
        0xa0..=0xbf => 1,
        0xd9 => 2,
        0xda => 3,
        0xdb => 5,
        _ => return None,
    };
    bytes.get(range.start + head..range.end)
}

#[cfg(test)]
mod tests;

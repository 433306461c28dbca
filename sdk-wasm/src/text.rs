//! A text that grows in a place of its own: the crate allocates nothing.

/// Up to `N` bytes of UTF-8. What does not fit is left out: whoever adds knows that it does.
pub struct Text<const N: usize> {
    bytes: [u8; N],
    end: usize,
}

impl<const N: usize> Text<N> {
    /// No text.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; N], end: 0 }
    }

    /// How many bytes there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.end
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.end == 0
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.end).unwrap_or_default()
    }

    /// Adds bytes.
    pub fn push(&mut self, text: &[u8]) {
        append(&mut self.bytes, &mut self.end, text);
    }

    /// Keeps the first bytes, and answers what there was.
    pub fn truncate(&mut self, end: usize) -> &[u8] {
        let before = self.end;
        self.end = before.min(end);
        self.bytes.get(..before).unwrap_or_default()
    }

    /// Takes bytes out.
    pub fn remove(&mut self, start: usize, end: usize) {
        if start <= end && end <= self.end {
            self.bytes.copy_within(end..self.end, start);
            self.end -= end - start;
        }
    }
}

/// One function for texts of every length.
#[inline(never)]
fn append(bytes: &mut [u8], end: &mut usize, text: &[u8]) {
    let after = *end + text.len();
    if let Some(place) = bytes.get_mut(*end..after) {
        place.copy_from_slice(text);
        *end = after;
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn it_grows_and_shrinks_in_place() {
        let mut text = Text::<8>::new();
        assert!(text.is_empty());
        text.push(b"abc");
        text.push(b"defgh");
        assert_eq!((text.bytes(), text.len()), (&b"abcdefgh"[..], 8));
        text.push(b"i");
        assert_eq!(text.bytes(), b"abcdefgh", "what does not fit is left out");
        text.remove(1, 3);
        assert_eq!(text.bytes(), b"adefgh");
        text.remove(4, 9);
        text.remove(3, 2);
        assert_eq!(text.bytes(), b"adefgh", "what is not there stays");
        assert_eq!(text.truncate(2), b"adefgh", "as it was");
        assert_eq!(text.bytes(), b"ad");
        text.truncate(5);
        assert_eq!(text.bytes(), b"ad", "nothing comes back");
    }
}

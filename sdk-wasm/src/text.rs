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

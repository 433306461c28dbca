//! Looking for a hundred marks in one text.

/// Slots for pairs of bytes. A user agent's hundred pairs fill a tenth of them.
const SLOTS: usize = 1024;

/// A text and which pairs of bytes stand in it. Most marks do not, and nearly all of those are told by a pair that
/// is missing: searching the text for each would take ten times as long.
pub struct Text<'a> {
    text: &'a str,
    pairs: [u64; SLOTS / 64],
}

impl<'a> Text<'a> {
    /// Notes the pairs of `text`.
    pub fn new(text: &'a str) -> Self {
        let mut pairs = [0; SLOTS / 64];
        for pair in pairs_of(text) {
            if let Some(bits) = pairs.get_mut(pair / 64) {
                *bits |= 1 << (pair % 64);
            }
        }
        Self { text, pairs }
    }

    /// Whether `mark` stands in it.
    pub fn contains(&self, mark: &str) -> bool {
        self.may_contain(mark) && self.text.contains(mark)
    }

    /// What follows `mark`.
    pub fn after(&self, mark: &str) -> Option<&'a str> {
        if self.may_contain(mark) { super::after(self.text, mark) } else { None }
    }

    fn may_contain(&self, mark: &str) -> bool {
        pairs_of(mark).all(|pair| self.pairs.get(pair / 64).is_some_and(|bits| bits >> (pair % 64) & 1 == 1))
    }
}

/// The slot of each pair of neighbours; two pairs may share one.
fn pairs_of(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.bytes().map(usize::from);
    bytes.clone().zip(bytes.skip(1)).map(|(first, second)| (first << 3 ^ second) % SLOTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_as_by_searching() {
        let text = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0 Cốc";
        let marks = (0..text.len()).flat_map(|start| (start..=text.len()).filter_map(move |end| text.get(start..end)));
        for mark in marks {
            assert!(Text::new(text).contains(mark), "{mark}");
            assert_eq!(Text::new(text).after(mark), crate::user_agent::after(text, mark), "{mark}");
        }
        for mark in ["Chrome/", "Firefox 1", "xGecko", "Cốb", "\u{0}"] {
            assert!(!Text::new(text).contains(mark), "{mark}");
        }
        assert!(!Text::new("").contains("a"));
    }
}

//! What a page says of itself in its address, behind period and filters: names and values in an order of its own. What is as
//! it is without a choice is left out; what is not understood is as if it were not there.
//!
//! ```text
//! ?v=1&period=91d&f=is,country,DE&step=event,signup&step=event,purchase&window=14d
//! ```

use super::options::{Named, name_of, named};
use crate::shown::{escape, unescape};

/// What an address says, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said(pub Vec<(String, String)>);

impl Said {
    /// All that is said under a name, escapes and all.
    pub fn raw(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// What is said first under a name.
    pub fn one(&self, name: &str) -> Option<String> {
        self.raw(name).next().map(unescape)
    }

    /// The same, as one of a few that have names; the first of them where nothing of these is said.
    pub fn choice<T: Copy>(&self, name: &str, options: &[Named<T>], default: T) -> T {
        named(options, self.raw(name).next()).unwrap_or(default)
    }

    /// Says something, where there is anything to say.
    pub fn put(&mut self, name: &str, value: &str) {
        self.put_raw(name, escape(value));
    }

    /// Says what is escaped already.
    pub fn put_raw(&mut self, name: &str, value: String) {
        if !value.is_empty() {
            self.0.push((name.to_owned(), value));
        }
    }

    /// Says which one of a few it is, where that is not the one that it is without a choice.
    pub fn put_choice<T: Copy + PartialEq>(&mut self, name: &str, options: &[Named<T>], default: T, chosen: T) {
        if chosen != default {
            self.put_raw(name, name_of(options, chosen).to_owned());
        }
    }
}

#[cfg(test)]
impl Said {
    /// What stands in an address behind its question mark.
    pub fn of(query: &str) -> Self {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_without_a_choice_is_left_out() {
        let table = &[(1, "one", "One"), (2, "two", "Two")];
        let mut said = Said::default();
        said.put("empty", "");
        said.put("text", "a, b");
        said.put_choice("same", table, 1, 1);
        said.put_choice("other", table, 1, 2);
        assert_eq!(said, Said::of("text=a%2C%20b&other=two"));
        assert_eq!(said.one("text").as_deref(), Some("a, b"));
        assert_eq!((said.choice("other", table, 1), said.choice("same", table, 1)), (2, 1));
        assert_eq!(Said::of("other=three").choice("other", table, 1), 1);
    }
}

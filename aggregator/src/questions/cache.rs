//! Answers that may be given again: each is that of one version of a site's data, and is never given for another.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use domain::query::Told;
use wire::query::{Cell, Row};

use super::Version;
use crate::ledger::site::SiteKey;

/// Bytes that remembered answers may take: some 300 usual panels (a hundred rows of four cells, ~80 KB).
const BYTES_MAX: usize = 24 * 1024 * 1024;

/// Bytes of one answer that is remembered: larger ones would push out many others, and are rarely asked for twice.
const ANSWER_BYTES_MAX: usize = BYTES_MAX / 8;

/// Bytes of a row besides its cells: a map has room for eleven of them at once.
const ROW_BYTES: usize = 650;

/// Bytes of a cell besides its text and its place in the map: its name, and what an allocation takes at least.
const CELL_BYTES: usize = 40;

/// A site and a plan's text.
pub type Key = (SiteKey, String);

/// Remembered answers, the least recently used of which are forgotten first.
#[derive(Default)]
pub struct Cache {
    kept: Mutex<Kept>,
    /// Answers that were given again.
    pub hits: AtomicU64,
    /// Answers that had to be computed.
    pub misses: AtomicU64,
}

#[derive(Default)]
struct Kept {
    answers: HashMap<Key, Entry>,
    /// Keys by when they were last used.
    by_use: BTreeMap<u64, Key>,
    uses: u64,
    bytes: usize,
}

struct Entry {
    version: Version,
    told: Arc<Told>,
    bytes: usize,
    used: u64,
}

impl Cache {
    /// The answer of that version of the data.
    pub fn find(&self, key: &Key, version: Version) -> Option<Arc<Told>> {
        let found = self.kept.lock().unwrap_or_else(PoisonError::into_inner).find(key, version);
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Remembers an answer of that version of the data.
    pub fn keep(&self, key: Key, version: Version, told: &Arc<Told>) {
        let bytes = key.1.len() * 2 + bytes(told);
        if bytes <= ANSWER_BYTES_MAX {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.keep(key, Entry { version, told: Arc::clone(told), bytes, used: 0 });
        }
    }

    /// Bytes that the remembered answers take.
    #[allow(dead_code, reason = "for the server's metrics, as the counters beside it")]
    pub fn bytes(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }
}

impl Kept {
    fn find(&mut self, key: &Key, version: Version) -> Option<Arc<Told>> {
        let entry = self.answers.get_mut(key)?;
        if entry.version != version {
            // Versions grow: nobody asks for this one again.
            self.forget(&key.clone());
            return None;
        }
        self.uses += 1;
        if let Some(key) = self.by_use.remove(&entry.used) {
            self.by_use.insert(self.uses, key);
        }
        entry.used = self.uses;
        Some(Arc::clone(&entry.told))
    }

    fn keep(&mut self, key: Key, entry: Entry) {
        self.forget(&key);
        self.uses += 1;
        self.bytes += entry.bytes;
        self.by_use.insert(self.uses, key.clone());
        self.answers.insert(key, Entry { used: self.uses, ..entry });
        while self.bytes > BYTES_MAX {
            let Some((_, oldest)) = self.by_use.pop_first() else { break };
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, key: &Key) {
        if let Some(entry) = self.answers.remove(key) {
            self.by_use.remove(&entry.used);
            self.bytes -= entry.bytes;
        }
    }
}

fn bytes(told: &Told) -> usize {
    let of_cell = |cell: &Cell| match cell {
        Cell::Text(text) => text.len(),
        Cell::Money(amounts) => ROW_BYTES + amounts.len() * CELL_BYTES,
        Cell::Count(_) | Cell::Number(_) => 0,
    };
    let of_row = |row: &Row| ROW_BYTES + row.values().map(|cell| CELL_BYTES + of_cell(cell)).sum::<usize>();
    let then = told.comparison.iter().flat_map(|then| then.rows.iter().flatten().chain(&then.totals));
    told.rows.iter().chain(&told.totals).chain(then).map(of_row).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::site::tests::key;

    const V1: Version = Version { data: 1, changes: 0 };

    fn told(rows: usize, text: &str) -> Arc<Told> {
        let row = Row::from([("page".to_owned(), Cell::Text(text.to_owned()))]);
        Arc::new(Told { rows: vec![row; rows], total_rows: rows, ..Told::default() })
    }

    #[test]
    fn an_answer_is_that_of_its_version() {
        let cache = Cache::default();
        let (one, other) = ((key(1), "a".to_owned()), (key(2), "a".to_owned()));
        assert_eq!(cache.find(&one, V1), None);
        cache.keep(one.clone(), V1, &told(1, "/"));
        assert_eq!(cache.find(&one, V1), Some(told(1, "/")));
        assert_eq!(cache.find(&other, V1), None, "of another site");
        assert_eq!(cache.find(&one, Version { data: 2, ..V1 }), None, "of a later version");
        assert_eq!((cache.find(&one, V1), cache.bytes()), (None, 0), "which the data never has again");
        cache.keep(one.clone(), V1, &told(1, "/"));
        assert_eq!(cache.find(&one, Version { changes: 1, ..V1 }), None, "of blocks that were changed");
        assert_eq!((cache.hits.load(Ordering::Relaxed), cache.misses.load(Ordering::Relaxed)), (1, 5));
    }

    #[test]
    fn what_was_not_used_for_longest_is_forgotten_first() {
        let cache = Cache::default();
        let name = |n: usize| (key(1), n.to_string());
        let large = told(1000, &"x".repeat(2000));
        let each = bytes(&large) + 2 * 2;
        let fit = BYTES_MAX / each;
        for n in 10..10 + fit {
            cache.keep(name(n), V1, &large);
        }
        assert!(cache.find(&name(10), V1).is_some());
        cache.keep(name(99), V1, &large);
        assert!(cache.bytes() <= BYTES_MAX);
        assert!(cache.find(&name(10), V1).is_some() && cache.find(&name(99), V1).is_some());
        assert!(cache.find(&name(11), V1).is_none(), "the one that nobody asked for");
        cache.keep(name(1), V1, &told(3000, &"x".repeat(2000)));
        assert!(cache.find(&name(1), V1).is_none(), "too large");
    }
}

//! Days of rollups in memory, for the next question about them: of most ranges all days but the last do not change any
//! more. A day is that of one version of a site's data, and is never read for another.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use domain::query::Lookup;
use domain::rollup::Block;
use wire::frame::RollupDimension;

use super::Version;
use crate::ledger::site::SiteKey;

/// Bytes that all days may take: three months of all panels of a site with 100 000 events a day take ~45 MB.
const BYTES_MAX: usize = 48 * 1024 * 1024;

/// Bytes that the days of one series may take: what is larger would push out all others.
pub const SERIES_BYTES_MAX: usize = BYTES_MAX / 2;

/// Bytes of a day besides its blocks' own.
const DAY_BYTES: usize = 400;

/// Days of one rollup of a site.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Series {
    /// The site.
    pub site: SiteKey,
    /// The rollup.
    pub dimension: RollupDimension,
    /// The declared property or pair.
    pub name: String,
    /// Which rows of it.
    pub lookup: Lookup,
}

/// Blocks that say together what happened on a day.
pub type Day = Vec<Arc<Block>>;

/// Days that were read, those of the least recently used series forgotten first.
#[derive(Default)]
pub struct Days {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    series: HashMap<Series, Entry>,
    uses: u64,
    bytes: usize,
}

#[derive(Default)]
struct Entry {
    /// By the day's start, Unix milliseconds.
    days: BTreeMap<u64, (Version, Day)>,
    bytes: usize,
    used: u64,
}

impl Days {
    /// The days of a series that begin within `span` and are of the version that `version` says of each, by their start.
    pub fn find(&self, series: &Series, span: Range<u64>, version: impl Fn(u64) -> Version) -> Vec<(u64, Day)> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let used = kept.uses;
        let Some(entry) = kept.series.get_mut(series) else { return Vec::new() };
        entry.used = used;
        let valid = entry.days.range(span).filter(|(start_ms, (kept, _))| *kept == version(**start_ms));
        valid.map(|(start_ms, (_, day))| (*start_ms, day.clone())).collect()
    }

    /// Keeps days of a series.
    pub fn keep(&self, series: Series, days: impl IntoIterator<Item = (u64, Version, Day)>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let Kept { series: all, uses, bytes } = &mut *kept;
        let entry = all.entry(series).or_default();
        entry.used = *uses;
        let before = entry.bytes;
        for (start_ms, version, day) in days {
            entry.keep(start_ms, version, day);
        }
        *bytes = *bytes - before + entry.bytes;
        kept.make_room();
    }
}

impl Kept {
    fn make_room(&mut self) {
        while self.bytes > BYTES_MAX {
            let oldest = self.series.iter().min_by_key(|(_, entry)| entry.used).map(|(series, _)| series.clone());
            let Some(entry) = oldest.and_then(|oldest| self.series.remove(&oldest)) else { break };
            self.bytes -= entry.bytes;
        }
    }
}

impl Entry {
    fn keep(&mut self, start_ms: u64, version: Version, day: Day) {
        let added = bytes(&day);
        if let Some((_, before)) = self.days.remove(&start_ms) {
            self.bytes -= bytes(&before);
        }
        if self.bytes + added <= SERIES_BYTES_MAX {
            self.bytes += added;
            self.days.insert(start_ms, (version, day));
        }
    }
}

fn bytes(day: &Day) -> usize {
    DAY_BYTES + day.iter().map(|block| block.heap_bytes()).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use domain::rollup::Rollup;

    use super::*;
    use crate::ledger::site::tests::key;

    fn series(number: i64) -> Series {
        Series { site: key(number), dimension: RollupDimension::Page, name: String::new(), lookup: Lookup::All }
    }

    fn day(bytes: usize) -> Day {
        let rollup = Rollup { events: 1, ..Rollup::default() };
        let block = Block::of([("x".repeat(bytes).as_str(), &rollup)]);
        vec![Arc::new(block.unwrap_or_else(|e| panic!("{e}")))]
    }

    fn version(data: u64) -> Version {
        Version { data, changes: 0 }
    }

    #[test]
    fn a_day_is_read_for_its_own_version_alone() {
        let days = Days::default();
        days.keep(series(1), [(10, version(1), day(1)), (20, version(2), day(2)), (30, version(1), day(3))]);
        let found = |number, span, data: [u64; 3]| {
            let version = |at: u64| version(data[at as usize / 10 - 1]);
            days.find(&series(number), span, version).into_iter().map(|(start_ms, _)| start_ms).collect::<Vec<_>>()
        };
        assert_eq!(found(1, 10..31, [1, 2, 1]), [10, 20, 30]);
        assert_eq!(found(1, 11..30, [1, 2, 1]), [20]);
        assert_eq!(found(1, 10..31, [1, 3, 1]), [10, 30], "the second has changed");
        assert!(found(2, 10..31, [1, 2, 1]).is_empty(), "of another site");
        days.keep(series(1), [(20, version(3), day(2))]);
        assert_eq!(found(1, 10..31, [1, 3, 2]), [10, 20]);
    }

    #[test]
    fn what_was_not_used_for_longest_is_forgotten_first() {
        let days = Days::default();
        let of = |number| days.find(&series(number), 0..99, |_| version(1)).len();
        let large = SERIES_BYTES_MAX / 2 - 10 * DAY_BYTES;
        for number in 1..=4 {
            days.keep(series(number), [(10, version(1), day(large))]);
        }
        assert_eq!([1, 2, 3, 4].map(of), [1, 1, 1, 1]);
        assert_eq!(of(1), 1);
        days.keep(series(5), [(10, version(1), day(large))]);
        assert_eq!([1, 2, 3, 4, 5].map(of), [1, 0, 1, 1, 1]);
        days.keep(series(5), [(20, version(1), day(large)), (30, version(1), day(large))]);
        assert_eq!(of(5), 2, "no series takes more than its share");
        assert!(days.kept.lock().unwrap_or_else(PoisonError::into_inner).bytes <= BYTES_MAX);
    }
}

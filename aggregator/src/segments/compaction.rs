//! Small segments of a day become larger ones.
//!
//! | day | what is merged |
//! |---|---|
//! | may still get events | as soon as [`FAN_IN`] of a level are there, these, to one of the next level |
//! | is over | all, to one; so that a day is one file |

use std::collections::BTreeMap;

use domain::window::{DAY_MS, HOUR_MS};
use events::merge::{self, Merge, Run};
use events::read;
use events::segment::Segment;

use super::sealing::sums;
use super::{SegmentsError, Work};
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError, begin};

/// Segments of one level that are merged at once. Each event is written once more for each level: log₈ of the day's
/// events by those of one sealing, which is thrice for a site of 10 M events a day.
const FAN_IN: usize = 8;

/// Segments that are merged at once at the very most: each takes about 4 MB while it is read.
const MERGED_MAX: usize = 64;

/// How long after its end a day is over: events are taken 48 hours back, and edges are an hour behind at most.
const DAY_OVER_AFTER_MS: u64 = 49 * HOUR_MS;

/// Events of a segment that is never merged again: some 700 MB.
const SEGMENT_EVENTS_MAX: u64 = 40_000_000;

/// How long a replaced segment can be read: longer than any query, and than exports of all but the largest sites.
pub(super) const READ_WITHIN_MS: u64 = HOUR_MS;

impl Work<'_> {
    /// Merges what is due. Answers how many segments were replaced.
    ///
    /// # Errors
    /// [`SegmentsError`] when not all was merged. Nothing is lost or doubled, and the next time goes on.
    pub fn compact(&mut self, now_ms: u64) -> Result<u64, SegmentsError> {
        let mut replaced = 0;
        let mut failed = Ok(());
        for site in ledger::site::list(&self.connection, None)? {
            let Some(key) = ledger::site::find(&self.connection, &site.tracking_id)? else { continue };
            // One site's trouble is not another's.
            match self.compact_site(key, &site.tracking_id, now_ms) {
                Ok(merged) => replaced += merged,
                Err(SegmentsError::Stopped) => return Err(SegmentsError::Stopped),
                Err(e) => failed = failed.and(Err(e)),
            }
        }
        failed.map(|()| replaced)
    }

    fn compact_site(&mut self, site: SiteKey, tracking_id: &str, now_ms: u64) -> Result<u64, SegmentsError> {
        let mut replaced = 0;
        // Merging may make more of the next level.
        while let Some(group) = due(&ledger::segment::list(&self.connection, Some(site))?, now_ms) {
            self.segments.check_stop()?;
            self.merge(site, tracking_id, &group, now_ms)?;
            replaced += group.len() as u64;
        }
        Ok(replaced)
    }

    fn merge(&mut self, site: SiteKey, tracking_id: &str, old: &[Segment], now_ms: u64) -> Result<(), SegmentsError> {
        let declared = ledger::settings::read(&self.connection, site)?.properties;
        let level = old.iter().map(|segment| segment.level).max().unwrap_or_default().saturating_add(1);
        let day_ms = old.first().map(|segment| segment.day_ms).unwrap_or_default();
        let runs = old.iter().map(|segment| self.run(segment, &declared)).collect::<Result<Vec<_>, _>>()?;
        let mut begun = self.begin(tracking_id, day_ms, &declared)?;
        for batch in Merge::new(runs)? {
            self.segments.check_stop()?;
            begun.writer.push(&batch?)?;
        }
        let new = self.finish(begun, level)?;
        if sums(old) != sums(std::slice::from_ref(&new)) {
            return Err(SegmentsError::Mismatch(new.path));
        }
        let transaction = begin(&mut self.connection)?;
        let none = (0, wire::Id128::default());
        ledger::segment::replace(&transaction, site, old, std::slice::from_ref(&new), none, now_ms + READ_WITHIN_MS)?;
        transaction.commit().map_err(LedgerError::from)?;
        old.iter().try_for_each(|segment| Ok(self.segments.files.set_aside(&segment.path)?))
    }

    /// A segment's rows, with the columns that are declared now.
    pub(super) fn run<'a>(
        &self,
        segment: &'a Segment,
        declared: &'a [String],
    ) -> Result<Run<'a, SegmentsError>, SegmentsError> {
        let failure = |e| SegmentsError::Read(segment.path.clone(), e);
        let batches = read::batches(self.segments.files.open(&segment.path)?).map_err(failure)?;
        Ok(Box::new(batches.map(move |batch| Ok(merge::conform(&batch.map_err(failure)?, declared)?))))
    }
}

/// The next segments of a site to be merged, if any.
fn due(segments: &[Segment], now_ms: u64) -> Option<Vec<Segment>> {
    let mut days: BTreeMap<u64, Vec<&Segment>> = BTreeMap::new();
    for segment in segments.iter().filter(|segment| segment.events < SEGMENT_EVENTS_MAX) {
        days.entry(segment.day_ms).or_default().push(segment);
    }
    days.into_iter().find_map(|(day_ms, mut day)| {
        // Small ones first.
        day.sort_by_key(|segment| (segment.level, segment.events));
        if day_ms + DAY_MS + DAY_OVER_AFTER_MS <= now_ms {
            return (day.len() > 1).then(|| chosen(day));
        }
        let levels = day.chunk_by(|one, other| one.level == other.level);
        levels.filter(|level| level.len() >= FAN_IN).map(|level| chosen(level.to_vec())).next()
    })
}

fn chosen(segments: Vec<&Segment>) -> Vec<Segment> {
    segments.into_iter().take(MERGED_MAX).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_past_days_are_merged() {
        fn check(segments: &[(u64, u8)], now_ms: u64, expect: Option<(u64, usize)>) {
            let segment = |(number, (day, level)): (usize, &(u64, u8))| Segment {
                path: number.to_string(),
                day_ms: day * DAY_MS,
                events: 1,
                bytes: 1,
                first_ms: day * DAY_MS,
                last_ms: day * DAY_MS,
                id_checksum: wire::Id128::default(),
                level: *level,
            };
            let segments: Vec<Segment> = segments.iter().enumerate().map(segment).collect();
            let found = due(&segments, now_ms);
            assert_eq!(found.map(|found| (found[0].day_ms / DAY_MS, found.len())), expect, "{segments:?}");
        }
        let over = DAY_MS + DAY_OVER_AFTER_MS;
        check(&[], 0, None);
        check(&[(0, 0); 7], over - 1, None);
        check(&[(0, 0); 8], over - 1, Some((0, 8)));
        check(&[(0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 1)], over - 1, None);
        check(&[(0, 0), (0, 1)], over, Some((0, 2)));
        check(&[(0, 3)], over, None);
        check(&[(0, 0); 100], over, Some((0, MERGED_MAX)));
        check(&[(0, 1), (1, 0), (1, 0)], over, None);
    }
}

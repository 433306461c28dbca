//! Events that must go: of visitors, of days that are too old, of a whole site.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use domain::window::{DAY_MS, Granularity};
use events::batch;
use events::files::folder_of;
use events::merge;
use events::read;
use events::segment::Segment;
use wire::Id128;
use wire::frame::Frame;

use super::compaction::READ_WITHIN_MS;
use super::{SegmentsError, Work};
use crate::clock::now_ms;
use crate::ledger;
use crate::ledger::site::SiteKey;

/// Days and how many events of each were erased.
pub type Erased = BTreeMap<u64, u64>;

impl Work<'_> {
    /// Erases all events of these visitors: from frames, from segments, from what was replaced and is still there. They
    /// are gone from the disk, and the bucket, when it returns. Their ids are kept for a while, so that none comes back.
    ///
    /// # Errors
    /// [`SegmentsError`] when some may be left; asking again goes on.
    pub fn erase(&mut self, tracking_id: &str, visitors: &[Id128]) -> Result<Erased, SegmentsError> {
        let site = self.site(tracking_id)?;
        let visitors: BTreeSet<Id128> = visitors.iter().copied().collect();
        let mut erased = Erased::new();
        self.seal_site(site, tracking_id)?;
        self.erase_from_frames(site, &visitors, &mut erased)?;
        let declared = ledger::settings::read(&self.connection, site)?.properties;
        for segment in ledger::segment::list(&self.connection, Some(site))? {
            self.erase_from_segment(site, tracking_id, &segment, &declared, &visitors, &mut erased)?;
        }
        self.remove_replaced(tracking_id)?;
        Ok(erased)
    }

    /// Frames that the blocks do not hold yet stay, for their rollups; without the visitors' events.
    fn erase_from_frames(
        &mut self,
        site: SiteKey,
        visitors: &BTreeSet<Id128>,
        erased: &mut Erased,
    ) -> Result<(), SegmentsError> {
        let after = ledger::segment::progress(&self.connection, site)?.position;
        let (mut shorter, mut ids): (Vec<(u64, Frame)>, Vec<Id128>) = (Vec::new(), Vec::new());
        let is_erased = |visitor: Option<Id128>| visitor.is_some_and(|visitor| visitors.contains(&visitor));
        ledger::segment::each_unsealed(&self.connection, site, after, u64::MAX, |unsealed| {
            if let Some(mut frame) = unsealed.frame
                && frame.events.iter().any(|event| is_erased(event.visitor))
            {
                for event in frame.events.extract_if(.., |event| is_erased(event.visitor)) {
                    *erased.entry(Granularity::Day.start_of(event.at_ms)).or_default() += 1;
                    ids.push(event.id);
                }
                // It agrees with itself as before.
                frame.event_count = u32::try_from(frame.events.len()).unwrap_or(u32::MAX);
                frame.id_checksum = domain::seal::checksum(&frame.events);
                shorter.push((unsealed.position, frame));
            }
            ControlFlow::Continue(())
        })?;
        if shorter.is_empty() {
            return Ok(());
        }
        // A frame never changes but here, and nobody else may seal now.
        self.change(site, |transaction| {
            ledger::deletion::note_erased(transaction, site, ids, now_ms())?;
            shorter.iter().try_for_each(|(position, frame)| ledger::segment::shorten(transaction, *position, frame))
        })
    }

    fn erase_from_segment(
        &mut self,
        site: SiteKey,
        tracking_id: &str,
        segment: &Segment,
        declared: &[String],
        visitors: &BTreeSet<Id128>,
        erased: &mut Erased,
    ) -> Result<(), SegmentsError> {
        let failure = |e| SegmentsError::Read(segment.path.clone(), e);
        if !read::has_visitor(self.segments.files.open(&segment.path)?, visitors).map_err(failure)? {
            return Ok(());
        }
        let mut ids: Vec<Id128> = Vec::new();
        let mut begun = self.begin(tracking_id, segment.day_ms, declared)?;
        for batch in self.run(segment, declared)? {
            let (kept, gone) = merge::without(&batch?, visitors)?;
            begun.writer.push(&kept)?;
            ids.extend(batch::events(&gone)?.iter().map(|event| event.id));
        }
        let (events, checksum) = (ids.len() as u64, ids.iter().fold(Id128::default(), |sum, id| sum.xor(*id)));
        let rest = self.finish(begun, segment.level)?;
        if (rest.events + events, rest.id_checksum.xor(checksum)) != (segment.events, segment.id_checksum) {
            return Err(SegmentsError::Mismatch(segment.path.clone()));
        }
        // An empty one stays among those that were begun, and goes with them.
        let new = if rest.events > 0 { std::slice::from_ref(&rest) } else { &[] };
        self.change(site, |transaction| {
            ledger::deletion::note_erased(transaction, site, ids, now_ms())?;
            ledger::segment::replace(transaction, site, std::slice::from_ref(segment), new, (events, checksum), 0)
        })?;
        self.remove_now(&segment.path)?;
        if rest.events == 0 {
            self.remove_now(&rest.path)?;
        }
        *erased.entry(segment.day_ms).or_default() += events;
        Ok(())
    }

    /// Drops a site's events before an instant, by whole UTC days. Answers how many.
    ///
    /// # Errors
    /// [`SegmentsError`] when the ledger fails; asking again goes on.
    pub fn retain(&mut self, tracking_id: &str, from_ms: u64, now_ms: u64) -> Result<u64, SegmentsError> {
        let site = self.site(tracking_id)?;
        let mut old = ledger::segment::list(&self.connection, Some(site))?;
        old.retain(|segment| segment.day_ms + DAY_MS <= from_ms);
        self.drop_all(site, &old, now_ms + READ_WITHIN_MS)
    }

    /// Drops what is older than each site's settings want it kept. Answers how many events.
    ///
    /// # Errors
    /// As [`Work::retain`].
    pub fn retain_all(&mut self, now_ms: u64) -> Result<u64, SegmentsError> {
        let mut dropped = 0;
        for site in ledger::site::list(&self.connection, None)? {
            let key = self.site(&site.tracking_id)?;
            let days = u64::from(ledger::settings::read(&self.connection, key)?.event_retention_days);
            dropped += self.retain(&site.tracking_id, now_ms.saturating_sub(days * DAY_MS), now_ms)?;
        }
        Ok(dropped)
    }

    /// Erases all segments of a site; its frames are the caller's. They are gone from the disk when it returns.
    ///
    /// # Errors
    /// [`SegmentsError`] when some may be left; asking again goes on.
    pub fn erase_site(&mut self, tracking_id: &str) -> Result<u64, SegmentsError> {
        let Some(site) = ledger::site::find_deleted_too(&self.connection, tracking_id)? else { return Ok(0) };
        let all = ledger::segment::list(&self.connection, Some(site))?;
        let events = self.drop_all(site, &all, 0)?;
        self.remove_replaced(tracking_id)?;
        Ok(events)
    }

    /// Removes what was replaced of a site, whoever reads it.
    fn remove_replaced(&self, tracking_id: &str) -> Result<(), SegmentsError> {
        let folder = folder_of(tracking_id);
        for removed in ledger::segment::removed(&self.connection)? {
            if removed.path.strip_prefix(&folder).is_some_and(|rest| rest.starts_with('/')) {
                self.remove_now(&removed.path)?;
            }
        }
        Ok(())
    }

    fn drop_all(&mut self, site: SiteKey, old: &[Segment], after_ms: u64) -> Result<u64, SegmentsError> {
        let lost = super::sealing::sums(old);
        if !old.is_empty() {
            self.change(site, |transaction| ledger::segment::replace(transaction, site, old, &[], lost, after_ms))?;
            old.iter().try_for_each(|segment| self.segments.files.set_aside(&segment.path))?;
        }
        Ok(lost.0)
    }

    fn site(&self, tracking_id: &str) -> Result<SiteKey, SegmentsError> {
        let found = ledger::site::find(&self.connection, tracking_id)?;
        found.ok_or_else(|| SegmentsError::UnknownSite(tracking_id.to_owned()))
    }
}

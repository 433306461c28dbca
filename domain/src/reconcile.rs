//! Whether what edges delivered, what is kept of it and what is counted agree, by UTC day.
//!
//! Each place that holds a day says how many events it has, and the exclusive or of their ids, so that one event in the
//! stead of another is found too.

use std::collections::BTreeMap;
use std::fmt;

use wire::Id128;
use wire::frame::{Frame, RollupDimension};

use crate::window::Granularity;

/// Events of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DaySum {
    /// How many.
    pub events: u64,
    /// How many of them came along as single events.
    pub kept: u64,
    /// Exclusive or of the ids of those.
    pub id_checksum: Id128,
}

impl DaySum {
    /// Adds another's events.
    pub fn add(&mut self, other: &Self) {
        self.events = self.events.saturating_add(other.events);
        self.kept = self.kept.saturating_add(other.kept);
        self.id_checksum = self.id_checksum.xor(other.id_checksum);
    }

    /// Takes out another's events.
    pub fn take_out(&mut self, other: &Self) {
        self.events = self.events.saturating_sub(other.events);
        self.kept = self.kept.saturating_sub(other.kept);
        self.id_checksum = self.id_checksum.xor(other.id_checksum);
    }
}

/// Sums by start of the day, Unix milliseconds.
pub type DaySums = BTreeMap<u64, DaySum>;

/// What a frame counts, by day.
pub fn of_frame(frame: &Frame) -> DaySums {
    let rows = frame.rows.iter().map(|row| (row.dimension, row.start_ms, row.events));
    sums(rows, frame.events.iter().map(|event| (event.at_ms, event.id)))
}

/// What a frame counts, by day: events by its total rows, kept ones by the events that came along.
///
/// * `rows`: dimension, start and events of each
/// * `events`: time and id of each
pub fn sums(
    rows: impl IntoIterator<Item = (RollupDimension, u64, u64)>,
    events: impl IntoIterator<Item = (u64, Id128)>,
) -> DaySums {
    let mut days = DaySums::new();
    let day = |at_ms| Granularity::Day.start_of(at_ms);
    for (dimension, start_ms, count) in rows {
        if dimension == RollupDimension::Total && count > 0 {
            let sum = days.entry(day(start_ms)).or_default();
            sum.events = sum.events.saturating_add(count);
        }
    }
    for (at_ms, id) in events {
        let sum = days.entry(day(at_ms)).or_default();
        sum.kept += 1;
        sum.id_checksum = sum.id_checksum.xor(id);
    }
    days
}

/// What the ledger and the event store say of one site.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    /// As the edges' frames said when they were counted.
    pub delivered: DaySums,
    /// What was erased since.
    pub erased: DaySums,
    /// Single events that are kept now, sealed or not.
    pub raw: DaySums,
    /// Events by the rollups' days; none where they are dropped for their age.
    pub rollups: BTreeMap<u64, u64>,
    /// Raw events of days before are dropped for their age.
    pub raw_from_ms: u64,
    /// Rollups of days before are dropped for their age.
    pub rollups_from_ms: u64,
}

/// Two places that do not agree about a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discrepancy {
    /// Start of the day, Unix milliseconds.
    pub day_ms: u64,
    /// What differs.
    pub between: Between,
    /// By what was delivered.
    pub delivered: u64,
    /// By the other place.
    pub found: u64,
}

/// Which two places differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// Delivered events are not those that the rollups count.
    Rollups,
    /// Delivered single events are not as many as are kept.
    Raw,
    /// As many, but others.
    Ids,
}

impl Between {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rollups => "rollups",
            Self::Raw => "raw",
            Self::Ids => "ids",
        }
    }
}

impl fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { day_ms, between, delivered, found } = self;
        match between {
            Between::Rollups => write!(f, "day of {day_ms}: {delivered} events delivered, {found} in the rollups"),
            Between::Raw => write!(f, "day of {day_ms}: {delivered} single events delivered, {found} kept"),
            Between::Ids => write!(f, "day of {day_ms}: {found} single events are kept, but not those delivered"),
        }
    }
}

impl Accounts {
    /// Days that are known of in any place.
    pub fn days(&self) -> usize {
        let all: std::collections::BTreeSet<&u64> =
            self.delivered.keys().chain(self.raw.keys()).chain(self.rollups.keys()).collect();
        all.len()
    }

    /// Where they do not agree, in the order of days.
    pub fn discrepancies(&self) -> Vec<Discrepancy> {
        let mut found = Vec::new();
        let mut days: Vec<u64> =
            self.delivered.keys().chain(self.raw.keys()).chain(self.rollups.keys()).copied().collect();
        days.sort_unstable();
        days.dedup();
        for day_ms in days {
            let mut due = self.delivered.get(&day_ms).copied().unwrap_or_default();
            due.take_out(&self.erased.get(&day_ms).copied().unwrap_or_default());
            let counted = self.rollups.get(&day_ms).copied().unwrap_or_default();
            if day_ms >= self.rollups_from_ms && counted != due.events {
                found.push(Discrepancy { day_ms, between: Between::Rollups, delivered: due.events, found: counted });
            }
            if day_ms < self.raw_from_ms {
                continue;
            }
            let raw = self.raw.get(&day_ms).copied().unwrap_or_default();
            if raw.kept != due.kept {
                found.push(Discrepancy { day_ms, between: Between::Raw, delivered: due.kept, found: raw.kept });
            } else if raw.id_checksum != due.id_checksum {
                found.push(Discrepancy { day_ms, between: Between::Ids, delivered: due.kept, found: raw.kept });
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::tests::event;
    use crate::rollup::{Caps, fold};
    use crate::seal::checksum;
    use crate::window::DAY_MS;
    use wire::frame::RawEvent;
    use wire::site::Settings;

    fn frame(events: Vec<RawEvent>) -> Frame {
        Frame {
            wire_version: 2,
            edge_id: Id128::default(),
            epoch: wire::Epoch(1),
            seq: wire::Seq(1),
            site: String::new(),
            shard: 0,
            rows: fold(&events, &[], &Settings::default(), &mut Caps::default()),
            event_count: events.len() as u32,
            id_checksum: checksum(&events),
            events,
            outcomes: Vec::new(),
            replayed: false,
            born: None,
            sealed_through_ms: 0,
        }
    }

    #[test]
    fn a_frame_is_summed_by_day() {
        let mut events: Vec<RawEvent> = (0..5).map(|n| event(n, "/")).collect();
        events[4].at_ms += DAY_MS;
        let day = Granularity::Day.start_of(events[0].at_ms);
        let mut days = of_frame(&frame(events.clone()));
        assert_eq!(days[&day], DaySum { events: 4, kept: 4, id_checksum: checksum(&events[..4]) });
        let counters = Frame { events: Vec::new(), ..frame(events.clone()) };
        assert_eq!(of_frame(&counters)[&(day + DAY_MS)], DaySum { events: 1, ..DaySum::default() });
        let all = days.remove(&(day + DAY_MS)).unwrap();
        assert_eq!((all.kept, all.id_checksum), (1, events[4].id));
    }

    #[test]
    fn what_does_not_agree_is_named() {
        let sum = |events: u64, id: u8| DaySum { events, kept: events, id_checksum: Id128([id; 16]) };
        let accounts = |raw: DaySum, rollups: u64, erased: DaySum| Accounts {
            delivered: DaySums::from([(0, sum(9, 1)), (DAY_MS, sum(5, 7))]),
            erased: DaySums::from([(DAY_MS, erased)]),
            raw: DaySums::from([(DAY_MS, raw)]),
            rollups: BTreeMap::from([(DAY_MS, rollups)]),
            // The first day is dropped everywhere.
            raw_from_ms: DAY_MS,
            rollups_from_ms: DAY_MS,
        };
        let check = |raw, rollups, erased, expect: &[(Between, u64, u64)]| {
            let found = accounts(raw, rollups, erased).discrepancies();
            let found: Vec<_> = found.iter().map(|one| (one.between, one.delivered, one.found)).collect();
            assert_eq!(found, expect);
        };
        let none = DaySum::default();
        check(sum(5, 7), 5, none, &[]);
        check(sum(5, 7), 6, none, &[(Between::Rollups, 5, 6)]);
        check(sum(4, 7), 5, none, &[(Between::Raw, 5, 4)]);
        check(sum(5, 8), 5, none, &[(Between::Ids, 5, 5)]);
        // Two of them, whose ids make 7 ^ 5, are erased.
        check(sum(3, 5), 3, sum(2, 2), &[]);
        check(sum(5, 7), 3, sum(2, 2), &[(Between::Raw, 3, 5)]);
        check(none, 0, none, &[(Between::Rollups, 5, 0), (Between::Raw, 5, 0)]);
    }
}

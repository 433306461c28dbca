//! Calendars: what an instant is called somewhere, and when a day begins there.
//!
//! The rules of all zones are part of the program ([IANA](https://www.iana.org/time-zones), by `jiff`), so every machine
//! tells the same days. Some days have 23 or 25 hours, some no midnight, and a few never were.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl Zone {
    /// The zone of this IANA name, whatever the case; none where there is none.
    pub fn named(name: &str) -> Option<Self> {
        TimeZoneDatabase::bundled().get(name).ok().map(Self)
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// What clock and calendar say at an instant, Unix milliseconds.
    pub fn local(&self, at_ms: u64) -> DateTime {
        self.0.to_datetime(timestamp(at_ms))
    }

    /// The date of an instant.
    pub fn date_of(&self, at_ms: u64) -> Date {
        self.local(at_ms).date()
    }

    /// First instant of a day, Unix milliseconds. Of a day that never was, that of the day after. None before 1970.
    pub fn day_start(&self, date: Date) -> Option<u64> {
        self.first_instant(date.to_datetime(jiff::civil::Time::midnight()))
    }

    /// When clock and calendar say this for the first time; where they skip it, the instant at which they do. None
    /// before 1970.
    pub fn first_instant(&self, local: DateTime) -> Option<u64> {
        let instant = match self.0.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
                offset.to_timestamp(local).ok()?
            }
            AmbiguousOffset::Gap { after, .. } => {
                let before_the_gap = after.to_timestamp(local).ok()?;
                self.0.following(before_the_gap).next()?.timestamp()
            }
        };
        u64::try_from(instant.as_millisecond()).ok()
    }

    /// How far local time is ahead of UTC at an instant, seconds.
    pub fn offset_s(&self, at_ms: u64) -> i64 {
        i64::from(self.0.to_offset(timestamp(at_ms)).seconds())
    }

    /// When the offset changes next after an instant, Unix milliseconds; none where it never does.
    pub fn next_change(&self, at_ms: u64) -> Option<u64> {
        let now = self.0.to_offset(timestamp(at_ms));
        // Some changes change the zone's name alone. Behind those that are written down a rule goes on forever.
        let change =
            self.0.following(timestamp(at_ms)).take(CHANGES_LOOKED_AT).find(|change| change.offset() != now)?;
        u64::try_from(change.timestamp().as_millisecond()).ok()
    }

    /// An instant as RFC 3339 has it, with the offset that holds then.
    pub fn text(&self, at_ms: u64) -> String {
        let at = timestamp(at_ms);
        match self.0 == TimeZone::UTC {
            true => at.to_string(),
            false => at.display_with_offset(self.0.to_offset(at)).to_string(),
        }
    }
}

/// Changes in a row that are looked at for one of the offset: some zones changed nothing but their name a few times.
const CHANGES_LOOKED_AT: usize = 16;

fn timestamp(at_ms: u64) -> Timestamp {
    let ms = i64::try_from(at_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    ms.unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_when_the_calendar_says() {
        fn check(zone: &str, date: &str, expect: &str) {
            let zone = Zone::named(zone).unwrap_or_else(|| panic!("{zone}"));
            let date: Date = date.parse().unwrap_or_else(|e| panic!("{e}"));
            let start = zone.day_start(date).map(|ms| zone.text(ms));
            assert_eq!(start.as_deref(), Some(expect), "{} {date}", zone.name());
        }
        check("UTC", "2026-02-02", "2026-02-02T00:00:00Z");
        check("Europe/Berlin", "2026-03-29", "2026-03-29T00:00:00+01:00");
        check("europe/berlin", "2026-03-30", "2026-03-30T00:00:00+02:00");
        check("Asia/Kolkata", "2026-02-02", "2026-02-02T00:00:00+05:30");
        // No midnight: the clocks go from 24:00 to 1:00.
        check("America/Asuncion", "2023-10-01", "2023-10-01T01:00:00-03:00");
        check("Africa/Cairo", "2024-04-26", "2024-04-26T01:00:00+03:00");
        // No such day.
        check("Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00");
        // From half past eleven at night to half past midnight, and from one minute past midnight back.
        check("America/St_Johns", "2011-11-06", "2011-11-06T00:00:00-02:30");
        assert_eq!(Zone::named("Mars/Olympus"), None);
        assert_eq!(Zone::named("UTC"), Some(Zone::default()));
    }

    #[test]
    fn changes_are_those_of_the_offset() {
        let lord_howe = Zone::named("Australia/Lord_Howe").unwrap_or_default();
        let at = 1_769_990_400_000; // 2026-02-02T00:00:00Z
        let change = lord_howe.next_change(at).map(|ms| lord_howe.text(ms));
        assert_eq!(change.as_deref(), Some("2026-04-05T01:30:00+10:30"));
        assert_eq!(Zone::default().next_change(at), None);
        assert_eq!(Zone::named("Asia/Tokyo").unwrap_or_default().next_change(at), None);
    }
}

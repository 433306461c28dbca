//! How far back the windows of each length are kept.

use crate::window::{DAY_MS, Granularity};

/// Days that minutes are kept: a month and a few days, so that "the last 31 days" can be cut at any minute, in any zone.
pub const MINUTE_DAYS: u64 = 35;

/// Days that hours are kept: 13 months, so that a month can be compared with that of the year before, in any zone.
pub const HOUR_DAYS: u64 = 396;

/// From when on a site's windows of each length are there, Unix milliseconds. All are starts of UTC days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// Minutes.
    pub minute_from_ms: u64,
    /// Hours.
    pub hour_from_ms: u64,
    /// Days.
    pub day_from_ms: u64,
}

impl Horizon {
    /// What is there now.
    ///
    /// * `retention_days`: how long the site's owner keeps rollups; shorter than the others, it shortens them
    pub fn at(now_ms: u64, retention_days: u32) -> Self {
        let day = Granularity::Day.start_of(now_ms);
        let from = |days: u64| day.saturating_sub(days.min(u64::from(retention_days)) * DAY_MS);
        Self { minute_from_ms: from(MINUTE_DAYS), hour_from_ms: from(HOUR_DAYS), day_from_ms: from(u64::MAX) }
    }

    /// From when on windows of that length are there.
    pub fn of(&self, granularity: Granularity) -> u64 {
        match granularity {
            Granularity::Minute => self.minute_from_ms,
            Granularity::Hour => self.hour_from_ms,
            Granularity::Day => self.day_from_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_windows_are_kept_longer_and_none_beyond_the_owners_limit() {
        let now_ms = 1_770_028_230_000;
        let today = 1_769_990_400_000;
        let ago = |days: u64| today - days * DAY_MS;
        let horizon = |days| Granularity::ALL.map(|granularity| Horizon::at(now_ms, days).of(granularity));
        assert_eq!(horizon(731), [ago(35), ago(396), ago(731)]);
        assert_eq!(horizon(60), [ago(35), ago(60), ago(60)]);
        assert_eq!(horizon(7), [ago(7); 3]);
        assert_eq!(horizon(u32::MAX), [ago(35), ago(396), 0]);
    }
}

//! What is made: from which day on, how much, by which seed. Days are those of each site's own zone.

use domain::zone::Zone;
use jiff::civil::Date;
use jiff::{Span, ToSpan};

/// Most days that are made before the present: as long as hours of rollups are kept.
pub const DAYS_MAX: u32 = 396;

/// A whole demonstration. Equal plans make equal events, in whatever steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Everything that is drawn is drawn by it.
    pub seed: u64,
    /// The first day.
    pub first_day: Date,
    /// Days up to the present: what is planted lies within them. Time may go on behind them.
    pub days: u32,
    /// Visits, of a hundred usual ones.
    pub percent: u32,
}

impl Plan {
    /// The plan of so many days, of which `last_day` is the last. None where the calendar ends before.
    pub fn until(seed: u64, last_day: Date, days: u32, percent: u32) -> Option<Self> {
        let back: Span = i64::from(days).saturating_sub(1).days();
        Some(Self { seed, first_day: last_day.checked_sub(back).ok()?, days, percent })
    }

    /// A number of the usual size, as large as this plan wants it.
    pub fn scaled(&self, usual: f64) -> f64 {
        usual * f64::from(self.percent) / 100.0
    }

    /// A day of the plan in a site's zone: the first is 0. None where the calendar ends.
    pub fn day(&self, number: u32, zone: &Zone) -> Option<Day> {
        let date = self.first_day.checked_add(i64::from(number).days()).ok()?;
        let end_ms = zone.day_start(date.tomorrow().ok()?)?;
        let starts = (0..24).map(|hour| zone.first_instant(date.at(hour, 0, 0, 0)));
        let starts: Vec<u64> = starts.collect::<Option<_>>()?;
        let ends = starts.iter().copied().skip(1).chain([end_ms]);
        let hours = starts.iter().copied().zip(ends).map(|(from, to)| (from, to.max(from))).collect();
        let weekday = date.weekday().to_monday_zero_offset().unsigned_abs();
        Some(Day { number, date, weekday, hours, end_ms })
    }
}

/// A day somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Its position in the plan.
    pub number: u32,
    /// Its date.
    pub date: Date,
    /// Days since Monday.
    pub weekday: u8,
    /// Begin and end of each hour of the clock, Unix milliseconds: empty where the clock skips it, two hours where it
    /// goes back.
    pub hours: Vec<(u64, u64)>,
    /// When the next day begins, Unix milliseconds.
    pub end_ms: u64,
}

/// How much comes when, on average.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Visits of a usual day at the beginning.
    pub visits: f64,
    /// By how many percent of that it grows in 90 days.
    pub growth: f64,
    /// Percent of a usual day, from Monday on.
    pub weekdays: [u32; 7],
    /// Share of each hour from Monday to Friday.
    pub hours: [u32; 24],
    /// Share of each hour on Saturday and Sunday.
    pub weekend_hours: [u32; 24],
}

impl Pace {
    /// Visits that begin in an hour of the clock, on average.
    pub fn visits_in(&self, day: &Day, hour: usize) -> f64 {
        let hours = self.hours_of(day);
        let share = f64::from(hours.get(hour).copied().unwrap_or_default()) / f64::from(hours.iter().sum::<u32>());
        let weekday = f64::from(self.weekdays.get(usize::from(day.weekday)).copied().unwrap_or_default()) / 100.0;
        self.visits * (1.0 + self.growth / 100.0 * f64::from(day.number) / 90.0) * weekday * share
    }

    /// Share of each hour of a day.
    pub fn hours_of(&self, day: &Day) -> &[u32; 24] {
        if day.weekday < 5 { &self.hours } else { &self.weekend_hours }
    }

    /// Percent of a usual day that comes on such a weekday.
    pub fn weekday(&self, day: &Day) -> u32 {
        self.weekdays.get(usize::from(day.weekday)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn hours_are_those_of_the_clock() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let plan = Plan::until(1, date(2026, 10, 26), 3, 100).unwrap();
        assert_eq!(plan.first_day, date(2026, 10, 24));
        let lengths = |number| -> Vec<u64> {
            plan.day(number, &zone).unwrap().hours.iter().map(|(from, to)| (to - from) / 60_000).collect()
        };
        assert!(lengths(0).iter().all(|minutes| *minutes == 60));
        // The clock goes back from three to two: that hour comes twice.
        assert_eq!(lengths(1).get(1..5), Some([60, 120, 60, 60].as_slice()));
        let spring = Plan { first_day: date(2026, 3, 29), ..plan };
        assert_eq!(spring.day(0, &zone).unwrap().hours.iter().map(|(from, to)| to - from).sum::<u64>(), 23 * 3_600_000);
        assert_eq!(plan.day(2, &zone).unwrap().weekday, 0);
    }
}

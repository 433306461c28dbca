//! Frames of days of traffic, for a ledger with something in it.

use anyhow::Result;
use domain::window::{DAY_MS, HOUR_MS};
use wire::frame::RollupDimension;
use wire::site::{Goal, Settings};

use super::{Audience, Habits, Made, Objects};

/// How much comes in each hour of a UTC day, of 1000.
const HOURS: [u32; 24] = [14, 11, 9, 9, 11, 16, 25, 36, 46, 52, 55, 56, 55, 56, 57, 58, 59, 60, 62, 65, 62, 52, 41, 33];

/// Stretches of time that are sealed at once.
const STRETCH_MS: u64 = HOUR_MS;

/// How long from a stretch's start visits begin in it. Minutes are what a ledger takes time to fill with: where an hour's
/// events lie within a tenth of it, frames have a fifth of the rows, and hours and days are the same.
const BEGIN_WITHIN_MS: u64 = STRETCH_MS / 12;

/// Events of a visit, on average, by [`Habits::goes_on`] of ten.
const EVENTS_PER_VISIT: f64 = 2.5;

/// What is made.
#[derive(Clone, Debug)]
pub struct SeedPlan {
    /// The same seed makes the same frames.
    pub seed: u64,
    /// Start of the first day, Unix milliseconds.
    pub begin_ms: u64,
    /// Days.
    pub days: u32,
    /// The sites.
    pub sites: Vec<SeedSite>,
    /// Objects of each site.
    pub objects: u16,
    /// Whether frames hold single events.
    pub keeps_events: bool,
}

/// A site of that.
#[derive(Clone, Debug)]
pub struct SeedSite {
    /// Its tracking id.
    pub tracking_id: String,
    /// Its events over all days, about.
    pub events: u64,
}

/// Settings of a seeded site: goals, declared properties and pairs that its events have values in.
pub fn settings(tracking_id: &str, keeps_events: bool) -> Settings {
    let goal =
        |name: &str, event_type: &str| Goal { name: name.to_owned(), event_type: event_type.to_owned(), path: None };
    Settings {
        site: tracking_id.to_owned(),
        keeps_events,
        goals: vec![goal("Sign-up", "signup"), goal("Purchase", "purchase")],
        properties: vec!["plan".to_owned(), "variant".to_owned()],
        pairs: vec![
            (RollupDimension::Country, RollupDimension::Device),
            (RollupDimension::Source, RollupDimension::UtmMedium),
            (RollupDimension::Page, RollupDimension::Source),
        ],
        ..Settings::default()
    }
}

/// Makes the frames of a plan, site by site and in the order of time, and hands each to `take`. Answers how many events
/// they count.
///
/// # Errors
/// When a frame cannot be sealed, or `take` fails.
pub fn seed(plan: &SeedPlan, mut take: impl FnMut(&SeedSite, Made) -> Result<()>) -> Result<u64> {
    let mut events = 0;
    for site in &plan.sites {
        let habits = Habits { people: (site.events / 20).clamp(10, 5_000_000) as u32, ..Habits::default() };
        let mut audience = Audience::new(&site.tracking_id, plan.seed, habits);
        let mut objects = Objects::new(&settings(&site.tracking_id, plan.keeps_events), plan.objects);
        let visits_a_day = site.events as f64 / EVENTS_PER_VISIT / f64::from(plan.days.max(1));
        // What is left of a visit goes to the next stretch.
        let mut left = 0.0;
        for stretch in 0..u64::from(plan.days) * (DAY_MS / STRETCH_MS) {
            let begin_ms = plan.begin_ms + stretch * STRETCH_MS;
            let hour = (begin_ms % DAY_MS / HOUR_MS) as usize;
            let share = f64::from(HOURS.get(hour).copied().unwrap_or_default()) / 1000.0;
            left += visits_a_day * share * STRETCH_MS as f64 / HOUR_MS as f64;
            let visits = left as u32;
            left -= f64::from(visits);
            let mut happened = audience.between(begin_ms, BEGIN_WITHIN_MS, visits);
            happened.extend(audience.between(begin_ms + BEGIN_WITHIN_MS, STRETCH_MS - BEGIN_WITHIN_MS, 0));
            events += happened.len() as u64;
            for made in objects.seal(happened, begin_ms + STRETCH_MS)? {
                take(site, made)?;
            }
        }
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use domain::seal::rollups;
    use wire::frame::Frame;

    use super::*;

    fn plan(seed: u64) -> SeedPlan {
        let site = |tracking_id: &str, events| SeedSite { tracking_id: tracking_id.to_owned(), events };
        SeedPlan {
            seed,
            begin_ms: 1_769_990_400_000,
            days: 3,
            sites: vec![site("UA-1", 3000), site("UA-2", 300)],
            objects: 2,
            keeps_events: true,
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_frames_with_all_that_counts() {
        let frames = |seed| {
            let mut all = Vec::new();
            let events = seed_into(&plan(seed), &mut all);
            (events, all)
        };
        let (events, made) = frames(1);
        assert!((2600..4000).contains(&events), "{events}");
        assert_eq!(made.iter().map(|made| u64::from(made.events)).sum::<u64>(), events);
        let decoded: Vec<Frame> = made.iter().map(|made| Frame::decode(&made.sealed.bytes).unwrap()).collect();
        assert!(decoded.iter().all(|frame| rollups(frame).is_ok()));
        let has = |dimension| decoded.iter().flat_map(|frame| &frame.rows).any(|row| row.dimension == dimension);
        for dimension in RollupDimension::ALL {
            assert!(has(dimension), "{}", dimension.name());
        }
        assert!(decoded.iter().flat_map(|frame| &frame.rows).any(|row| !row.revenue.is_empty()));
        let bytes = |made: &[Made]| made.iter().map(|made| made.sealed.bytes.clone()).collect::<Vec<_>>();
        assert_eq!(bytes(&frames(1).1), bytes(&made));
        assert_ne!(bytes(&frames(2).1), bytes(&made));
    }

    fn seed_into(plan: &SeedPlan, all: &mut Vec<Made>) -> u64 {
        let take = |_: &SeedSite, made| {
            all.push(made);
            Ok(())
        };
        seed(plan, take).unwrap()
    }
}
